/** What one run of the Pulumi engine is asked for; sent to the child as JSON. */
export interface RunRequest {
    readonly operation: "up" | "preview" | "refresh" | "destroy";
    readonly workDir: string;
    readonly stackName: string;
    readonly expectNoChanges?: boolean;
    /** URNs of the only resources to change; a name of the stack's is enough: `**fw-a`. */
    readonly target?: readonly string[];
    /** Compare the state with the cluster before. */
    readonly refresh?: boolean;
    /** URNs of resources to make anew, whether they differ or not. */
    readonly replace?: readonly string[];
    /** Kill the engine and its plugins as soon as a step with this in its line is done. */
    readonly killAfter?: string;
}

/** One step the engine has taken (or, in a preview, would take). */
export interface Step {
    readonly op: string;
    readonly type: string;
    readonly name: string;
    /** Properties that differ, where the engine names them. */
    readonly diffs: readonly string[];
    readonly failed: boolean;
}

export interface Diagnostic {
    readonly severity: string;
    readonly resource: string;
    readonly message: string;
}

/** How a run has ended; the last line of the child, as JSON. */
export interface RunOutcome {
    readonly ok: boolean;
    /** Steps other than `same`. */
    readonly steps: readonly Step[];
    /** Number of steps by operation. */
    readonly changes: Readonly<Record<string, number>>;
    readonly diagnostics: readonly Diagnostic[];
    readonly outputs: Readonly<Record<string, unknown>>;
    readonly seconds: number;
    /** The text Pulumi prints for people. */
    readonly text: string;
}

export type ChildMessage =
    | { readonly kind: "progress"; readonly line: string }
    | { readonly kind: "outcome"; readonly outcome: RunOutcome };
