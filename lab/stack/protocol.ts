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
    /** Kill them as soon as this file is there. */
    readonly killFile?: string;
    /** up only: preview first, as `pulumi up` does for who is to confirm it. */
    readonly showPlan?: boolean;
    /** Module with another program as its default export. Default: this project's. */
    readonly program?: string;
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

/** One resource's time in the engine's hands, in milliseconds since 1970. */
export interface Span {
    readonly op: string;
    readonly type: string;
    readonly name: string;
    readonly from: number;
    readonly to: number;
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
    /** Every resource of the operation itself, in the order of their ends; nothing of a plan shown first. */
    readonly spans: readonly Span[];
    /** When the plan was shown, in milliseconds since 1970; absent without `showPlan`. */
    readonly plannedAt?: number;
    /** When the engine said its last word, in milliseconds since 1970. */
    readonly endedAt: number;
    /** The text Pulumi prints for people. */
    readonly text: string;
}

export type ChildMessage =
    | { readonly kind: "progress"; readonly line: string }
    | { readonly kind: "outcome"; readonly outcome: RunOutcome };
