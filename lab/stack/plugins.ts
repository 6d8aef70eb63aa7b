import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { runCommand } from "../box";
import { writePlugins } from "../plugins";
import { sdkVersion } from "../plugins/versions";
import type { EngineTools } from "./stack";

/** The providers the program uses, in the versions of their SDKs. */
const wanted = ["kubernetes", "command"].map((name) => ({ name, version: sdkVersion(name) }));

export interface Plugins extends EngineTools {
    /** One sentence that names what stands in for what. */
    readonly title: string;
}

/**
 * Finds the provider plugins: the official ones on the PATH, installed, or downloadable; only where
 * none can be had, the stand-ins of lab/plugins, written to `directory`.
 */
export async function findPlugins(
    tools: { readonly pulumi: string; readonly kubectl: string },
    directory: string,
): Promise<Plugins> {
    const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache");
    const pulumiHome = join(cache, "metallb-pfsense", "pulumi");
    mkdirSync(pulumiHome, { recursive: true });
    const missing: string[] = [];
    for (const plugin of wanted) {
        const found = onPath(plugin.name) || (await installed(tools.pulumi, pulumiHome, plugin));
        if (!found) missing.push(plugin.name);
    }
    const path = [dirname(tools.pulumi), dirname(tools.kubectl)];
    if (missing.length === 0) return { path, pulumiHome, title: "official provider plugins" };
    await writePlugins(directory, missing);
    return {
        path: [...path, directory],
        pulumiHome,
        title: `stand-ins for the official provider plugins, which cannot be had here: ${missing.join(", ")}`,
    };
}

const onPath = (name: string) =>
    (process.env.PATH ?? "")
        .split(delimiter)
        .some((folder) => existsSync(join(folder, `pulumi-resource-${name}`)));

async function installed(
    pulumi: string,
    home: string,
    plugin: { name: string; version: string },
): Promise<boolean> {
    if (existsSync(join(home, "plugins", `resource-${plugin.name}-v${plugin.version}`)))
        return true;
    // A download that failed is not tried again for a day: offline, every start would wait for it.
    const failure = join(home, `${plugin.name}-${plugin.version}.unavailable`);
    const day = 24 * 3600 * 1000;
    if (existsSync(failure) && Date.now() - Number(readFileSync(failure, "utf8")) < day)
        return false;
    const argv = [
        "env",
        `PULUMI_HOME=${home}`,
        pulumi,
        "plugin",
        "install",
        "resource",
        plugin.name,
        plugin.version,
    ];
    try {
        await runCommand(argv, `pulumi plugin install ${plugin.name}`, { timeoutMs: 120_000 });
        return true;
    } catch {
        writeFileSync(failure, String(Date.now()));
        return false;
    }
}
