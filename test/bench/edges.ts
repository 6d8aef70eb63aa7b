/** Times `npm run check` as a person waits for it, summary and all, at the edges of what a file can hold. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { numbered, siteText } from "./sites";

/** Seconds and bytes within which a person still waits and reads (issue 13). */
const MOST_SECONDS = 2;
const MOST_MEMORY = 200 * 1024 * 1024;
const ROUNDS = 3;

const blocks = (count: number, range: (block: string) => string) =>
    numbered(count, "pool", (index) => ({
        addresses: [range(`10.${64 + Math.floor(index / 250)}.${index % 250}`)],
    }));

const EDGES = {
    "5000 nodes, 16 firewalls": siteText({
        pools: { pool: { addresses: ["10.64.0.0/24"] } },
        nodes: 5000,
        firewalls: 16,
    }),
    "3000 equal pools": siteText({
        pools: numbered(3000, "pool", () => ({ addresses: ["10.64.0.0/24"] })),
        nodes: 2,
        firewalls: 1,
    }),
    "1000 pools of odd ranges, 16 firewalls": siteText({
        pools: blocks(1000, (block) => `${block}.3-${block}.201`),
        nodes: 2,
        firewalls: 16,
    }),
};

const root = join(__dirname, "..", "..");
const folder = mkdtempSync(join(tmpdir(), "edges-"));
const file = join(folder, "Pulumi.edge.yaml");
/** Says on its last line how much memory the command has had at most. */
const memory = `process.on("exit", () => console.error(process.resourceUsage().maxRSS * 1024));`;
const watch = join(folder, "memory.cjs");

/** One check: seconds, bytes of memory, bytes of text. */
function check(): { seconds: number; memory: number; text: number } {
    const begun = performance.now();
    const program = ["--require", watch, "--import", "tsx", join(root, "commands", "check.ts")];
    const { stdout, stderr } = spawnSync(process.execPath, [...program, file], {
        cwd: root,
        maxBuffer: 2 ** 30,
    });
    const seconds = (performance.now() - begun) / 1000;
    const most = Number(stderr.toString().trim().split("\n").at(-1));
    if (!(most > 0)) throw new Error(stderr.toString());
    return { seconds, memory: most, text: stdout.length };
}

try {
    writeFileSync(watch, memory);
    for (const [title, text] of Object.entries(EDGES)) {
        writeFileSync(file, text);
        const rounds = Array.from({ length: ROUNDS }, check);
        const median = rounds.sort((a, b) => a.seconds - b.seconds)[ROUNDS >> 1]!;
        const mib = (bytes: number) => (bytes / 2 ** 20).toFixed(bytes < 2 ** 20 ? 3 : 0);
        console.log(
            `${title}: ${median.seconds.toFixed(1)} s, ${mib(median.memory)} MiB of memory, ${mib(median.text)} MiB of text`,
        );
        if (median.seconds > MOST_SECONDS || median.memory > MOST_MEMORY) {
            console.error(`More than ${MOST_SECONDS} s or ${mib(MOST_MEMORY)} MiB.`);
            process.exitCode = 1;
        }
    }
} finally {
    rmSync(folder, { recursive: true });
}
