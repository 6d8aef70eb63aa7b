import type { SessionPlan } from "../../config/plan";

/** What a firewall says about one neighbour. */
export interface ObservedSession {
    /** Address of the node. */
    readonly neighbour: string;
    /** FRR's word: Established, Active, Idle … */
    readonly state: string;
    /** Prefixes the firewall took from the node. */
    readonly prefixesAccepted?: number;
}

/** What a firewall answered to the question about its sessions. */
export interface Answer {
    readonly message: string;
    readonly sessions?: readonly ObservedSession[];
}

/**
 * The sessions of the plan with the state each firewall reported, as the lines of a table: the
 * engine shows lists whole and cuts long texts. A session nobody could ask about says so; a firewall that did not look says why below the table.
 * @param answers by the name of the router that its firewall goes by
 */
export function sessionsTable(
    sessions: readonly SessionPlan[],
    answers: Readonly<Record<string, Answer>>,
): string[] {
    const rows = sessions.map((session) => {
        const found = answers[session.firewall ?? ""]?.sessions?.find(
            ({ neighbour }) => neighbour === session.nodeAddress,
        );
        return [
            session.router,
            `${session.routerAddress} AS${session.routerAsn}`,
            session.node,
            `${session.nodeAddress} AS${session.nodeAsn}`,
            stateText(session, found),
            found?.prefixesAccepted?.toString() ?? "-",
        ];
    });
    const silent = Object.entries(answers).filter(([, { sessions: seen = [] }]) => !seen.length);
    const notes = silent.map(([router, { message }]) => `${router}: ${message}`);
    return [...alignColumns([headings, ...rows]), ...notes];
}

function stateText(
    { firewall, drained, shut }: SessionPlan,
    found: ObservedSession | undefined,
): string {
    if (!found) return firewall === undefined ? "configured by hand" : "not checked";
    if (shut && found.state !== "Established") return `${found.state}, shut`;
    // Before the up that drains it, it carries still.
    return drained && !found.prefixesAccepted ? `${found.state}, drained` : found.state;
}

const headings = ["router", "its end", "node", "its end", "state", "prefixes"];

function alignColumns(rows: readonly (readonly string[])[]): string[] {
    const widths = (rows[0] ?? []).map((_, column) =>
        Math.max(...rows.map((row) => row[column]?.length ?? 0)),
    );
    return rows
        .map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  "))
        .map((line) => line.trimEnd());
}

/** Commands with which a person sees the result for himself, by what they show. */
export function nextSteps(context: string): Readonly<Record<string, string>> {
    const kubectl = `kubectl --context ${context}`;
    return {
        "give a service an address": `${kubectl} expose deployment NAME --port 80 --type LoadBalancer`,
        "see the address": `${kubectl} get service NAME`,
        "see its route on a firewall": "vtysh -c 'show bgp summary' -c 'show ip route bgp'",
        "compare the cluster with this stack": "pulumi preview --refresh --diff",
    };
}
