import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RunOutcome } from "../stack/protocol";
import { key } from "../stack/stack";
import { stateVariable } from "./bare-program";
import type { Bench } from "./cluster";
import type { Clock, Contestant, Ran } from "./contestant";
import type { Turn } from "./result";

/** `pulumi up` of this program: everything, with both firewalls, and the proof at its end. */
export const program: Contestant = {
    about: {
        name: "up",
        does: "`pulumi up` of this program with the plan shown: Flux, MetalLB and both firewalls, until every session of both is proven to be Established and to have learned the address",
        before: "nothing",
    },
    prepare: () => Promise.resolve(),
    async run({ site, tell }: Bench, clock: Clock): Promise<Ran> {
        const outcome = succeeded(await site.stack.up(tell, { showPlan: true }));
        const since = (time: number) => (time - clock.startedAt) / 1000;
        return {
            more: { plan: since(outcome.plannedAt!), end: since(outcome.endedAt) },
            timeline: outcome.spans.map((span) => ({
                ...span,
                from: since(span.from),
                to: since(span.to),
            })),
        };
    },
    after(bench, round) {
        // By turns, or the whole would take longer than anybody waits for.
        return round % 2 === 1 ? previews(bench) : nodeChange(bench);
    },
    async takeDown({ site, tell }) {
        return { destroy: await timed(() => site.stack.destroy(tell)) };
    },
};

/** The same look, by this program and by two that show what of it is the engine's. */
async function previews({ site: { stack, box }, tell }: Bench): Promise<Turn["more"]> {
    const unchanged = await timed(() => stack.preview({ expectNoChanges: true }));
    const empty = join(__dirname, "empty-program.ts");
    const state = join(box.stateDir, "stack", "state.json");
    writeFileSync(state, await stack.state(), { mode: 0o600 });
    const bare = join(__dirname, "bare-program.ts");
    const env = { [stateVariable]: state };
    const looks: Record<string, () => Promise<RunOutcome>> = {
        empty: () => stack.previewOf(empty, { stackName: "empty" }),
        bare: () => stack.previewOf(bare, { expectNoChanges: true, env }),
    };
    const more: Record<string, number> = { unchanged };
    for (const [name, look] of Object.entries(looks)) {
        // They stand beside the measure; one that cannot be had costs no round.
        try {
            more[name] = await timed(look);
        } catch (error) {
            tell(`no preview of the ${name} program: ${(error as Error).message}`);
        }
    }
    return more;
}

/** The last node of the stack file is taken out and back, each time with the plan shown. */
async function nodeChange({ site: { stack }, wanted, tell }: Bench): Promise<Turn["more"]> {
    const file = stack.read();
    const nodes = key("bgp", "nodes");
    const last = lastNode(wanted);
    stack.edit((document) => document.deleteIn([...nodes, last]));
    const nodeOut = await timed(() => stack.up(tell, { showPlan: true }));
    stack.write(file);
    const nodeBack = await timed(() => stack.up(tell, { showPlan: true }));
    return { nodeOut, nodeBack };
}

function lastNode({ nodes }: Bench["wanted"]): string {
    const name = nodes.at(-1);
    if (name === undefined) throw new Error("the stack file has no nodes");
    return name;
}

/** Seconds from the start of a run's process until the engine's last word; a failed run throws. */
async function timed(run: () => Promise<RunOutcome>): Promise<number> {
    const started = Date.now();
    return (succeeded(await run()).endedAt - started) / 1000;
}

function succeeded(outcome: RunOutcome): RunOutcome {
    if (outcome.ok) return outcome;
    const messages = outcome.diagnostics.map(({ message }) => message);
    throw new Error([outcome.text, ...messages].join("\n"));
}
