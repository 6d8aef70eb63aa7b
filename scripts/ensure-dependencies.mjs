// Runs `npm ci` when what is installed is not what the lock file names, so that `npm test` and
// `npm run lab` are one command each on a fresh clone. Standard output belongs to the command.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

const packagesOf = (file) => {
    try {
        return JSON.parse(readFileSync(file, "utf8")).packages;
    } catch {
        return {};
    }
};
const installed = packagesOf("node_modules/.package-lock.json");
const wanted = Object.entries(packagesOf("package-lock.json")).filter(([path]) => path !== "");
// Packages for other systems are optional and not installed here.
const isThere = ([path, { version, optional }]) =>
    installed[path] === undefined ? optional === true : installed[path].version === version;
if (!wanted.every(isThere)) {
    console.error("installing the npm dependencies (npm ci)");
    const { status } = spawnSync("npm", ["ci", "--loglevel=warn", "--no-audit", "--no-fund"], {
        stdio: ["ignore", 2, 2],
    });
    process.exit(status ?? 1);
}
