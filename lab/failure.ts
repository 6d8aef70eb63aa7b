import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

const folder = (state: string) => `${state}-failure`;

/** Forgets the logs an earlier failure has left. */
export function forgetFailure(state: string): void {
    rmSync(folder(state), { recursive: true, force: true });
}

/**
 * Copies the logs of a failed run out of its state folder, which is about to go, and prints the end
 * of the last runs of the engine.
 */
export function keepFailure(state: string): void {
    const logs = join(state, "log");
    if (!existsSync(logs)) return;
    const to = folder(state);
    mkdirSync(to, { recursive: true });
    cpSync(logs, to, { recursive: true });
    const runs = readdirSync(to).filter((name) => name.startsWith("pulumi-"));
    for (const file of runs.slice(-3)) {
        const lines = readFileSync(join(to, file), "utf8").trimEnd().split("\n");
        if (lines.join("") !== "")
            console.error(`\n── end of ${file}\n${lines.slice(-15).join("\n")}`);
    }
    console.error(`\nall logs: ${to}`);
}
