// Runs `npm ci` when the dependencies are missing or older than the lock file, so that `npm test`
// and `npm run lab` are one command each on a fresh clone.
import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";

const installed = "node_modules/.package-lock.json";
if (!existsSync(installed) || statSync(installed).mtimeMs < statSync("package-lock.json").mtimeMs) {
    console.log("installing the npm dependencies (npm ci)");
    const { status } = spawnSync("npm", ["ci", "--no-audit", "--no-fund"], { stdio: "inherit" });
    process.exit(status ?? 1);
}
