import type { NeighbourState, Plan } from "../../config/plan";
import type { ObservedSession } from "./table";

/** What has to be seen of one firewall while somebody is in maintenance. */
export interface Drainage {
    /** Addresses of the nodes whose sessions carry nothing, with the nodes' names. */
    readonly drained: ReadonlyMap<string, string>;
    /** All of its sessions are such. */
    readonly whole: boolean;
    /** The most prefixes that one of its sessions had before this run. */
    readonly before: number;
}

type Sites = Pick<Plan, "sessions" | "firewalls">;

export function drainageOf(
    plan: Sites,
    router: string,
    before: readonly ObservedSession[] = [],
): Drainage {
    const drained = drainedOf(plan, router);
    return {
        drained,
        whole: drained.size === plan.firewalls[router]!.wanted.neighbours.length,
        before: Math.max(0, ...before.map(accepted)),
    };
}

/** The neighbours that are not in maintenance. */
export function carries(
    plan: Sites,
    router: string,
    neighbours: readonly NeighbourState[],
): readonly NeighbourState[] {
    const drained = drainedOf(plan, router);
    return neighbours.filter(({ address }) => !drained.has(address));
}

/** What is not yet as it should be, one sentence each. */
export function undrained(
    { drained, whole, before }: Drainage,
    sessions: readonly ObservedSession[],
): string[] {
    const left = sessions.flatMap((session) => {
        const node = drained.get(session.neighbour);
        if (node === undefined || accepted(session) === 0) return [];
        return [
            `${session.neighbour} ${node} is to be drained and still carries ${accepted(session)} prefixes`,
        ];
    });
    const others = sessions.filter(({ neighbour }) => !drained.has(neighbour));
    const silent = !whole && before > 0 && others.every((session) => accepted(session) === 0);
    const lost = `no session that is not in maintenance carries a prefix, and before this run one had ${before}`;
    return [...left, ...(silent && others.length > 0 ? [lost] : [])];
}

const accepted = ({ prefixesAccepted = 0 }: ObservedSession): number => prefixesAccepted;

const drainedOf = ({ sessions }: Sites, router: string): ReadonlyMap<string, string> =>
    new Map(
        sessions
            .filter(({ firewall, drained }) => firewall === router && drained)
            .map(({ nodeAddress, node }) => [nodeAddress, node]),
    );
