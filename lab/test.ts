import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { checkPrerequisites } from "./artifacts/prerequisites";
import { attachOrClear, lock, testState } from "./state";

const specs = ["lab/e2e/*.e2e.ts", "test/firewall-bench/*.e2e.ts"];
const failureLogs = `${testState}-failure`;

/**
 * `npm run lab:test [-- SPEC…]`: the site as mocha end-to-end tests. Brings the site down in every
 * case; on failure keeps the logs and prints the end of those that matter.
 */
export async function test(selected: readonly string[]): Promise<number> {
    const problems = await checkPrerequisites();
    if (problems.length > 0) {
        console.error("The lab cannot run here:\n");
        for (const problem of problems) console.error(`  - ${problem.what}\n    ${problem.mend}`);
        return 1;
    }
    const unlock = lock(testState);
    const ignore = () => undefined;
    // Ctrl-C reaches mocha as well, being in the same group; this process outlives it to clean up.
    process.on("SIGINT", ignore).on("SIGTERM", ignore);
    try {
        await bringDown();
        rmSync(failureLogs, { recursive: true, force: true });
        const code = await mocha(selected.length > 0 ? selected : specs);
        if (code !== 0) keepLogs();
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

function keepLogs(): void {
    const from = join(testState, "log");
    if (!existsSync(from)) return;
    mkdirSync(failureLogs, { recursive: true });
    cpSync(from, failureLogs, { recursive: true });
    const telling = readdirSync(failureLogs).filter((file) => /^(pulumi|firewall|fw-)/.test(file));
    for (const file of telling) {
        const lines = readFileSync(join(failureLogs, file), "utf8").trimEnd().split("\n");
        console.error(`\n── end of ${file}\n${lines.slice(-15).join("\n")}`);
    }
    console.error(`\nall logs: ${failureLogs}`);
}
