/** One text that people meet, and the way on from it. */
export interface Trouble {
    /** The text as a person sees it, in Markdown; "…" for what differs. */
    readonly text: string;
    /** Pieces of it that are always the same. */
    readonly says: readonly string[];
    /** The test that provokes it and asserts these words. */
    readonly shownBy: string;
    readonly why?: string;
    readonly mend: string;
}
