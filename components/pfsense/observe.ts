import { createHash } from "node:crypto";
import type { FirewallReview } from "../../config/review";
import { type AgentRequest, type AgentResult, parseAgentResult, renderAgent } from "./agent";
import { type Foretold, foretoldText, isStandby, notAsked } from "./foretell";
import { runOverSsh, type SshKey, type Target } from "./ssh";

/** Seconds the agent may take to look. */
const deadline = 30;

/** How a firewall stands to what is wanted, as it said itself before anything was done. */
export interface Observation {
    /** For a reviewer. */
    readonly told: Foretold;
    /** The firewall answered. */
    readonly reached: boolean;
    /**
     * What to call an apply: where the firewall is as wanted, what its record says the last one was
     * called, so that nothing changes; where it differs, a name that is new at every such finding.
     * Absent: not known.
     */
    readonly run?: string;
    /** For the summary of the whole change. */
    readonly review: FirewallReview;
    readonly sessions?: AgentResult["sessions"];
    /** Neighbours of Established sessions that are not this stack's. */
    readonly others?: readonly string[];
}

/** The name of an apply before the first one, or where a record of an older release has none. */
const neverRun = "again";

/** Asks a command on the firewall with a script on its standard input. */
export type Ask = typeof runOverSsh;

/**
 * Asks a firewall, which it only reads, what an apply would change there and what that does to
 * running sessions. Never throws: a preview may be made where the firewall cannot be reached.
 *
 * @param router for the text
 * @param request the one that an `up` would send
 */
export async function observe(
    router: string,
    connection: Target,
    key: SshKey,
    request: AgentRequest,
    ask: Ask = runOverSsh,
): Promise<Observation> {
    const script = renderAgent({ ...request, action: "observe", deadline });
    try {
        const stdout = await ask(connection, key, script, deadline * 1000);
        const result = parseAgentResult(stdout);
        const { changes, outcome, revision = "", run, sessions, others } = result;
        const known = outcome === "observed";
        return {
            told: foretoldText(router, result),
            reached: true,
            review: reviewed(result),
            ...(known && {
                run: changes.length > 0 ? digest([revision, ...changes]) : run || neverRun,
            }),
            ...(sessions && { sessions }),
            ...(others && { others }),
        };
    } catch (error) {
        const told = notAsked(router, (error as Error).message);
        return { told, reached: false, review: {} };
    }
}

function reviewed(result: AgentResult): FirewallReview {
    const { outcome, problems, changes, effect, resets } = result;
    if (problems.length > 0) return { problems };
    if (outcome !== "observed") return {};
    // The other side of the pair carries the sessions.
    if (isStandby(result)) return { changes };
    return { changes, ...(effect && { effect }), ...(resets && { resets }) };
}

const digest = (texts: readonly string[]): string =>
    createHash("sha256").update(JSON.stringify(texts)).digest("hex").slice(0, 12);
