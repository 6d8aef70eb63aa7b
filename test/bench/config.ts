/** Times the way from the text of a stack file to the plan, and how it grows with the site. */
import { planFromStack } from "../../config/stack";
import { readStackFile } from "../../config/stack-file";
import { numbered, siteText } from "./sites";

export interface Size {
    readonly pools: number;
    readonly nodes: number;
    readonly firewalls: number;
}

const FULL: Size = { pools: 1000, nodes: 500, firewalls: 16 };
const TENTH: Size = { pools: 100, nodes: 50, firewalls: 2 };
const REPEATS = 7;
const text = ({ pools, nodes, firewalls }: Size): string =>
    siteText({
        pools: numbered(pools, "pool", (index) => {
            const block = `10.${64 + Math.floor(index / 250)}.${index % 250}`;
            return { addresses: [`${block}.0/26`, `${block}.100-${block}.200`] };
        }),
        nodes,
        firewalls,
    });

/** Median time of parsing, and of checking and planning, in milliseconds. */
export function measure(size: Size): { parse: number; plan: number } {
    const buffer = Buffer.from(text(size));
    const times = Array.from({ length: REPEATS }, () => {
        const start = performance.now();
        const { document, secretKeys } = readStackFile(buffer);
        const read = performance.now();
        const { plan, errors } = planFromStack(document, { stack: "bench", secretKeys });
        const done = performance.now();
        if (plan?.sessions.length !== size.nodes * size.firewalls) {
            throw new Error(errors.map(({ path, reason }) => `${path}: ${reason}`).join("\n"));
        }
        return { parse: read - start, plan: done - read };
    });
    const median = (values: number[]) => values.sort((a, b) => a - b)[REPEATS >> 1]!;
    return {
        parse: median(times.map((one) => one.parse)),
        plan: median(times.map((one) => one.plan)),
    };
}

function report({ pools, nodes, firewalls }: Size, time: { parse: number; plan: number }): number {
    const total = time.parse + time.plan;
    console.log(
        `${pools} pools, ${nodes} nodes, ${firewalls} firewalls (${nodes * firewalls} sessions): ` +
            `${total.toFixed(0)} ms = parse ${time.parse.toFixed(0)} + check and plan ${time.plan.toFixed(0)}`,
    );
    return total;
}

if (require.main === module) {
    measure(TENTH);
    const tenth = report(TENTH, measure(TENTH));
    const full = report(FULL, measure(FULL));
    const sessions = (FULL.nodes * FULL.firewalls) / (TENTH.nodes * TENTH.firewalls);
    console.log(
        `10 times the pools and nodes, ${sessions} times the sessions: ${(full / tenth).toFixed(1)} times the time`,
    );
    if (full > 1000) {
        console.error("More than a second.");
        process.exitCode = 1;
    }
}
