import { createHash } from "node:crypto";
import type { ConnectionPlan } from "../../config/plan";
import { type AgentRequest, type AgentResult, parseAgentResult, renderAgent } from "./agent";
import { type Foretold, foretoldText, notAsked } from "./foretell";
import { runOverSsh } from "./ssh";

/** Seconds the agent may take to look. */
const deadline = 30;

/** How a firewall stands to what is wanted, as it said itself before anything was done. */
export interface Observation {
    /** For a reviewer. */
    readonly told: Foretold;
    /** The firewall answered. */
    readonly reached: boolean;
    /**
     * Where it differs from what is wanted: a text that is another one at every such finding, so
     * that it makes the next apply run. Absent: as wanted, or not known.
     */
    readonly mend?: string;
    readonly sessions?: AgentResult["sessions"];
}

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
    connection: Omit<ConnectionPlan, "sshKey">,
    sshKey: string,
    request: AgentRequest,
    ask: Ask = runOverSsh,
): Promise<Observation> {
    const script = renderAgent({ ...request, action: "observe", deadline });
    try {
        const stdout = await ask(connection, sshKey, script, deadline * 1000);
        const result = parseAgentResult(stdout);
        const { changes, outcome, revision = "", sessions } = result;
        const differs = outcome === "observed" && changes.length > 0;
        return {
            told: foretoldText(router, result),
            reached: true,
            ...(differs && { mend: digest([revision, ...changes]) }),
            ...(sessions && { sessions }),
        };
    } catch (error) {
        return { told: notAsked(router, (error as Error).message), reached: false };
    }
}

const digest = (texts: readonly string[]): string =>
    createHash("sha256").update(JSON.stringify(texts)).digest("hex").slice(0, 12);
