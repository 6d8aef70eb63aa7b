import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Version of the installed SDK of a provider, for example 4.34.2. */
export function sdkVersion(name: string): string {
    const folder = join(__dirname, "..", "..", "node_modules", "@pulumi", name);
    const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
        version: string;
    };
    return manifest.version;
}
