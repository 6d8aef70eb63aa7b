import assert from "node:assert/strict";
import fc from "fast-check";
import type { AgentAction, AgentRequest, AgentResult } from "../../components/pfsense/agent";
import { renderAgent } from "../../components/pfsense/agent";
import { Bench, defaultRequest } from "./bench";
import { neighboursOf, withoutOurs } from "./config-xml";
import { assertRunning } from "./expect";
import { neighbour, wantedState } from "./wanted";

/** BENCH_SEQUENCES=200 for a long run; BENCH_SEED repeats one. */
const count = Number(process.env.BENCH_SEQUENCES ?? 5);
const seed = Number(process.env.BENCH_SEED ?? 20261125);

/** What a stack's file says: its name on the firewalls, and for each firewall a router and its nodes. */
interface File {
    readonly owner: string;
    readonly routers: readonly { readonly name: string; readonly nodes: readonly number[] }[];
}

const owners = ["bench", "campus", "home"];
const routerNames = [
    ["fw-a", "edge-a", "north"],
    ["fw-b", "edge-b", "south"],
];
const first: File = {
    owner: owners[0]!,
    routers: routerNames.map(([name], at) => ({ name: name!, nodes: [2 * at, 2 * at + 1] })),
};
const stacks = {
    own: { id: "6c0e9c7e-1c6f-4d4e-9a55-0c36f2b7e6a1", name: "organization/net/bench" },
    second: { id: "0b3a6f52-7a54-4f0e-8a0d-5a2f4b1c9d3e", name: "organization/net/second" },
};
const second: File = { owner: "second", routers: [{ name: "fw", nodes: [8, 9] }] };

/** Points at which an apply may be killed. */
const points = ["config_read_file", "write_config:written", "write_config:renamed"]
    .concat(["write_config:end", "frr_generate_config:frr.conf", "frr_generate_config:end"])
    .map((point) => `${point}#1`);

const steps = fc.oneof(
    fc.record({ kind: fc.constant("rename router"), at: fc.nat(1), name: fc.nat(2) }),
    fc.record({ kind: fc.constant("rename cluster"), name: fc.nat(2) }),
    fc.record({ kind: fc.constant("move node"), node: fc.nat(3) }),
    fc.record({ kind: fc.constant("restore"), at: fc.nat(1), backup: fc.nat() }),
    fc.record({ kind: fc.constant("delete entry"), at: fc.nat(1), entry: fc.nat() }),
    fc.record({ kind: fc.constant("second stack") }),
    fc.record({ kind: fc.constant("killed"), node: fc.nat(3), point: fc.nat(points.length - 1) }),
);
type Step = Readonly<Record<"at" | "name" | "node" | "backup" | "entry" | "point", number>> & {
    readonly kind: string;
};

describe(`firewall bench: ${count} random sequences of what people do, each followed by an up`, () => {
    const benches: Bench[] = [];
    before(async () => {
        for (const name of ["sequences-a", "sequences-b"]) benches.push(await Bench.start(name));
    });
    after(async () => {
        for (const bench of benches) await bench.stop();
    });

    const sequences = fc.sample(fc.array(steps, { minLength: 6, maxLength: 8 }), {
        numRuns: count,
        seed,
    }) as unknown as Step[][];
    for (const [index, sequence] of sequences.entries()) {
        it(`${index + 1}: ${sequence.map(({ kind }) => kind).join(", ")}`, async () => {
            await new Site(benches).play(sequence);
        });
    }
});

/** Two firewalls, the stack's file and, at times, a second stack on the first firewall. */
class Site {
    private file = first;
    private before = first;
    private hasSecond = false;
    private readonly backups: { readonly xml: string; readonly second: boolean }[][] = [[], []];

    constructor(private readonly benches: readonly Bench[]) {}

    async play(sequence: readonly Step[]): Promise<void> {
        for (const bench of this.benches) await bench.reset();
        await this.up();
        for (const step of sequence) {
            await this.take(step);
            const results = await this.up();
            if (step.kind.startsWith("rename")) {
                for (const { effect, resets, message } of results) {
                    assert.ok(effect === "none" || effect === "reload", `${effect}: ${message}`);
                    assert.deepEqual(resets ?? [], []);
                }
            }
        }
    }

    private async take(step: Step): Promise<void> {
        const { owner, routers } = this.file;
        const rename = (at: number, name: string) =>
            routers.map((router, index) => (index === at ? { ...router, name } : router));
        const take: Readonly<Record<string, () => void | Promise<void>>> = {
            "rename router": () => {
                this.file = { owner, routers: rename(step.at, routerNames[step.at]![step.name]!) };
            },
            "rename cluster": () => {
                this.file = { owner: owners[step.name]!, routers };
            },
            "move node": () => this.move(step.node),
            restore: () => this.restore(step),
            "delete entry": () => this.deleteEntry(step),
            "second stack": () => this.secondStack(),
            killed: async () => {
                this.move(step.node);
                for (const bench of this.benches) {
                    bench.faults({ [points[step.point]!]: { kill: true } });
                    await bench.php(
                        renderAgent(this.request("apply", this.benches.indexOf(bench))),
                    );
                    bench.faults({});
                    await bench.loaded();
                }
            },
        };
        await take[step.kind]!();
    }

