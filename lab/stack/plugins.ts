import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { kubernetesPlugin } from "../artifacts/families";
import type { Progress } from "../artifacts/progress";
import { buildFamily } from "../artifacts/tools";
import { runCommand } from "../box";
import { writeCommandPlugin } from "../plugins";
import { sdkVersion } from "../plugins/versions";
import type { EngineTools } from "./stack";

interface Plugin {
    readonly name: string;
    /** Of its SDK. */
    readonly version: string;
}

export interface Plugins extends EngineTools {
    /** One sentence that names which plugins do the work, and what stands in for what. */
    readonly title: string;
}

/**
 * Finds the provider plugins: the official ones on the PATH, installed, or downloadable. Where none
 * can be had, the Kubernetes one is built from its module; the command one, which is no module, is
 * stood in for, by a program written to `directory`.
 *
 * @throws Error with the way out when the Kubernetes plugin cannot be built
 */
export async function findPlugins(
    tools: { readonly pulumi: string; readonly kubectl: string },
    directory: string,
    progress: Progress,
): Promise<Plugins> {
    const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache");
    const pulumiHome = join(cache, "metallb-pfsense", "pulumi");
    mkdirSync(pulumiHome, { recursive: true });
    const has = async (name: string) => {
        const plugin = { name, version: sdkVersion(name) };
        return onPath(name) || (await installed(tools.pulumi, pulumiHome, plugin));
    };
    const path = [dirname(tools.pulumi), dirname(tools.kubectl)];
    const title = ["official Kubernetes plugin"];
    if (!(await has("kubernetes"))) {
        path.push(await builtKubernetesPlugin(progress));
        title[0] += ` (built from its module, ${kubernetesPlugin.variables!["main.version"]})`;
    }
    if (await has("command")) {
        title.push("official command plugin");
    } else {
        await writeCommandPlugin(directory);
        path.push(directory);
        title.push("a stand-in for the command plugin, which cannot be had here");
    }
    return { path, pulumiHome, title: title.join(", ") };
}

async function builtKubernetesPlugin(progress: Progress): Promise<string> {
    try {
        return await buildFamily(kubernetesPlugin, "the official provider plugin", progress);
    } catch (error) {
        throw new Error(
            "the official Kubernetes plugin can neither be downloaded nor be built; put a " +
                `pulumi-resource-kubernetes on the PATH: ${(error as Error).message}`,
        );
    }
}

const onPath = (name: string) =>
    (process.env.PATH ?? "")
        .split(delimiter)
        .some((folder) => existsSync(join(folder, `pulumi-resource-${name}`)));

async function installed(
    pulumi: string,
    home: string,
    { name, version }: Plugin,
): Promise<boolean> {
    if (existsSync(join(home, "plugins", `resource-${name}-v${version}`))) return true;
    // A download that failed is not tried again for a day: offline, every start would wait for it.
    const failure = join(home, `${name}-${version}.unavailable`);
    const day = 24 * 3600 * 1000;
    if (existsSync(failure) && Date.now() - Number(readFileSync(failure, "utf8")) < day)
        return false;
    const install = [pulumi, "plugin", "install", "resource", name, version];
    const argv = ["env", `PULUMI_HOME=${home}`, ...install];
    try {
        await runCommand(argv, `pulumi plugin install ${name}`, { timeoutMs: 120_000 });
        return true;
    } catch {
        writeFileSync(failure, String(Date.now()));
        return false;
    }
}
