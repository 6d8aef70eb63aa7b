import type { AgentResult } from "./agent";

/** Changes told one by one. */
const most = 12;

/** What a reviewer is told of one firewall. */
export interface Foretold {
    readonly severity: "info" | "warn";
    readonly text: string;
}

/** @param reason without a full stop */
export function notAsked(name: string, reason: string): Foretold {
    const text = `${name} could not be asked what this would do to it: ${reason}.`;
    return { severity: "warn", text };
}

/** What a reviewer is told of a firewall that is gone for good. */
export function goneText(name: string): Foretold {
    const text = `${name} is gone: nothing is done to it. After this up remove the router from the stack config, or destroy the stack; what stands on the firewall stays there.`;
    return { severity: "warn", text };
}

/** Neighbours told one by one. */
const mostOthers = 6;

/** What becomes of the sessions that are not this stack's; the agent proves it (sessions.php). */
function sessionsOfOthers({ others = [], effect }: AgentResult): string[] {
    if (others.length === 0) return [];
    const more = others.length - mostOthers;
    const named = [...others.slice(0, mostOthers), ...(more > 0 ? [`${more} more`] : [])];
    const fate =
        effect === "restart" ? "drop too, and the change is taken back unless they return" : "stay";
    return [`sessions of others, ${named.join(", ")}: they ${fate}`];
}

/** The side of a CARP pair whose FRR has no sessions now. */
export const isStandby = ({ host }: AgentResult): boolean =>
    ["BACKUP", "INIT"].includes(host?.carp ?? "");

/** What an observation says, for a reviewer. */
export function foretoldText(name: string, result: AgentResult): Foretold {
    const { outcome, problems, changes, effect, notes = [] } = result;
    if (problems.length > 0) {
        return { severity: "warn", text: [`${name} would refuse this:`, ...problems].join("\n  ") };
    }
    if (outcome !== "observed") return notAsked(name, result.message);
    if (changes.length === 0) {
        const text = [`${name} is as wanted: nothing to change there.`, ...notes].join("\n  ");
        return { severity: notes.length > 0 ? "warn" : "info", text };
    }
    const standby = isStandby(result);
    const sessions = standby ? "none, this is the standby side of a CARP pair" : result.reason;
    const told = changes.slice(0, most);
    const more = (result.cut?.changes ?? changes.length) - told.length;
    const lines = [
        `${name}, compared with what is wanted:`,
        ...told,
        ...(more > 0 ? [`and ${more} more`] : []),
        `running sessions: ${sessions}`,
        ...sessionsOfOthers(result),
        ...notes,
    ];
    const drops = !standby && (effect === "resets" || effect === "restart");
    return { severity: drops || notes.length > 0 ? "warn" : "info", text: lines.join("\n  ") };
}
