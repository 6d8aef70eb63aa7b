import fc from "fast-check";
import { coverOf, formatRange, type Family } from "../../config/addresses";

/** Number of runs of a property: FC_RUNS, else few enough for everyday. */
export const runs = (everyday: number) => ({ numRuns: Number(process.env.FC_RUNS ?? everyday) });

interface Range {
    readonly family: Family;
    readonly first: bigint;
    readonly last: bigint;
}

interface Pool {
    readonly name: string;
    readonly ranges: readonly Range[];
}

export interface RandomSite {
    readonly document: Record<string, unknown>;
    readonly secretKeys: readonly string[];
    readonly pools: readonly Pool[];
}

const HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIP////////////////////////////////////////8f";

/** Disjoint ranges in a block of 1024 addresses of its own, so that no two pools meet. */
const ranges = (family: Family, block: number): fc.Arbitrary<Range[]> =>
    fc
        .uniqueArray(fc.integer({ min: 0, max: 1023 }), { minLength: 2, maxLength: 6 })
        .map((cuts) => {
            const base =
                family === "ipv4"
                    ? (10n << 24n) + (64n << 16n) + (BigInt(block) << 10n)
                    : (0xfd00n << 112n) + (BigInt(block) << 16n);
            const sorted = cuts.sort((a, b) => a - b).slice(0, cuts.length - (cuts.length % 2));
            return sorted.flatMap((first, index) =>
                index % 2 === 0
                    ? [
                          {
                              family,
                              first: base + BigInt(first),
                              last: base + BigInt(sorted[index + 1]!),
                          },
                      ]
                    : [],
            );
        });

const pools = (dual: boolean): fc.Arbitrary<Pool[]> =>
    fc.integer({ min: 1, max: 4 }).chain((count) =>
        fc.tuple(
            ...Array.from({ length: count }, (_, index) =>
                fc
                    .tuple(ranges("ipv4", index), dual ? ranges("ipv6", index) : fc.constant([]))
                    .map(([four, six]) => ({
                        name: `pool-${index}`,
                        ranges: [...four, ...six],
                    })),
            ),
        ),
    );

/** The shortest aggregation that every range of the pools allows. */
function shortest(chosen: readonly Pool[], family: Family): number {
    const lengths = chosen
        .flatMap((pool) => pool.ranges)
        .filter((range) => range.family === family)
        .map((range) => Math.min(...coverOf(range).map((prefix) => prefix.length)));
    return Math.max(family === "ipv4" ? 1 : 1, ...lengths);
}

const advertisement = (all: readonly Pool[], routers: readonly string[]) =>
    fc
        .tuple(fc.subarray([...all], { minLength: 1 }), fc.subarray([...routers], { minLength: 1 }))
        .chain(([chosen, peers]) =>
            fc.record({
                pools: fc.constant(chosen.map((pool) => pool.name)),
                peers: fc.constant(peers),
                aggregationLength: fc.integer({ min: shortest(chosen, "ipv4"), max: 32 }),
                aggregationLengthV6: fc.integer({ min: shortest(chosen, "ipv6"), max: 128 }),
            }),
        );

const timers = fc.option(
    fc.integer({ min: 3, max: 300 }).chain((hold) =>
        fc.record(
            {
                hold: fc.constant(hold),
                keepalive: fc.integer({ min: 1, max: Math.floor(hold / 3) }),
            },
            { requiredKeys: ["hold"] },
        ),
    ),
    { nil: undefined },
);

const both = (dual: boolean, host: number) =>
    dual ? [`10.0.0.${host}`, `fd00:ffff::${host.toString(16)}`] : `10.0.0.${host}`;

const router = (index: number, dual: boolean, nodes: readonly string[]) =>
    fc.record(
        {
            address: fc.boolean().map((alone) => both(dual && !alone, 2 + index)),
            asn: fc.constantFrom(64513, 64514, "65000", "64086.59905"),
            nodes: fc.subarray([...nodes], { minLength: 1 }),
            timers,
            bfd: fc.constantFrom("fast", "slow", false),
            multihop: fc.boolean(),
            pfsense: fc.constant({ hostKey: HOST_KEY }),
        },
        { requiredKeys: ["address", "asn", "pfsense"] },
    );

const named = <T>(names: readonly string[], of: (index: number) => fc.Arbitrary<T>) =>
    fc
        .tuple(...names.map((_, index) => of(index)))
        .map((values) => Object.fromEntries(names.map((name, index) => [name, values[index]!])));

const numbered = (word: string, max: number) =>
    fc
        .integer({ min: 1, max })
        .map((count) => Array.from({ length: count }, (_, index) => `${word}-${index + 1}`));

/** A stack without errors: random nodes, routers, pools, announcements, timers, BFD, passwords. */
export const site: fc.Arbitrary<RandomSite> = fc
    .tuple(fc.boolean(), numbered("node", 6), numbered("fw", 4), numbered("adv", 3))
    .chain(([dual, nodes, routers, names]) =>
        fc.tuple(fc.constant({ dual, nodes, routers, names }), pools(dual), timers),
    )
    .chain(([{ dual, nodes, routers, names }, all, common]) =>
        fc.record({
            all: fc.constant(all),
            nodes: fc.constant(
                Object.fromEntries(nodes.map((name, index) => [name, both(dual, 20 + index)])),
            ),
            routers: named(routers, (index) => router(index, dual, nodes)),
            advertise: named(names, () => advertisement(all, routers)),
            timers: fc.constant(common),
            bfd: fc.option(fc.constant("fast"), { nil: undefined }),
            secretKeys: fc.subarray([
                "bgpPassword",
                ...routers.map((name) => `bgpPassword-${name}`),
            ]),
        }),
    )
    .map(({ all, secretKeys, ...bgp }) => ({
        pools: all,
        secretKeys: ["sshKey", ...secretKeys],
        document: withoutUndefined({
            cluster: { context: "lab" },
            metallb: {
                pools: Object.fromEntries(
                    all.map(({ name, ranges }) => [
                        name,
                        {
                            addresses: ranges.map((range) =>
                                range.first === range.last
                                    ? `${formatRange(range)}-${formatRange(range)}`
                                    : formatRange(range),
                            ),
                            announced: Object.values(bgp.advertise).some((one) =>
                                one.pools.includes(name),
                            ),
                        },
                    ]),
                ),
            },
            bgp: { asn: 64512, bfdProfiles: { fast: {}, slow: { receiveInterval: 900 } }, ...bgp },
        }),
    }));

const withoutUndefined = (value: object): Record<string, unknown> =>
    JSON.parse(JSON.stringify(value)) as Record<string, unknown>;
