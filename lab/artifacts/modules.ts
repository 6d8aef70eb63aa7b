import { readFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "./run";

const toolsDirectory = join(__dirname, "..", "tools");

/** The folder of one tools module, `lab/tools/<family>`. */
export function familyDirectory(family: string): string {
    return join(toolsDirectory, family);
}

/**
 * The environment of every `go` command: the committed go.mod and go.sum decide what is built, no
 * matter which flags or workspace the person's own environment holds.
 */
export const goEnvironment = {
    // Not empty: an empty value lets `go env -w GOFLAGS=…` through.
    GOFLAGS: "-mod=readonly",
    GOWORK: "off",
    CGO_ENABLED: "0",
    GOOS: "linux",
    GOARCH: process.arch === "x64" ? "amd64" : process.arch,
};

/**
 * The version a tools module pins, read from its go.mod.
 *
 * @throws Error when the family does not require the module.
 */
export function pinnedVersion(family: string, module: string): string {
    const text = readFileSync(join(familyDirectory(family), "go.mod"), "utf8");
    const required = text
        .split("\n")
        .map((line) =>
            line
                .replace(/^require\s+/, "")
                .trim()
                .split(/\s+/),
        )
        .find(([path, version]) => path === module && version?.startsWith("v"));
    if (!required) throw new Error(`lab/tools/${family}/go.mod does not require ${module}`);
    return required[1]!;
}

/**
 * The folder of a module's sources in Go's module cache, fetched when it is not there; its content
 * is the one that the family's go.sum pins. The files in it are read-only.
 */
export async function moduleDirectory(family: string, module: string): Promise<string> {
    const answer = await run(["go", "mod", "download", "-json", module], {
        cwd: familyDirectory(family),
        env: goEnvironment,
    });
    return (JSON.parse(answer) as { Dir: string }).Dir;
}
