import { parseRange, sizeOf } from "./addresses";
import { byHandText, byHandTitle } from "./by-hand";
import { monitoringKinds } from "./foreign";
import type { JsonObject, Plan, PrefixListState, PrefixRule } from "./plan";

/** What a person reviews before anything is touched; also the form for programs. */
export interface Summary {
    readonly cluster: { readonly name: string; readonly context: string };
    readonly metallb: { readonly version: string; readonly backend: string };
    /** Release that is installed; absent: Flux is there already. */
    readonly flux?: string;
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
        /** Routers that hear it; empty: all of them, or layer 2. */
        readonly peers: readonly string[];
        readonly details: readonly string[];
    }[];
    readonly sessions: Plan["sessions"];
    /** Absent: the nodes are known. */
    readonly nodes?: typeof LATER;
    /** Who is drained; absent: nobody. */
    readonly maintenance?: Plan["maintenance"];
    /** What is set for the sessions with each router. */
    readonly settings: Readonly<Record<string, readonly string[]>>;
    readonly firewalls: readonly {
        readonly router: string;
        readonly configured: "over SSH" | "no more: gone" | "by hand";
        readonly target?: string;
        readonly accepts: readonly string[];
        readonly mostPrefixes: readonly number[];
    }[];
    /** What watches it: kinds of the Prometheus Operator, names of alerts; absent: nothing does. */
    readonly monitoring?: { readonly kinds: readonly string[]; readonly alerts: readonly string[] };
    /** What to type or upload on each router that this program does not configure. */
    readonly byHand: Readonly<Record<string, { readonly title: string; readonly text: string }>>;
}

/** What stands for the nodes where nobody has asked the cluster for them. */
const LATER = "discovered at preview";

export function summaryOf(plan: Plan): Summary {
    const { metallb } = plan;
    const announcements = [
        ...Object.entries(metallb.bgpAdvertisements).map(([name, spec]) =>
            announcement(name, "BGP", spec, metallb.routers),
        ),
        ...Object.entries(metallb.l2Advertisements).map(([name, spec]) =>
            announcement(name, "layer 2", spec, metallb.routers),
        ),
    ];
    const kinds = monitoringKinds(metallb);
    return {
        cluster: { name: plan.owner, context: plan.cluster.context },
        metallb: { version: metallb.chart.version, backend: metallb.backend },
        ...(plan.flux.install && { flux: plan.flux.version }),
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
        ...(plan.discovered === "later" && { nodes: LATER }),
        ...(plan.maintenance && { maintenance: plan.maintenance }),
        settings: Object.fromEntries(
            Object.entries(metallb.routers).flatMap(
                ([
                    router,
                    {
                        peers: [peer],
                    },
                ]) =>
                    peer === undefined
                        ? []
                        : [[router, settingsOf(metallb.peers[peer] ?? {}, metallb.bfdProfiles)]],
            ),
        ),
        firewalls: Object.entries(plan.firewalls).map(([router, { connection, wanted, gone }]) => ({
            router,
            configured: gone ? ("no more: gone" as const) : ("over SSH" as const),
            target: targetOf(connection),
            accepts: wanted.prefixLists.filter(isInbound(wanted.neighbours)).flatMap(acceptedBy),
            mostPrefixes: [...new Set(wanted.neighbours.map((one) => one.maximumPrefix))],
        })),
        ...(kinds.length > 0 && { monitoring: { kinds, alerts: alertsOf(metallb) } }),
        byHand: Object.fromEntries(
            Object.entries(plan.byHand).map(([name, router]) => [
                name,
                { title: byHandTitle(name, router), text: byHandText(router) },
            ]),
        ),
    };
}

function alertsOf({ alerts }: Plan["metallb"]): string[] {
    const groups = (alerts?.spec.groups ?? []) as unknown as { rules: { alert: string }[] }[];
    return [...new Set(groups.flatMap(({ rules }) => rules.map(({ alert }) => alert)))];
}

function targetOf({ user, host, port, jump }: Plan["firewalls"][string]["connection"]): string {
    return `${user}@${host}:${port}${jump ? ` by ${jump.user}@${jump.host}:${jump.port}` : ""}`;
}

function settingsOf(spec: JsonObject, profiles: Plan["metallb"]["bfdProfiles"]): string[] {
    const { holdTime, keepaliveTime, bfdProfile, passwordSecret, ebgpMultiHop, vrf } = spec;
    return [
        typeof holdTime === "string" ? `hold ${seconds(holdTime)}` : "hold time by default",
        ...(typeof keepaliveTime === "string" ? [`keepalive ${seconds(keepaliveTime)}`] : []),
        ...(typeof bfdProfile === "string" ? [bfdText(bfdProfile, profiles[bfdProfile])] : []),
        passwordSecret === undefined ? "no password" : "password",
        ...(ebgpMultiHop === true ? ["multihop"] : []),
        ...(typeof vrf === "string" ? [`VRF ${vrf}`] : []),
    ];
}

const seconds = (duration: string) => duration.replace(/s$/, " s");

function bfdText(name: string, profile: JsonObject = {}): string {
    const { receiveInterval, detectMultiplier } = profile;
    return `BFD ${name} (${Number(receiveInterval)} ms × ${Number(detectMultiplier)})`;
}

function announcement(
    name: string,
    way: "BGP" | "layer 2",
    spec: JsonObject,
    routers: Plan["metallb"]["routers"],
) {
    const named = texts(spec.peers);
    const peers = Object.keys(routers).filter((router) =>
        routers[router]!.peers.some((peer) => named.includes(peer)),
    );
    const details = [
        way === "BGP" && spec.aggregationLength !== 32
            ? `IPv4 as /${JSON.stringify(spec.aggregationLength)}`
            : "",
        way === "BGP" && spec.aggregationLengthV6 !== 128
            ? `IPv6 as /${JSON.stringify(spec.aggregationLengthV6)}`
            : "",
        ...texts(spec.communities),
        spec.localPref === undefined ? "" : `local preference ${JSON.stringify(spec.localPref)}`,
        spec.asPathPrepend === undefined
            ? ""
            : `AS number ${JSON.stringify(spec.asPathPrepend)} times more`,
        ...texts(spec.interfaces).map((name) => `on ${name}`),
        spec.serviceSelectors === undefined ? "" : "for selected services",
        spec.nodeSelectors === undefined ? "" : "from selected nodes",
        spec.preferredNodeSelectors === undefined ? "" : "from preferred nodes first",
    ].filter((text) => text !== "");
    return { name, way, pools: texts(spec.ipAddressPools), peers, details };
}

const isInbound = (neighbours: Plan["firewalls"][string]["wanted"]["neighbours"]) => {
    const names = new Set(neighbours.map(({ prefixListIn }) => prefixListIn));
    // Without neighbours nothing names a list, and nothing but a list of these permits.
    return ({ name }: PrefixListState) => names.size === 0 || names.has(name);
};

function acceptedBy({ rules, family }: PrefixListState): string[] {
    const bits = family === "ipv4" ? 32 : 128;
    return rules.filter(({ action }) => action === "permit").map((rule) => permitted(rule, bits));
}

function permitted({ prefix, ge }: PrefixRule, bits: number): string {
    if (ge === undefined) return prefix!;
    return ge === bits ? `every /${ge} in ${prefix}` : `every /${ge} in ${prefix}, none longer`;
}

const texts = (value: unknown): string[] =>
    Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
