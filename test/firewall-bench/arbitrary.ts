import fc from "fast-check";
import type { FirewallState, NeighbourState, PrefixListState } from "../../config/plan";
import { neighbour, owner } from "./wanted";

/** config.xml as data: a record is an element, a list a repeated tag, "" an empty tag. */
export type Xml = string | XmlElement | readonly Xml[];
export interface XmlElement {
    readonly [tag: string]: Xml;
}

export interface Case {
    readonly start: XmlElement;
    readonly wanted: FirewallState;
    /** The same with neighbours and prefix lists in another order. */
    readonly shuffled: FirewallState;
    readonly password?: string;
}

const word = fc.constantFrom("core", "dmz", "office-2", "x_1", "uplink", "vpn");
const awkward = fc.constantFrom(
    "plain",
    "",
    `${owner} without a slash`,
    `not ${owner}/at the start`,
    `${owner}mark/another stack`,
    `${owner.toUpperCase()}/other case`,
    "R&D <lab> \"quoted\" 'x' %s $(x)",
    "Grüße, Büro",
    "two  spaces",
);

/** Some of the entries of a record, in the record's order; the others are absent. */
function some(record: Record<string, fc.Arbitrary<Xml>>): fc.Arbitrary<XmlElement> {
    return fc.record(record, { requiredKeys: [] }) as fc.Arbitrary<XmlElement>;
}

const strangeFields = some({
    shutdown: fc.constantFrom("on", ""),
    weight: fc.constantFrom("5", ""),
    sendcommunity: fc.constantFrom("both", "disabled"),
    nexthopself: fc.constantFrom("enabled", "disabled"),
    zzz: fc.constant("a field from the future"),
});

const foreignNeighbour = fc
    .tuple(fc.integer({ min: 100, max: 120 }), awkward, strangeFields, fc.boolean())
    .map(([last, descr, more, six]): XmlElement => ({
        peer: six ? `fd00::${last}` : `192.168.33.${last}`,
        descr,
        asnum: "64999",
        updatesource: "default",
        ...more,
    }));

/** A neighbour of ours from an earlier run, with fields somebody has changed since. */
const oldNeighbour = fc
    .tuple(fc.integer({ min: 0, max: 9 }), strangeFields)
    .map(([index, more]): XmlElement => ({
        peer: neighbour(index).address,
        descr: `${owner}/wn${index + 1}`,
        asnum: "64500",
        ...more,
    }));

/** A neighbour at an address of ours that is not ours: refused without `adopt`. */
const takenNeighbour = fc.integer({ min: 0, max: 9 }).map((index): XmlElement => ({
    peer: neighbour(index).address,
    descr: "by hand",
    asnum: "64500",
}));

const row = (source: string): XmlElement => ({ seq: "10", action: "permit", source, any: "" });

const foreignList = fc
    .tuple(word, awkward, fc.constantFrom("IPv4", "IPv6"))
    .map(([name, descr, iptype]): XmlElement => ({
        iptype,
        name: `${name}-${iptype}`,
        descr,
        row: [row(iptype === "IPv4" ? "10.0.0.0/8" : "fd00::/8")],
    }));
const oldList = fc.constantFrom("BENCH-IN", "BENCH-OUT", "BENCH-OLD").map((name): XmlElement => ({
    iptype: "IPv4",
    name,
    descr: `${owner}/${name}`,
    row: [row("10.1.0.0/16")],
}));

const byKey = (key: string) => (entry: XmlElement) => entry[key] as string;

const foreignBfdPeer: XmlElement = { peer: "10.4.4.9", descr: "transit", detectmultiplier: "5" };

/** A list page: absent, an empty tag, or entries whose identity occurs once. */
function listPage(entries: fc.Arbitrary<XmlElement>, key: string): fc.Arbitrary<Xml | undefined> {
    const filled = fc
        .uniqueArray(entries, { selector: byKey(key), minLength: 1, maxLength: 6 })
        .map((config): Xml => ({ config }));
    return fc.oneof(
        { weight: 6, arbitrary: filled },
        { weight: 1, arbitrary: fc.constant("") },
        { weight: 1, arbitrary: fc.constant(undefined) },
    );
}

