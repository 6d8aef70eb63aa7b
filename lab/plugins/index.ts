import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { sdkVersion } from "./versions";

/**
 * Writes the stand-in for the official command plugin as an executable into a folder, for the PATH
 * of the engine. It says the version of the SDK in use, and is one file, bundled: the engine starts
 * a plugin several times a run, and loading the TypeScript sources takes it three times as long.
 */
export async function writeCommandPlugin(directory: string): Promise<void> {
    mkdirSync(directory, { recursive: true });
    const outfile = join(directory, "pulumi-resource-command");
    await build({
        entryPoints: [join(__dirname, "command", "main.ts")],
        outfile,
        bundle: true,
        platform: "node",
        target: "node20",
        logLevel: "silent",
        banner: { js: `#!${process.execPath}` },
        define: { "process.env.PLUGIN_VERSION": JSON.stringify(sdkVersion("command")) },
    });
    chmodSync(outfile, 0o755);
}
