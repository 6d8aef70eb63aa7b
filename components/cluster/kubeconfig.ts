import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { parse } from "yaml";
import { z } from "zod";
import type { ClusterPlan } from "../../config/plan";

const kubeconfig = z.looseObject({
    clusters: z.array(
        z.looseObject({
            name: z.string(),
            cluster: z.looseObject({ server: z.url(), "proxy-url": z.string().optional() }),
        }),
    ),
    contexts: z.array(
        z.looseObject({ name: z.string(), context: z.looseObject({ cluster: z.string() }) }),
    ),
});

type Kubeconfig = z.infer<typeof kubeconfig>;
type Entry = Kubeconfig["clusters"][number]["cluster"];

/**
 * Files of the kubeconfig, where kubectl and the Kubernetes plugin look for it.
 * @param path of the stack file. Default: all files of KUBECONFIG, else ~/.kube/config
 */
export function kubeconfigFiles(path?: string): string[] {
    if (path !== undefined) return [path.startsWith("~/") ? join(homedir(), path.slice(2)) : path];
    const files = process.env.KUBECONFIG?.split(delimiter).filter(Boolean) ?? [];
    return files.length > 0 ? files : [join(homedir(), ".kube", "config")];
}

/**
 * All of the files as one, as kubectl takes them: of what has one name the first counts, and a file
 * that is not there is left out.
 * @throws Error when none is there, or one cannot be read
 */
export function loadKubeconfig(path?: string): KubeConfig {
    const files = kubeconfigFiles(path);
    const there = files.filter((file) => existsSync(file));
    const parts = (there.length > 0 ? there : files).map((file) => {
        const part = new KubeConfig();
        part.loadFromFile(file);
        return part;
    });
    const whole = new KubeConfig();
    whole.loadFromOptions({
        clusters: firstOfName(parts.flatMap(({ clusters }) => clusters)),
        users: firstOfName(parts.flatMap(({ users }) => users)),
        contexts: firstOfName(parts.flatMap(({ contexts }) => contexts)),
        currentContext: parts.find(({ currentContext }) => currentContext)?.currentContext ?? "",
    });
    return whole;
}

/** What the kubeconfig says of the context's cluster, or what is wrong with it, as one sentence. */
export async function clusterEntry({
    context: wanted,
    kubeconfig: path,
}: ClusterPlan): Promise<Entry | string> {
    const files = kubeconfigFiles(path);
    const whole = `The kubeconfig ${files.join(delimiter)}`;
    const read = await Promise.all(
        files.map(async (file) => ({
            file,
            text: await readFile(file, "utf8").catch(() => undefined),
        })),
    );
    const clusters: Kubeconfig["clusters"] = [];
    const contexts: Kubeconfig["contexts"] = [];
    for (const { file, text } of read) {
        if (text === undefined) continue;
        const parsed = kubeconfig.safeParse(parseQuietly(text));
        if (!parsed.success) return `The kubeconfig ${file} has no valid clusters and contexts.`;
        clusters.push(...parsed.data.clusters);
        contexts.push(...parsed.data.contexts);
    }
    if (read.every(({ text }) => text === undefined)) return `${whole} cannot be read.`;
    const context = contexts.find(({ name }) => name === wanted)?.context;
    const entry = clusters.find(({ name }) => name === context?.cluster)?.cluster;
    if (entry) return entry;
    const names = contexts.map(({ name }) => name).join(", ") || "none";
    return `${whole} has no context ${wanted} with a cluster (contexts: ${names}).`;
}

/** YAML errors quote the text they are about, and a kubeconfig holds keys. */
function parseQuietly(text: string): unknown {
    try {
        return parse(text);
    } catch {
        return undefined;
    }
}

const firstOfName = <T extends { name: string }>(all: readonly T[]): T[] =>
    all.filter(({ name }, at) => all.findIndex((one) => one.name === name) === at);
