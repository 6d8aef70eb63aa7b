import { cpSync, mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, relative } from "node:path";
import { cached, keyOf } from "./cache";
import * as families from "./families";
import type { Family } from "./families";
import { familyDirectory, goEnvironment, moduleDirectory } from "./modules";
import { type Progress, since } from "./progress";
import { run } from "./run";

/** The programs of a site, by absolute path. */
export interface Tools {
    readonly kubeApiserver: string;
    readonly kubeControllerManager: string;
    readonly kubeScheduler: string;
    readonly kubelet: string;
    readonly kubeProxy: string;
    readonly kubectl: string;
    readonly etcd: string;
    readonly metallbController: string;
    readonly metallbSpeaker: string;
    readonly frrK8s: string;
    readonly frrMetrics: string;
    readonly frrStatus: string;
    readonly frrStatusCleaner: string;
    readonly sourceController: string;
    readonly helmController: string;
    readonly kustomizeController: string;
    readonly coredns: string;
    /** The Pulumi CLI: the one on the PATH when it is new enough, else one built here. */
    readonly pulumi: string;
    /** First process of every pod. */
    readonly pause: string;
    /** The demo behind the announced address, port 9898. */
    readonly web: string;
    /** Static HTTP server: `repository DIR ADDRESS:PORT`. */
    readonly repository: string;
    /** OCI registry: `registry DIR ADDRESS:PORT CERTIFICATE KEY LOGIN`. */
    readonly registry: string;
}

/** The oldest Pulumi CLI from the PATH that is taken, as [major, minor]. */
const oldestPulumi = [3, 244] as const;

/** Builds every program that the cache does not hold yet; about 15 minutes on 2 cores for all. */
export async function buildTools(progress: Progress): Promise<Tools> {
    const pulumi = await pulumiOnPath();
    const wanted = pulumi ? families.always : [...families.always, families.pulumi];
    const directories = new Map<Family, string>();
    for (const [index, family] of wanted.entries()) {
        const position = `${index + 1} of ${wanted.length}`;
        directories.set(family, await buildFamily(family, position, progress));
    }
    const built = (family: Family, program: string) => join(directories.get(family)!, program);
    const { kubernetes, metallb, site } = families;
    return {
        kubeApiserver: built(kubernetes, "kube-apiserver"),
        kubeControllerManager: built(kubernetes, "kube-controller-manager"),
        kubeScheduler: built(kubernetes, "kube-scheduler"),
        kubelet: built(kubernetes, "kubelet"),
        kubeProxy: built(kubernetes, "kube-proxy"),
        kubectl: built(kubernetes, "kubectl"),
        etcd: built(families.etcd, "etcd"),
        metallbController: built(metallb, "metallb-controller"),
        metallbSpeaker: built(metallb, "metallb-speaker"),
        frrK8s: built(families.frrK8s, "frr-k8s"),
        frrMetrics: built(families.frrK8s, "frr-metrics"),
        frrStatus: built(families.frrK8s, "frr-status"),
        frrStatusCleaner: built(families.frrK8s, "statuscleaner"),
        sourceController: built(families.sourceController, "source-controller"),
        helmController: built(families.helmController, "helm-controller"),
        kustomizeController: built(families.kustomizeController, "kustomize-controller"),
        coredns: built(families.coredns, "coredns"),
        pulumi: pulumi ?? built(families.pulumi, "pulumi"),
        pause: built(site, "pause"),
        web: built(site, "web"),
        repository: built(site, "repository"),
        registry: built(families.registry, "registry"),
    };
}

/** The folder with a family's programs, which are built unless the cache holds them. */
export async function buildFamily(
    family: Family,
    position: string,
    progress: Progress,
): Promise<string> {
    const make = async (directory: string) => {
        await withSources(family, async (cwd) => {
            for (const [program, source] of Object.entries(family.programs)) {
                const started = Date.now();
                progress(`building ${program}`, position);
                const output = join(directory, program);
                const argv = ["go", "build", ...buildFlags(family), "-o", output, source];
                await run(argv, { cwd, env: goEnvironment });
                const size = `${(statSync(output).size / 1e6).toFixed(0)} MB`;
                progress(`built ${program}`, `${since(started)}, ${size}`);
            }
        });
        const [program] = Object.keys(family.programs);
        for (const link of family.links ?? []) symlinkSync(program!, join(directory, link));
    };
    return (await cached(join("tools", family.name), familyKey(family), make)).path;
}

/** The family's folder, or a copy of it in which the files stand that its programs embed. */
async function withSources(family: Family, build: (cwd: string) => Promise<void>): Promise<void> {
    const own = familyDirectory(family.name);
    if (!family.embedded) return build(own);
    const copy = mkdtempSync(join(tmpdir(), `${family.name}-`));
    try {
        cpSync(own, copy, { recursive: true });
        for (const { module, path, set } of family.embedded) {
            const text = readFileSync(
                join(await moduleDirectory(family.name, module), path),
                "utf8",
            );
            const content = set
                ? JSON.stringify({ ...(JSON.parse(text) as object), ...set })
                : text;
            writeFileSync(join(copy, basename(path)), content);
        }
        await build(copy);
    } finally {
        rmSync(copy, { recursive: true, force: true });
    }
}

/** Changes with everything that decides what a family's programs do, and with nothing else. */
export function familyKey(family: Family): string {
    const directory = familyDirectory(family.name);
    const texts = sourceFiles(directory).flatMap((file) => [
        relative(directory, file),
        readFileSync(file),
    ]);
    return keyOf(
        goEnvironment.GOARCH,
        JSON.stringify(family),
        buildFlags(family).join("\0"),
        ...texts,
    );
}

function sourceFiles(directory: string): string[] {
    return readdirSync(directory, { withFileTypes: true, recursive: true })
        .filter((entry) => entry.isFile() && /\.go$|^go\.(mod|sum)$/.test(entry.name))
        .map((entry) => join(entry.parentPath, entry.name))
        .sort();
}

function buildFlags(family: Family): string[] {
    const variables = Object.entries(family.variables ?? {});
    const linker = ["-s", "-w", ...variables.map(([name, value]) => `-X ${name}=${value}`)];
    return ["-trimpath", "-buildvcs=false", `-ldflags=${linker.join(" ")}`];
}

async function pulumiOnPath(): Promise<string | undefined> {
    for (const directory of (process.env.PATH ?? "").split(":").filter(Boolean)) {
        const program = join(directory, "pulumi");
        if (!statSync(program, { throwIfNoEntry: false })?.isFile()) continue;
        const environment = { PULUMI_SKIP_UPDATE_CHECK: "true" };
        const version = await run([program, "version"], { env: environment }).catch(() => "");
        return isNewEnough(version) ? program : undefined;
    }
    return undefined;
}

/** Whether what `pulumi version` printed is a version the lab can use. */
export function isNewEnough(version: string): boolean {
    const [, major, minor] = /^v?(\d+)\.(\d+)\./.exec(version.trim()) ?? [];
    if (major === undefined) return false;
    const [wantedMajor, wantedMinor] = oldestPulumi;
    return Number(major) === wantedMajor && Number(minor) >= wantedMinor;
}
