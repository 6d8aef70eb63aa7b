import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { Box } from "./box";

/** State folder of `npm run lab`. Outside the tree, and short: socket paths have a limit of 107 bytes. */
export const labState = process.env.LAB_STATE ?? "/var/lib/metallb-pfsense-lab";
/** State folder of `npm run lab:test`, so that tests and a running site do not meet. */
export const testState = `${labState}-test`;

/** State folders of the firewall bench that exist, one a file of tests. */
export function benchStates(): string[] {
    const folder = dirname(labState);
    const names = existsSync(folder) ? readdirSync(folder) : [];
    return names
        .filter((name) => name.startsWith(`${basename(labState)}-bench-`))
        .map((name) => join(folder, name));
}

/** What outlives the site: the log of stage times, to compare runs by. */
export const timingsFile = (state: string) => `${state}-timings.jsonl`;

/**
 * Takes the one lock of a state folder for this process.
 *
 * Throws, naming the process, when another run of the lab holds it; the lock of a process that has
 * ended is taken over.
 */
export function lock(state: string): () => void {
    const file = `${state}.lock`;
    mkdirSync(dirname(file), { recursive: true });
    if (existsSync(file)) {
        const owner = Number(readFileSync(file, "utf8"));
        if (owner !== process.pid && existsSync(`/proc/${owner}`)) {
            throw new Error(
                `another run of the lab (process ${owner}) is at work on ${state}: wait for it`,
            );
        }
        rmSync(file);
    }
    writeFileSync(file, String(process.pid), { flag: "wx" });
    return () => rmSync(file, { force: true });
}

/** The running site's box, or undefined; remains of a site whose processes are gone are cleared first. */
export async function attachOrClear(state: string): Promise<Box | undefined> {
    const box = await Box.attach(state);
    if (!box && existsSync(state)) await Box.clearRemains(state);
    return box;
}
