import type { Plan } from "../plan";
import type { ClusterReview, FirewallReview } from ".";

/** Fields of a peer that FRR takes over without resetting its session (tried on the lab). */
const hitless = ["holdTime", "keepaliveTime", "connectTime", "bfdProfile", "nodeSelectors"];
/** Seconds for which FRR may miss a route while it exchanges one filter for another. */
const filterChange = 1;
/** Seconds for one router's sessions to come back: the speaker's first call may be refused. */
const comesBack = 10;

const exchanged = /^prefix list \S+ changed|^neighbour \S+ changed: .*prefixfilter_/;

type Firewalls = Readonly<Record<string, FirewallReview>>;
type Planned = Pick<Plan, "sessions" | "metallb">;

/** What becomes of the sessions, one line a router that is concerned. */
export function sessionLines(
    plan: Planned,
    cluster: ClusterReview | undefined,
    firewalls: Firewalls,
): string[] {
    if (cluster?.allSessions) return ["all are reset"];
    const rolled = cluster?.objects.some(
        ({ kind, how }) => how === "changed" && (kind === "HelmChart" || kind === "HelmRelease"),
    );
    const everywhere = rolled ? ["all are reset, node by node, as the speakers restart"] : [];
    const each = routersOf(plan).flatMap((router) => {
        const fates = fatesOf(plan, cluster, firewalls, router);
        const words = (["new", "ended", "shut", "reset"] as const).flatMap((fate) => {
            const nodes = fates[fate];
            return nodes.length > 0 ? `${fate} ${nodes.join(", ")}` : [];
        });
        return words.length > 0 ? [`with ${router}: ${words.join("; ")}`] : [];
    });
    // Of a router that the stack does not have any more, only the peer is known.
    const gone = (cluster?.objects ?? []).flatMap(({ kind, name, how }) =>
        kind === "BGPPeer" && how === "removed" ? [`of ${name}: all end`] : [],
    );
    return [...everywhere, ...each, ...gone];
}

/**
 * Seconds for which addresses may not answer. The routers are changed one after the other, and each
 * has its sessions again before the next one is touched, so that one of several always carries.
 */
export function expectedOutage(
    plan: Planned,
    cluster: ClusterReview | undefined,
    firewalls: Firewalls,
): number {
    const routers = routersOf(plan);
    const concerned = routers.filter((router) => {
        const { new: come, reset } = fatesOf(plan, cluster, firewalls, router);
        const sessions = plan.sessions.filter((session) => session.router === router);
        return reset.length > 0 && reset.length + come.length >= sessions.length;
    });
    const alone = routers.length === 1 && concerned.length === 1;
    const filters = Object.values(firewalls).some(({ changes = [] }) =>
        changes.some((change) => exchanged.test(change)),
    );
    const own = alone ? comesBack : filters ? filterChange : 0;
    return Math.max(cluster?.outage ?? 0, own);
}

const routersOf = ({ sessions }: Planned): string[] => [
    ...new Set(sessions.map(({ router }) => router)),
];

interface Fates {
    readonly new: readonly string[];
    readonly ended: readonly string[];
    readonly shut: readonly string[];
    readonly reset: readonly string[];
}

/** The nodes' addresses by what becomes of their sessions with one router. */
function fatesOf(
    { sessions, metallb }: Planned,
    cluster: ClusterReview | undefined,
    firewalls: Firewalls,
    router: string,
): Fates {
    const all = sessions.filter((one) => one.router === router).map((one) => one.nodeAddress);
    const name = sessions.find((one) => one.router === router)?.firewall ?? router;
    const { changes = [], effect, resets = [] } = firewalls[name] ?? {};
    const told = (how: string) =>
        changes.flatMap(
            (change) => new RegExp(`^neighbour (\\S+) ${how}`).exec(change)?.slice(1) ?? [],
        );
    const opened = (address: string) =>
        resets.includes(address) && told("changed: .*shutdownmessage").includes(address);
    const closed = sessions.filter((one) => one.router === router && one.shut);
    const shut = closed.map((one) => one.nodeAddress).filter(opened);
    const come = [
        ...told("added").filter((address) => all.includes(address)),
        ...all.filter((address) => opened(address) && !shut.includes(address)),
    ];
    const there = all.filter((address) => !come.includes(address) && !shut.includes(address));
    const peers = metallb.routers[router]?.peers ?? [];
    const changed = (cluster?.objects ?? []).filter(
        (object) => object.kind === "BGPPeer" && peers.includes(object.name),
    );
    const atCluster = changed.some(
        ({ how, fields }) =>
            how === "changed" &&
            (metallb.backend === "native" || fields.some((field) => !hitless.includes(field))),
    );
    const reset =
        effect === "restart" || atCluster
            ? there
            : there.filter((address) => resets.includes(address));
    return { new: come, ended: told("removed"), shut, reset };
}
