import { Bench, type AgentRun } from "./bench";
import { wantedState } from "./wanted";

/**
 * `npm run bench:firewall`: what an apply costs on the firewall, however many neighbours there are.
 * Needs root. Real sshd, PHP and FRR daemons; the neighbours do not answer.
 */
async function main(): Promise<void> {
    const bench = await Bench.start("numbers", { daemons: "real" });
    try {
        const rows: Row[] = [];
        for (const count of [2, 50, 500]) {
            await bench.reset();
            rows.push(await measured(bench, `${count} neighbours on a firewall without`, count));
            rows.push(await measured(bench, `the same ${count} again: no change`, count));
            rows.push(await measured(bench, `one more than ${count}`, count + 1));
        }
        await bench.reset();
        await measured(bench, "", 2);
        rows.push(await measured(bench, "both of 2 removed (FRR 8.4 takes long)", 2, "remove"));
        console.table(Object.fromEntries(rows.map(({ what, ...numbers }) => [what, numbers])));
    } finally {
        await bench.stop();
    }
}

interface Row {
    readonly what: string;
    readonly connections: number;
    readonly writes: number;
    readonly reloads: number;
    /** Seconds from the start of ssh to its end. */
    readonly total: number;
    /** Seconds on the firewall, as the agent says, and the milliseconds of its steps. */
    readonly firewall: number;
    readonly steps: string;
    readonly outcome: string;
}

async function measured(
    bench: Bench,
    what: string,
    count: number,
    action: "apply" | "remove" = "apply",
): Promise<Row> {
    const connections = bench.connections();
    const writes = bench.record("writes.log").length;
    const reloads = bench.reloads().length;
    const run: AgentRun = await bench.agent(
        { action, wanted: wantedState(count), deadline: 900 },
        "ssh",
    );
    const { total = 0, ...steps } = run.result.timings ?? {};
    return {
        what,
        connections: bench.connections() - connections,
        writes: bench.record("writes.log").length - writes,
        reloads: bench.reloads().length - reloads,
        total: seconds(run.ms),
        firewall: seconds(total),
        steps: Object.entries(steps)
            .map(([step, ms]) => `${step} ${ms}`)
            .join(", "),
        outcome: run.result.outcome,
    };
}

const seconds = (ms: number) => Math.round(ms / 100) / 10;

main().catch((error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
});
