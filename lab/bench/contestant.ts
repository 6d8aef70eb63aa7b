import type { Bench } from "./cluster";
import type { About, Span, Turn } from "./result";

/** What a run tells beside its answer. */
export interface Ran {
    readonly more: Turn["more"];
    readonly timeline?: readonly Span[];
}

export interface Clock {
    /** The start, in milliseconds since 1970. */
    readonly startedAt: number;
    /** Seconds since the start. */
    seconds(): number;
}

/** One way from an empty cluster to an address that answers. */
export interface Contestant {
    readonly about: About;
    /** What a person has done before; the clock stands. `round` counts from 1, of `rounds`. */
    prepare(bench: Bench, round: number, rounds: number): Promise<void>;
    /** From the start of the clock until nothing is left to be done; the answer may come earlier. */
    run(bench: Bench, clock: Clock): Promise<Ran>;
    /** What is measured while the site stands; default: nothing. */
    after?(bench: Bench, round: number): Promise<Turn["more"]>;
    /** Takes everything away again by its own means. */
    takeDown(bench: Bench): Promise<Turn["more"]>;
}
