/** What one part of MetalLB says of the configuration (ConfigurationState, from 0.15.3 on). */
export interface ConfigurationNow {
    /** `controller`, or `speaker-` and the node. */
    readonly name: string;
    /** `Unknown` while it has not looked. */
    readonly result: "Valid" | "Invalid" | "Unknown";
    /** Why it is not taken. */
    readonly summary?: string;
}

/**
 * Who does not take the configuration, one sentence each: what is refused does nothing, and what was
 * taken before goes on, sessions and addresses included.
 * @param nodes on which a speaker is ready
 */
export function configurationProblems(
    states: readonly ConfigurationNow[],
    nodes: readonly string[],
): string[] {
    const refused = states
        .filter(({ result }) => result === "Invalid")
        .map(
            ({ name, summary = "" }) =>
                `MetalLB's ${whoOf(name)} refuses the configuration and goes on with the one before: ${summary.trim() || "it gives no reason"}`,
        );
    const there = new Set(states.map(({ name }) => name));
    const silent = nodes
        .filter((node) => !there.has(`speaker-${node}`))
        .map((node) => `MetalLB's speaker on ${node} says nothing of the configuration`);
    return [...refused, ...silent];
}

const whoOf = (name: string): string => name.replace(/^speaker-/, "speaker on ");
