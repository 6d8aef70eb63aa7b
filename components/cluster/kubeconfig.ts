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

/** A path of the stack file, which may begin in the person's home. */
export const expanded = (path: string): string =>
    path.startsWith("~/") ? join(homedir(), path.slice(2)) : path;

/** Where kubectl and the Kubernetes plugin look: all files of KUBECONFIG, else ~/.kube/config. */
function kubeconfigFiles(path?: string): string[] {
    if (path !== undefined) return [expanded(path)];
    const files = process.env.KUBECONFIG?.split(delimiter).filter(Boolean) ?? [];
    return files.length > 0 ? files : [join(homedir(), ".kube", "config")];
}

/** Those that are there; where none is, all of them, so that reading says so. */
function presentFiles(path?: string): string[] {
    const files = kubeconfigFiles(path);
    const there = files.filter((file) => existsSync(file));
    return there.length > 0 ? there : files;
}

/**
 * All of the files as one, as kubectl takes them: of what has one name the first counts, and a file
 * that is not there is left out.
 * @throws Error when none is there, or one cannot be read
 */
export function loadKubeconfig(path?: string): KubeConfig {
    const parts = presentFiles(path).map((file) => {
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
    const clusters: Kubeconfig["clusters"] = [];
    const contexts: Kubeconfig["contexts"] = [];
    for (const file of presentFiles(path)) {
        const text = await readFile(file, "utf8").catch(() => undefined);
        if (text === undefined) return `The kubeconfig ${file} cannot be read.`;
        const parsed = kubeconfig.safeParse(parseQuietly(text));
        if (!parsed.success) return `The kubeconfig ${file} has no valid clusters and contexts.`;
        clusters.push(...parsed.data.clusters);
        contexts.push(...parsed.data.contexts);
    }
    const context = contexts.find(({ name }) => name === wanted)?.context;
    const entry = clusters.find(({ name }) => name === context?.cluster)?.cluster;
    if (entry) return entry;
    const names = contexts.map(({ name }) => name).join(", ") || "none";
    const whole = kubeconfigFiles(path).join(delimiter);
    return `The kubeconfig ${whole} has no context ${wanted} with a cluster (contexts: ${names}).`;
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
