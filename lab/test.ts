import { spawn } from "node:child_process";
import { join } from "node:path";
import { installPackages } from "./artifacts/prerequisites";
import { forgetFailure, keepFailure } from "./failure";
import { attachOrClear, benchStates, lock, testState } from "./state";
import { canRunHere } from "./up";

const specs = ["lab/e2e/*.e2e.ts", "test/firewall-bench/*.e2e.ts"];

/**
 * `npm run lab:test [-- SPEC…]`: the site as mocha end-to-end tests. Brings the site down in every
 * case; on failure keeps the logs and prints the end of those that matter.
 */
export async function test(selected: readonly string[]): Promise<number> {
    if (!(await canRunHere())) return 1;
    const unlock = lock(testState);
    try {
        await bringDown();
        forgetFailure(testState);
        await installPackages((line) => console.log(line), { tests: true });
        const code = await mocha(selected.length > 0 ? selected : specs);
        if (code !== 0) keepFailure(testState);
        return code;
    } finally {
        await bringDown();
        unlock();
    }
}

/** Ends the tests' site and the firewall bench's, whichever of them a cut-short run has left. */
async function bringDown(): Promise<void> {
    for (const state of [testState, ...benchStates()]) {
        const box = await attachOrClear(state);
        await box?.stop();
    }
}

function mocha(patterns: readonly string[]): Promise<number> {
    const program = join(__dirname, "..", "node_modules", "mocha", "bin", "mocha.js");
    const argv = [
        ...[program, "--no-config", "--require", "tsx/cjs", "--require", "test/setup.ts"],
        ...["--timeout", "300000", "--slow", "30000", "--exit", ...patterns],
    ];
    const child = spawn(process.execPath, argv, { stdio: "inherit", cwd: join(__dirname, "..") });
    // At once, not after the running test: every box ends with mocha, and the rest is cleared here.
    const stop = () => child.kill("SIGKILL");
    process.on("SIGINT", stop).on("SIGTERM", stop).on("SIGHUP", stop);
    return new Promise((resolve) => child.on("close", (code) => resolve(code ?? 1)));
}
