import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { sdkVersion } from "./versions";

/** Official provider plugins that have a stand-in here. */
export const standIns = ["kubernetes", "command"] as const;

/**
 * Writes the stand-ins as executables `pulumi-resource-<name>` into a folder, for the PATH of the
 * engine. They say the version of the SDK in use. Each is one file, bundled: the engine starts a
 * plugin several times a run, and loading the TypeScript sources takes it three times as long.
 * @param names which of them; default all
 */
export async function writePlugins(
    directory: string,
    names: readonly string[] = standIns,
): Promise<void> {
    mkdirSync(directory, { recursive: true });
    await Promise.all(names.map((name) => bundle(directory, name)));
}

async function bundle(directory: string, name: string): Promise<void> {
    const outfile = join(directory, `pulumi-resource-${name}`);
    await build({
        entryPoints: [join(__dirname, name, "main.ts")],
        outfile,
        bundle: true,
        platform: "node",
        target: "node20",
        logLevel: "silent",
        banner: { js: `#!${process.execPath}` },
        define: { "process.env.PLUGIN_VERSION": JSON.stringify(sdkVersion(name)) },
    });
    chmodSync(outfile, 0o755);
}