    private move(node: number): void {
        const { owner, routers } = this.file;
        const has = (nodes: readonly number[]) => nodes.includes(node);
        this.file = {
            owner,
            routers: routers.map(({ name, nodes }) => ({
                name,
                nodes: has(nodes) ? nodes.filter((one) => one !== node) : [...nodes, node].sort(),
            })),
        };
    }

    /** Only one that holds nothing of a stack that has gone since: nobody would take that away. */
    private async restore({ at, backup }: Step): Promise<void> {
        const may = this.backups[at]!.filter(({ second }) => this.hasSecond || !second);
        await this.benches[at]!.replaceConfig(may[backup % may.length]!.xml);
        await this.benches[at]!.generate();
    }

    private async deleteEntry({ at, entry }: Step): Promise<void> {
        const bench = this.benches[at]!;
        const lines = (await bench.config()).split("\n");
        const mine = lines.flatMap((line, index) =>
            line.includes(`<descr><![CDATA[${this.file.owner}/`) ? [index] : [],
        );
        if (mine.length === 0) return;
        const found = mine[entry % mine.length]!;
        const start = lines.lastIndexOf("\t\t\t<config>", found);
        const end = lines.indexOf("\t\t\t</config>", found);
        assert.ok(start > 0 && end > found, lines[found]);
        lines.splice(start, end - start + 1);
        await bench.replaceConfig(lines.join("\n"));
        await bench.generate();
    }

    private async secondStack(): Promise<void> {
        this.hasSecond = !this.hasSecond;
        if (this.hasSecond) return;
        const { outcome, message } = await this.benches[0]!.act("remove", request(second, 0));
        assert.equal(outcome, "removed", message);
    }

    /** As the program does it: firewall after firewall, then the delete of what has another name. */
    private async up(): Promise<AgentResult[]> {
        const results: AgentResult[] = [];
        for (const [at, bench] of this.benches.entries()) {
            const wanted = this.request("apply", at);
            const told = await bench.act("observe", wanted);
            const done = await bench.act("apply", wanted);
            assert.ok(["changed", "unchanged"].includes(done.outcome), done.message);
            foretold(told, done);
            results.push(done);
        }
        if (this.hasSecond) {
            const { outcome, message } = await this.benches[0]!.act("apply", request(second, 0));
            assert.ok(["changed", "unchanged"].includes(outcome), message);
        }
        for (const [at, bench] of this.benches.entries()) {
            if (this.before.routers[at]!.name === this.file.routers[at]!.name) continue;
            const { message } = await bench.act("remove", request(this.before, at));
            assert.match(message, /holds these entries now: nothing was removed/);
        }
        this.before = this.file;
        for (const [at, bench] of this.benches.entries()) await this.require(bench, at);
        return results;
    }

    /** Exactly what the files say is there and runs, and everything else is as it was. */
    private async require(bench: Bench, at: number): Promise<void> {
        const xml = await bench.config();
        const others = this.hasSecond && at === 0 ? second.routers[0]!.nodes : [];
        const wanted = [...this.file.routers[at]!.nodes, ...others];
        const peers = wanted.map((node) => neighbour(node).address);
        assert.deepEqual(neighboursOf(xml).sort(), ["192.168.34.50", ...peers].sort());
        await assertRunning(bench, ...peers);
        assert.equal(withoutOurs(xml, [...owners, second.owner]), withoutOurs(bench.start, []));
        for (const owner of owners.filter((one) => one !== this.file.owner)) {
            assert.ok(!xml.includes(`[CDATA[${owner}/`), `something of ${owner} is left`);
        }
        const { changes } = await bench.act("observe", this.request("observe", at));
        assert.deepEqual(changes, []);
        this.backups[at]!.push({ xml, second: this.hasSecond && at === 0 });
    }

    private request(action: AgentAction, at: number): AgentRequest {
        return { ...defaultRequest, ...request(this.file, at), action };
    }
}

/** A look says what the apply then does. */
function foretold(told: AgentResult, done: AgentResult): void {
    const { changes, effect, resets = [] } = told;
    const [one = ""] = changes;
    if (one.startsWith("FRR does not run what config.xml says")) {
        assert.match(done.message, /^FRR loaded the configuration, which stood in config\.xml/);
    } else assert.deepEqual(done.changes, changes);
    assert.deepEqual([done.effect, done.resets ?? []], [effect, resets]);
}

function request({ owner, routers }: File, at: number) {
    const lists = { prefixListIn: `${owner}-IN`, prefixListOut: `${owner}-OUT` };
    const [input, output] = wantedState(0).prefixLists;
    const { name, nodes } = routers[at]!;
    return {
        stack: owner === second.owner ? stacks.second : stacks.own,
        router: name,
        routers: routers.map((router) => router.name),
        wanted: wantedState(0, {
            owner,
            neighbours: nodes.map((node) => neighbour(node, lists)),
            prefixLists: [
                { ...input!, name: lists.prefixListIn },
                { ...output!, name: lists.prefixListOut },
            ],
        }),
    };
}
