import assert from "node:assert/strict";
import { type AgentAction, parseAgentResult } from "../../components/pfsense/agent";
import { Bench } from "./bench";
import { neighboursOf, withoutOurs } from "./config-xml";
import { killAtEach, type Killed, type State, type Statement, statements } from "./statements";
import { nodes, owner, wantedState } from "./wanted";

const wanted = wantedState(2, { passRule: { interfaces: ["lan"] } });
const byHand = "192.168.34.50";
const actions = ["apply", "remove"] as const;

describe("firewall bench: the agent is killed after each statement of its own", () => {
    const benches: Bench[] = [];
    const runs: Partial<Record<AgentAction, { foreign: string; killed: readonly Killed[] }>> = {};

    before(async function () {
        this.timeout(900_000);
        await Promise.all(actions.map(killAll));
    });
    after(async () => {
        for (const bench of benches) await bench.stop();
    });

    async function killAll(action: AgentAction): Promise<void> {
        const bench = await Bench.start(`statements-${action}`);
        benches.push(bench);
        if (action === "remove") await bench.act("apply", { wanted });
        const start = await bench.config();
        const all = await statements(bench, { action, wanted }, start);
        const killed = await killAtEach(bench, { action, wanted }, start, sinceTheLock(all));
        runs[action] = { foreign: withoutOurs(start, [owner]), killed };
    }

    for (const action of actions) {
        const expected = action === "apply" ? [...nodes, byHand] : [byHand];

        it(`${action}: every step is among them`, () => {
            const functions = new Set(runs[action]!.killed.map(({ statement }) => statement.in));
            const steps = ["begin_change", "write_loaded_config", "generate", "end_change"];
            const without = steps.filter((step) => !functions.has(step));
            assert.deepEqual(without, []);
        });

        it(`${action} bites: some leave config.xml with the change and FRR without`, () => {
            const differs = ({ left }: Killed) => written(left).join() !== run(left).join();
            const half = runs[action]!.killed.filter(differs);
            assert.ok(half.length > 3, String(half.length));
        });

        it(`${action}: there is no answer, or a whole one`, () => {
            const { killed } = runs[action]!;
            const answers = killed.map(({ answer }) => answer).filter((answer) => answer !== "");
            assert.ok(answers.length < killed.length / 4, `${answers.length} of ${killed.length}`);
            for (const answer of answers) assert.equal(parseAgentResult(answer).action, action);
        });

        it(`${action}: config.xml is whole, and what is not ours is byte-identical`, () => {
            const { foreign, killed } = runs[action]!;
            for (const { statement, left, after } of killed) {
                for (const { config } of [left, after]) {
                    assert.match(config, /<\/pfsense>\n$/, name(statement));
                    assert.equal(withoutOurs(config, [owner]), foreign, name(statement));
                }
            }
        });

        it(`${action}: the next run ends where it should, in config.xml, FRR and the filter`, () => {
            for (const { statement, next, after, filter } of runs[action]!.killed) {
                const { outcome } = parseAgentResult(next);
                const done = action === "apply" ? "changed" : "removed";
                assert.ok([done, "changed", "unchanged"].includes(outcome), name(statement) + next);
                assert.deepEqual(written(after), expected, name(statement));
                assert.deepEqual(run(after), expected, name(statement));
                const rules = JSON.parse(filter) as { descr?: string }[];
                const ours = rules.filter(({ descr }) => descr?.startsWith(`${owner}/`));
                assert.equal(ours.length, action === "apply" ? 1 : 0, name(statement));
            }
        });
    }
});

/**
 * Before it holds the lock a run only reads. Then: each statement after which something on the
 * firewall has changed, and every third of the others; all of them with BENCH_FULL=1.
 */
function sinceTheLock(all: readonly Statement[]): Statement[] {
    const lock = all.map((one) => one.in).lastIndexOf("lock");
    assert.ok(lock > 0, "no statement in lock()");
    const since = all.slice(lock);
    if (process.env.BENCH_FULL) return since;
    return since.filter(({ touched }, index) => touched || index % 3 === 0);
}

const name = (statement: Statement) =>
    `killed after line ${statement.line} of the ${statement.process}, in ${statement.in}(): `;

const written = ({ config }: State) => neighboursOf(config).sort();

const run = ({ running }: State) =>
    [...running.matchAll(/^ neighbor (\S+) remote-as/gm)].map((line) => line[1]!).sort();
