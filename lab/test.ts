import { spawn } from "node:child_process";
import { join } from "node:path";
import { forgetFailure, keepFailure } from "./failure";
import { attachOrClear, lock, testState } from "./state";
import { canRunHere } from "./up";

const specs = ["lab/e2e/*.e2e.ts", "test/firewall-bench/*.e2e.ts"];

/**
 * `npm run lab:test [-- SPEC…]`: the site as mocha end-to-end tests. Brings the site down in every
 * case; on failure keeps the logs and prints the end of those that matter.
 */
export async function test(selected: readonly string[]): Promise<number> {
    if (!(await canRunHere())) return 1;
    const unlock = lock(testState);
    const ignore = () => undefined;
    // Ctrl-C reaches mocha as well, being in the same group; this process outlives it to clean up.
    process.on("SIGINT", ignore).on("SIGTERM", ignore);
    try {
        await bringDown();
        forgetFailure(testState);
        const code = await mocha(selected.length > 0 ? selected : specs);
        if (code !== 0) keepFailure(testState);
        return code;
    } finally {
        await bringDown();
        unlock();
    }
}

async function bringDown(): Promise<void> {
    const box = await attachOrClear(testState);
    await box?.stop();
}

function mocha(patterns: readonly string[]): Promise<number> {
    const program = join(__dirname, "..", "node_modules", "mocha", "bin", "mocha.js");
    const argv = [
        ...[program, "--no-config", "--require", "tsx/cjs", "--require", "test/setup.ts"],
        ...["--timeout", "300000", "--slow", "30000", "--exit", ...patterns],
    ];
    const child = spawn(process.execPath, argv, { stdio: "inherit", cwd: join(__dirname, "..") });
    process.once("SIGTERM", () => child.kill("SIGTERM"));
    return new Promise((resolve) => child.on("close", (code) => resolve(code ?? 1)));
}