const rule = fc
    .tuple(awkward, fc.constantFrom("pass", "block"), fc.constantFrom("lan", "wan"))
    .map(([descr, type, on]): XmlElement => ({
        id: "",
        tracker: "1",
        type,
        interface: on,
        ipprotocol: "inet",
        source: { any: "" },
        destination: { any: "" },
        descr,
    }));

const global = (settings: XmlElement, others: readonly Xml[]) =>
    fc.constantFrom<Xml | undefined>(
        { config: [settings] },
        { config: [settings] },
        undefined,
        "",
        ...others,
    );

const frr = {
    enable: "on",
    routerid: "192.168.33.2",
    password: "vty",
    carpstatusvid: "none",
    logging: "on",
};
const frrbgp = { enable: "on", asnum: "64501", routerid: "192.168.33.2", zzz: "kept" };

const start: fc.Arbitrary<XmlElement> = fc
    .record({
        aliases: fc.constantFrom<Xml | undefined>(
            { alias: [{ name: "printers", type: "host", address: "192.0.2.1", descr: "2 & 3" }] },
            "",
            undefined,
        ),
        rules: fc.array(rule, { maxLength: 5 }),
        dropIdle: fc.constantFrom(true, true, true, false),
        globals: fc.constantFrom(
            { frr: { config: [frr] }, frrbgp: { config: [frrbgp] } },
            { frr: { config: [frr] }, frrbgp: { config: [frrbgp] } },
            { frr: { config: [frr] } },
            { frr: "", frrbgp: "" },
            {},
        ),
        frrbfd: global({ enable: "on" }, [{ config: [{ enable: "" }] }]),
        bfdPeers: fc.constantFrom<Xml | undefined>(undefined, "", { config: [foreignBfdPeer] }),
        neighbours: listPage(
            fc.oneof(
                { weight: 6, arbitrary: foreignNeighbour },
                { weight: 2, arbitrary: oldNeighbour },
                { weight: 1, arbitrary: takenNeighbour },
            ),
            "peer",
        ),
        lists: listPage(
            fc.oneof({ weight: 4, arbitrary: foreignList }, { weight: 1, arbitrary: oldList }),
            "name",
        ),
        maps: fc.constantFrom<Xml | undefined>(undefined, "", {
            config: [
                {
                    name: "M",
                    action: "permit",
                    seq: "10",
                    acl_match: "none",
                    prefix_match: "BENCH-OLD",
                },
            ],
        }),
    })
    .map((parts) => {
        const { globals } = parts as { globals: { frr?: Xml; frrbgp?: Xml } };
        // Neighbours without BGP are refused: one such case in four is enough.
        const idle = !globals.frrbgp && parts.dropIdle;
        return defined({
            system: { hostname: "fw", domain: "example.lan" },
            interfaces: { wan: { enable: "", if: "eth1" }, lan: { enable: "", if: "eth0" } },
            filter: parts.rules.length > 0 ? { rule: parts.rules } : "",
            aliases: parts.aliases,
            installedpackages: defined({
                package: [{ name: "frr" }],
                cron: { config: [{ minute: "5", command: "/bin/true > /dev/null 2>&1" }] },
                ...globals,
                frrbfd: parts.frrbfd,
                // Those of a BFD that is off are refused, which has a test of its own.
                frrbfdpeers: isOn(parts.frrbfd) ? parts.bfdPeers : undefined,
                frrglobalprefixes: parts.lists,
                frrbgpneighbors: idle ? "" : parts.neighbours,
                frrglobalroutemaps: parts.maps,
            }),
            revision: { time: "1700000100", description: "start", username: "admin" },
        });
    });

const isOn = (section: Xml | undefined) => JSON.stringify(section ?? "").includes('"on"');

