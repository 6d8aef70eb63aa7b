/** What a run of `npm run bench:site` has measured; the page and the plot are made of nothing else. */
export interface Result {
    /** ISO date and time of the start. */
    readonly date: string;
    readonly machine: Machine;
    /** Name and version of everything that takes part. */
    readonly versions: Readonly<Record<string, string>>;
    readonly rounds: number;
    /** Those that took part, in the order of the table. */
    readonly contestants: readonly About[];
    readonly turns: readonly Turn[];
    readonly growth: readonly Growth[];
}

export interface Machine {
    readonly cores: number;
    readonly processor: string;
    /** Bytes. */
    readonly memory: number;
    readonly kernel: string;
    readonly system: string;
}

export interface About {
    readonly name: string;
    /** One sentence for the page: what it does from its start to the answer. */
    readonly does: string;
    /** What is there before its clock starts, beside the empty cluster. */
    readonly before: string;
}

/** One contestant's way from an empty cluster to the answer, once. */
export interface Turn {
    readonly contestant: string;
    /** Counted from 1. */
    readonly round: number;
    /** Seconds to the first answer behind the firewalls; absent: none came before the limit. */
    readonly answer?: number;
    /** Seconds from the start of the removal until the site is empty again. */
    readonly away: number;
    /** Seconds of further measures of this turn, by their names in {@link measures}. */
    readonly more: Readonly<Record<string, number>>;
    /** What the engine did in the update of a `pulumi up`. */
    readonly timeline?: readonly Span[];
}

/** One resource's time in an update, in seconds since the clock's start. */
export interface Span {
    readonly op: string;
    readonly type: string;
    readonly name: string;
    readonly from: number;
    readonly to: number;
}

/** A size of stack file, and the time from its text to the plan. */
export interface Growth {
    readonly pools: number;
    readonly nodes: number;
    readonly firewalls: number;
    /** Milliseconds. */
    readonly parse: number;
    /** Milliseconds. */
    readonly plan: number;
}

/** Names of further measures, and what the page calls them. */
export const measures = {
    end: "`up`, to the end of the command: sessions proven on both firewalls",
    plan: "of it, to the end of the plan that is shown first",
    seen: "`recipe`, from the push until Flux has the commit",
    unchanged: "preview without a change",
    empty: "preview of an empty program, same engine",
    bare: "preview of a bare program that registers the same resources",
    nodeOut: "`up` that takes one node out",
    nodeBack: "`up` that takes it back",
    destroy: "`pulumi destroy`",
} as const;
export type Measure = keyof typeof measures;

/** Seconds after which a turn counts as one without an answer. */
export const limitSeconds = 600;

export interface Spread {
    readonly min: number;
    readonly median: number;
    readonly max: number;
}

/** Smallest, middle and largest of some numbers; undefined for none. */
export function spread(values: readonly number[]): Spread | undefined {
    if (values.length === 0) return undefined;
    const sorted = [...values].sort((a, b) => a - b);
    const [low, high] = [sorted[(sorted.length - 1) >> 1]!, sorted[sorted.length >> 1]!];
    return { min: sorted[0]!, median: (low + high) / 2, max: sorted.at(-1)! };
}

/** Seconds to the answer; a turn without one counts as the limit, which is too little. */
export const answers = ({ turns }: Result, contestant: string): number[] =>
    turns
        .filter((turn) => turn.contestant === contestant)
        .map(({ answer }) => answer ?? limitSeconds);

export const aways = ({ turns }: Result, contestant: string): number[] =>
    turns.filter((turn) => turn.contestant === contestant).map(({ away }) => away);

export const measured = ({ turns }: Result, measure: Measure): number[] =>
    turns.flatMap(({ more }) => more[measure] ?? []);

/** What `up` is held to: at most this part of the median of the other one. */
const limits = [
    { other: "script, 1 s probes", part: 1, words: "is not below" },
    { other: "recipe", part: 1 / 3, words: "is above a third of" },
];

/**
 * Why the run speaks against this program, one sentence each; nothing for who did not take part.
 */
export function verdict(result: Result): string[] {
    const up = spread(answers(result, "up"))?.median;
    return limits.flatMap(({ other, part, words }) => {
        const theirs = spread(answers(result, other))?.median;
        if (up === undefined || theirs === undefined) return [];
        const good = part === 1 ? up < theirs : up <= theirs * part;
        const seconds = (value: number) => `${value.toFixed(1)} s`;
        return good
            ? []
            : [`the median of up, ${seconds(up)}, ${words} that of ${other}, ${seconds(theirs)}`];
    });
}
