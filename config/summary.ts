import { parseRange, sizeOf } from "./addresses";
import { compareNames } from "./canonical";
import type { JsonObject, Plan, PrefixListState, PrefixRule } from "./plan";

/** What a person reviews before anything is touched; also the form for programs. */
export interface Summary {
    readonly cluster: { readonly name: string; readonly context: string };
    readonly pools: readonly {
        readonly name: string;
        readonly ranges: readonly string[];
        /** Number of addresses; text, because IPv6 goes beyond what a JSON number holds. */
        readonly addresses: string;
        readonly announcedBy: readonly string[];
    }[];
    readonly announcements: readonly {
        readonly name: string;
        readonly way: "BGP" | "layer 2";
        readonly pools: readonly string[];
        /** Names of MetalLB's peers; empty: all of them, or layer 2. */
        readonly peers: readonly string[];
        readonly details: readonly string[];
    }[];
    readonly sessions: Plan["sessions"];
    readonly firewalls: readonly {
        readonly router: string;
        readonly configured: "over SSH" | "by hand";
        readonly target?: string;
        readonly accepts: readonly string[];
        readonly mostPrefixes: readonly number[];
    }[];
    readonly byHand: Plan["byHand"];
}

export function summaryOf(plan: Plan): Summary {
    const { metallb } = plan;
    const announcements = [
        ...Object.entries(metallb.bgpAdvertisements).map(([name, spec]) =>
            announcement(name, "BGP", spec),
        ),
        ...Object.entries(metallb.l2Advertisements).map(([name, spec]) =>
            announcement(name, "layer 2", spec),
        ),
    ];
    return {
        cluster: { name: plan.owner, context: plan.cluster.context },
        pools: Object.entries(metallb.pools).map(([name, spec]) => {
            const ranges = texts(spec.addresses).map(parseRange);
            return {
                name,
                ranges: texts(spec.addresses),
                addresses: ranges.reduce((sum, range) => sum + sizeOf(range), 0n).toString(),
                announcedBy: announcements
                    .filter(({ pools }) => pools.includes(name))
                    .map((one) => one.name),
            };
        }),
        announcements,
        sessions: plan.sessions,
        firewalls: [...Object.entries(plan.firewalls)].map(([router, { connection, wanted }]) => ({
            router,
            configured: "over SSH" as const,
            target: `${connection.user}@${connection.host}:${connection.port}`,
            accepts: wanted.prefixLists.filter(isInbound(wanted.neighbours)).flatMap(acceptedBy),
            mostPrefixes: [...new Set(wanted.neighbours.map((one) => one.maximumPrefix))],
        })),
        byHand: plan.byHand,
    };
}

/** The summary for people, as lines without colour. */
export function summaryText(summary: Summary): string {
    const { cluster, pools, announcements, firewalls, byHand } = summary;
    return [
        `Cluster ${cluster.name}, by context ${cluster.context}`,
        section(
            "Pools",
            table(
                pools.map((pool) => [
                    pool.name,
                    `${grouped(pool.addresses)} address${pool.addresses === "1" ? "" : "es"}`,
                    pool.ranges.join(", "),
                    pool.announcedBy.length > 0
                        ? `by ${pool.announcedBy.join(", ")}`
                        : "not announced",
                ]),
            ),
        ),
        section(
            "Announcements",
            table(
                announcements.map((one) => [
                    one.name,
                    one.way,
                    one.pools.join(", "),
                    one.way === "BGP" ? `to ${one.peers.join(", ") || "every router"}` : "",
                    one.details.join(", "),
                ]),
            ),
        ),
        section("Sessions, node by router", matrix(summary.sessions)),
        section(
            "What the firewalls accept from the cluster, and nothing else",
            firewalls.flatMap((one) => [
                `${one.router} (${one.target ?? one.configured}): at most ${one.mostPrefixes.join(" or ")} prefixes a session`,
                ...one.accepts.map((prefix) => `    ${prefix}`),
            ]),
        ),
        ...Object.entries(byHand).map(([router, text]) =>
            section(`To type on ${router}`, text.split("\n")),
        ),
    ]
        .filter((part) => part !== "")
        .join("\n\n");
}

function announcement(name: string, way: "BGP" | "layer 2", spec: JsonObject) {
    const details = [
        way === "BGP" && spec.aggregationLength !== 32
            ? `IPv4 as /${JSON.stringify(spec.aggregationLength)}`
            : "",
        way === "BGP" && spec.aggregationLengthV6 !== 128
            ? `IPv6 as /${JSON.stringify(spec.aggregationLengthV6)}`
            : "",
        ...texts(spec.communities),
        spec.localPref === undefined ? "" : `local preference ${JSON.stringify(spec.localPref)}`,
        ...texts(spec.interfaces).map((name) => `on ${name}`),
        spec.serviceSelectors === undefined ? "" : "for selected services",
        spec.nodeSelectors === undefined ? "" : "from selected nodes",
    ].filter((text) => text !== "");
    return { name, way, pools: texts(spec.ipAddressPools), peers: texts(spec.peers), details };
}

const isInbound = (neighbours: Plan["firewalls"][string]["wanted"]["neighbours"]) => {
    const names = new Set(neighbours.map(({ prefixListIn }) => prefixListIn));
    return ({ name }: PrefixListState) => names.has(name);
};

function acceptedBy({ rules, family }: PrefixListState): string[] {
    const bits = family === "ipv4" ? 32 : 128;
    return rules.filter(({ action }) => action === "permit").map((rule) => permitted(rule, bits));
}

function permitted({ prefix, ge }: PrefixRule, bits: number): string {
    if (ge === undefined) return prefix!;
    return ge === bits ? `every /${ge} in ${prefix}` : `every /${ge} in ${prefix}, none longer`;
}

function matrix(sessions: Plan["sessions"]): string[] {
    const routers = [...new Set(sessions.map(({ router }) => router))];
    const nodes = [...new Set(sessions.map(({ node }) => node))].sort(compareNames);
    if (sessions.length === 0) return [];
    const cell = (node: string, router: string) =>
        sessions
            .filter((one) => one.node === node && one.router === router)
            .map((one) => (one.family === "ipv4" ? "IPv4" : "IPv6") + (one.bfd ? " with BFD" : ""))
            .join(" + ") || "-";
    const ends = routers.map((router) => sessions.find((one) => one.router === router)!);
    return table([
        ["", ...ends.map(({ router, routerAsn }) => `${router} (AS ${routerAsn})`)],
        ...nodes.map((node) => {
            const own = [
                ...new Set(sessions.filter((one) => one.node === node).map((one) => one.nodeAsn)),
            ];
            return [
                `${node} (AS ${own.join(", ")})`,
                ...routers.map((router) => cell(node, router)),
            ];
        }),
    ]);
}

function section(title: string, lines: readonly string[]): string {
    return lines.length === 0 ? "" : [title, ...lines.map((line) => `  ${line}`)].join("\n");
}

function table(rows: readonly (readonly string[])[]): string[] {
    const widths = rows.reduce<number[]>(
        (all, row) => row.map((cell, index) => Math.max(all[index] ?? 0, cell.length)),
        [],
    );
    return rows.map((row) =>
        row
            .map((cell, index) => cell.padEnd(widths[index]!))
            .join("  ")
            .trimEnd(),
    );
}

const grouped = (digits: string): string =>
    digits.length > 15
        ? `about 2^${BigInt(digits).toString(2).length - 1}`
        : digits.replace(/\B(?=(\d{3})+$)/g, " ");

const texts = (value: unknown): string[] =>
    Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
