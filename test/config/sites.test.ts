import assert from "node:assert/strict";
import fc from "fast-check";
import { stringify } from "yaml";
import {
    parsePrefix,
    type Prefix,
    formatPrefix,
    prefixAround,
    bitsOf,
} from "../../config/addresses";
import { findingText } from "../../config/findings";
import type { FirewallState, Plan, PrefixListState } from "../../config/plan";
import { planFromStack } from "../../config/stack";
import { readStackFile } from "../../config/stack-file";
import { type RandomSite, runs, site } from "./arbitrary";

function planOf({ document, secretKeys }: RandomSite): Plan {
    const { plan, errors } = planFromStack(document, { stack: "prod", secretKeys });
    assert.deepEqual(errors.map(findingText), []);
    return plan!;
}

interface Peer {
    readonly myASN: number;
    readonly peerASN: number;
    readonly peerAddress: string;
    readonly holdTime?: string;
    readonly keepaliveTime?: string;
    readonly bfdProfile?: string;
    readonly ebgpMultiHop?: true;
    readonly passwordSecret?: { readonly name: string };
    /** Absent: every node. */
    readonly nodeSelectors?: readonly [
        { readonly matchExpressions: readonly [{ readonly values: readonly string[] }] },
    ];
}

interface Written {
    readonly bgp: {
        readonly nodes: Readonly<Record<string, string | string[]>>;
        readonly routers: Readonly<Record<string, { readonly address: string | string[] }>>;
        readonly advertise: Readonly<
            Record<
                string,
                {
                    readonly pools: string[];
                    readonly peers: string[];
                    readonly aggregationLength: number;
                    readonly aggregationLengthV6: number;
                }
            >
        >;
    };
}

const list = (value: string | string[]) => [value].flat();
const isSix = (address: string) => address.includes(":");

/** One end of every session as seen from the cluster: who, with what. */
function clusterEnds(plan: Plan, written: Written): string[] {
    return Object.values(plan.metallb.peers).flatMap((spec) => {
        const peer = spec as unknown as Peer;
        const routers = Object.entries(written.bgp.routers).filter(([, { address }]) =>
            list(address).includes(peer.peerAddress),
        );
        assert.equal(routers.length, 1);
        const selected = peer.nodeSelectors?.[0].matchExpressions[0].values;
        return (selected ?? Object.keys(written.bgp.nodes)).map((node) => {
            const family = isSix(peer.peerAddress);
            const address = list(written.bgp.nodes[node]!).find((one) => isSix(one) === family);
            const secret = peer.passwordSecret && plan.metallb.passwords[peer.passwordSecret.name];
            return JSON.stringify([
                routers[0]![0],
                address,
                { node: peer.myASN, router: peer.peerASN },
                secret ?? "none",
                peer.holdTime ? [peer.keepaliveTime, peer.holdTime] : "preset",
                peer.bfdProfile !== undefined,
                peer.ebgpMultiHop ?? false,
            ]);
        });
    });
}

function firewallEnds(plan: Plan): string[] {
    return Object.entries(plan.firewalls).flatMap(([router, { wanted, password }]) =>
        wanted.neighbours.map((neighbour) => {
            assert.equal(neighbour.passwordType === "none", password === undefined);
            const { timers } = neighbour;
            return JSON.stringify([
                router,
                neighbour.address,
                { node: neighbour.asn, router: wanted.bgp.asn },
                password ?? "none",
                timers ? [`${timers.keepalive}s`, `${timers.hold}s`] : "preset",
                neighbour.bfd,
                neighbour.ebgpMultihop !== undefined,
            ]);
        }),
    );
}

/** FRR's own reading of a prefix list: the first rule that matches decides, none means deny. */
function filterOf({ rules, family }: PrefixListState): (probe: Prefix) => boolean {
    const bits = bitsOf(family);
    const read = rules.map(({ action, any, prefix, ge, le }) => {
        const own = any ? { network: 0n, length: 0 } : parsePrefix(prefix!);
        const host = BigInt(bits - own.length);
        return {
            permit: action === "permit",
            length: own.length,
            host,
            network: own.network >> host,
            low: any ? 0 : (ge ?? own.length),
            high: any ? bits : (le ?? (ge === undefined ? own.length : bits)),
        };
    });
    return ({ network, length }) =>
        read.find(
            (rule) =>
                rule.length <= length &&
                rule.network === network >> rule.host &&
                rule.low <= length &&
                length <= rule.high,
        )?.permit ?? false;
}

function inbound(wanted: FirewallState, family: "ipv4" | "ipv6"): PrefixListState | undefined {
    const names = new Set(
        wanted.neighbours.filter((one) => one.family === family).map((one) => one.prefixListIn),
    );
    assert.ok(names.size <= 1);
    return wanted.prefixLists.find(({ name }) => names.has(name));
}

/** What MetalLB can send: the prefix of the announcement's length around an address of a pool. */
function canSend(random: RandomSite, router: string, probe: Prefix): boolean {
    const { bgp } = random.document as unknown as Written;
    const size = 1n << BigInt(bitsOf(probe.family) - probe.length);
    return Object.values(bgp.advertise).some((one) => {
        const length = probe.family === "ipv4" ? one.aggregationLength : one.aggregationLengthV6;
        if (length !== probe.length || !one.peers.includes(router)) return false;
        return random.pools
            .filter(({ name }) => one.pools.includes(name))
            .flatMap(({ ranges }) => ranges)
            .filter(({ family }) => family === probe.family)
            .some(({ first, last }) => first < probe.network + size && last >= probe.network);
    });
}