function defined(record: Readonly<Record<string, Xml | undefined>>): XmlElement {
    const entries = Object.entries(record).filter(([, value]) => value !== undefined);
    return Object.fromEntries(entries) as XmlElement;
}

const wantedNeighbour = fc
    .record(
        {
            index: fc.integer({ min: 0, max: 9 }),
            six: fc.boolean(),
            timers: fc.constantFrom({ keepalive: 3, hold: 9 }, { keepalive: 30, hold: 90 }),
            bfd: fc.boolean(),
            bfdTimers: fc.constantFrom(
                { detectMultiplier: 3, receiveInterval: 150, transmitInterval: 150 },
                { detectMultiplier: 255, receiveInterval: 10, transmitInterval: 60000 },
            ),
            ebgpMultihop: fc.constantFrom(1, 2, 255),
            updateSource: fc.constantFrom("default", "lan", "wan"),
            maximumPrefix: fc.constantFrom(1, 20, 4294967295),
            asn: fc.constantFrom(64500, 4200000000),
        },
        { requiredKeys: ["index"] },
    )
    .map(({ index, six, bfdTimers, ...rest }): NeighbourState => {
        const timers = rest.bfd && rest.ebgpMultihop === undefined ? bfdTimers : undefined;
        const lists = { prefixListIn: "BENCH6-IN", prefixListOut: "BENCH6-OUT" };
        return neighbour(index, {
            ...rest,
            timers: rest.timers,
            ...(timers && { bfdTimers: timers }),
            ...(six ? { address: `fd33::${21 + index}`, family: "ipv6", ...lists } : {}),
        });
    });

const wantedLists = fc
    .array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 3 })
    .map((nets): PrefixListState[] => {
        const list = (family: "ipv4" | "ipv6", name: string): PrefixListState => ({
            name,
            description: `${family} of the pools`,
            family,
            rules: name.endsWith("OUT")
                ? [{ seq: 10, action: "deny", any: true }]
                : nets.map((net, index) => ({
                      seq: 10 * (index + 1),
                      action: "permit",
                      prefix: family === "ipv4" ? `10.${net}.0.0/16` : `fd00:${net}::/32`,
                      ge: family === "ipv4" ? 32 : 128,
                  })),
        });
        return [
            list("ipv4", "BENCH-IN"),
            list("ipv4", "BENCH-OUT"),
            list("ipv6", "BENCH6-IN"),
            list("ipv6", "BENCH6-OUT"),
        ];
    });

/** A random config.xml, most with things of other people in it, and a random wanted state. */
export const cases: fc.Arbitrary<Case> = fc
    .record({
        start,
        neighbours: fc.uniqueArray(wantedNeighbour, {
            selector: ({ address }) => address,
            maxLength: 8,
        }),
        prefixLists: wantedLists,
        passRule: fc.constantFrom(undefined, undefined, { interfaces: ["lan"] }),
        adopt: fc.boolean(),
        password: fc.constantFrom(undefined, "s3cret-md5", "a'b<c>&d;$(e)!%s"),
        order: fc.infiniteStream(fc.integer()),
    })
    .map(({ start: config, neighbours, prefixLists, passRule, adopt, password, order }): Case => {
        const passwordType = password === undefined ? "none" : "both-bidir";
        const wanted: FirewallState = {
            version: 1,
            owner,
            bgp: { asn: 64501, routerId: "192.168.33.2" },
            neighbours: neighbours.map((one) => ({ ...one, passwordType })),
            prefixLists,
            ...(passRule ? { passRule } : {}),
            adopt,
            allowCarp: false,
        };
        const shuffle = <T>(list: readonly T[]): T[] =>
            list
                .map((value) => ({ value, key: order.next().value as number }))
                .sort((a, b) => a.key - b.key)
                .map(({ value }) => value);
        const shuffled = {
            ...wanted,
            neighbours: shuffle(wanted.neighbours),
            prefixLists: shuffle(wanted.prefixLists),
        };
        return { start: config, wanted, shuffled, ...(password ? { password } : {}) };
    });