/** At every edge of every range: just inside, just outside, and in lengths around each announced. */
function probesOf(random: RandomSite, family: "ipv4" | "ipv6"): Prefix[] {
    const { bgp } = random.document as unknown as Written;
    const bits = bitsOf(family);
    const announced = Object.values(bgp.advertise).map((one) =>
        family === "ipv4" ? one.aggregationLength : one.aggregationLengthV6,
    );
    const lengths = new Set(
        [...announced.flatMap((length) => [length - 1, length, length + 1]), bits].filter(
            (length) => length >= 0 && length <= bits,
        ),
    );
    return random.pools
        .flatMap(({ ranges }) => ranges)
        .filter((range) => range.family === family)
        .flatMap(({ first, last }) => [first - 1n, first, (first + last) / 2n, last, last + 1n])
        .flatMap((value) => [...lengths].map((length) => prefixAround({ family, value }, length)));
}

function shuffled(value: unknown, order: (count: number) => number[]): unknown {
    if (Array.isArray(value)) return value.map((one) => shuffled(one, order));
    if (typeof value !== "object" || value === null) return value;
    const entries = Object.entries(value);
    return Object.fromEntries(
        order(entries.length).map((index) => {
            const [key, inner] = entries[index] as [string, unknown];
            return [key, shuffled(inner, order)];
        }),
    );
}

describe("for random sites", () => {
    it("every MetalLB peer has exactly one matching neighbour, and the other way round", () => {
        fc.assert(
            fc.property(site, (random) => {
                const plan = planOf(random);
                const ends = clusterEnds(plan, random.document as unknown as Written).sort();
                assert.deepEqual(firewallEnds(plan).sort(), ends);
                assert.equal(new Set(ends).size, ends.length);
                assert.equal(plan.sessions.length, ends.length);
                assert.ok(ends.length > 0);
            }),
            runs(30),
        );
    });

    it("the firewall accepts exactly what the pools can produce", () => {
        const anywhere = fc.array(
            fc.record({
                offset: fc.bigInt({ min: 0n, max: 4096n }),
                length: fc.integer({ min: 20, max: 32 }),
            }),
            { minLength: 20, maxLength: 20 },
        );
        let accepted = 0;
        let refused = 0;
        fc.assert(
            fc.property(site, anywhere, (random, points) => {
                const { firewalls } = planOf(random);
                for (const [router, { wanted }] of Object.entries(firewalls)) {
                    for (const family of ["ipv4", "ipv6"] as const) {
                        const list = inbound(wanted, family);
                        if (!list) continue;
                        const accepts = filterOf(list);
                        const base = family === "ipv4" ? 0x0a400000n : 0xfd00n << 112n;
                        const extra = family === "ipv4" ? 0 : 96;
                        const probes = [
                            ...probesOf(random, family),
                            ...points.map(({ offset, length }) =>
                                prefixAround({ family, value: base + offset }, length + extra),
                            ),
                        ];
                        for (const probe of probes) {
                            const expected = canSend(random, router, probe);
                            if (expected) accepted++;
                            else refused++;
                            if (accepts(probe) === expected) continue;
                            assert.fail(
                                `${router} must${expected ? "" : " not"} take ${formatPrefix(probe)}`,
                            );
                        }
                    }
                }
            }),
            runs(20),
        );
        assert.ok(accepted > 100 && refused > 100, `${accepted} accepted, ${refused} refused`);
    });

    it("the firewall lets nothing out, and takes at least what the pools can produce", () => {
        fc.assert(
            fc.property(site, (random) => {
                for (const { wanted } of Object.values(planOf(random).firewalls)) {
                    const lists = new Map(wanted.prefixLists.map((one) => [one.name, one]));
                    assert.equal(lists.size, wanted.prefixLists.length);
                    for (const neighbour of wanted.neighbours) {
                        assert.deepEqual(lists.get(neighbour.prefixListOut)?.rules, [
                            { seq: 10, action: "deny", any: true },
                        ]);
                        assert.equal(lists.get(neighbour.prefixListIn)?.family, neighbour.family);
                        assert.ok(neighbour.maximumPrefix >= 10);
                    }
                }
            }),
            runs(20),
        );
    });

    it("the order of keys changes nothing", () => {
        fc.assert(
            fc.property(site, fc.infiniteStream(fc.nat()), (random, numbers) => {
                const order = (count: number) => {
                    const keys = Array.from(
                        { length: count },
                        () => numbers.next().value as number,
                    );
                    return keys.map((_, index) => index).sort((a, b) => keys[a]! - keys[b]!);
                };
                const other = shuffled(random.document, order) as Record<string, unknown>;
                assert.equal(
                    JSON.stringify(planOf({ ...random, document: other })),
                    JSON.stringify(planOf(random)),
                );
            }),
            runs(30),
        );
    });

    it("the plan of its own print-out is the same plan", () => {
        fc.assert(
            fc.property(site, (random) => {
                const plan = planOf(random);
                assert.deepEqual(JSON.parse(JSON.stringify(plan)), plan);
                const config = Object.fromEntries(
                    Object.entries(random.document).map(([key, value]) => [
                        `metallb-pfsense:${key}`,
                        value,
                    ]),
                );
                const { document } = readStackFile(Buffer.from(stringify({ config })));
                assert.deepEqual(planOf({ ...random, document }), plan);
            }),
            runs(20),
        );
    });
});
