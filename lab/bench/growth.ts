import { measure } from "../../test/bench/config";
import type { Growth } from "./result";

const small = { pools: 1, nodes: 2, firewalls: 1 };
const steps: Record<keyof typeof small, readonly number[]> = {
    pools: [1, 10, 100, 1000],
    nodes: [2, 10, 50, 500],
    firewalls: [1, 2, 4, 16],
};

/** One dimension after the other, from the smallest site on; then all of them at once. */
export function growth(): Growth[] {
    const sizes = Object.entries(steps).flatMap(([what, counts]) =>
        counts.slice(1).map((count) => ({ ...small, [what]: count })),
    );
    const largest = { pools: 1000, nodes: 500, firewalls: 16 };
    // Before it counts: the first runs also compile the rules.
    measure(largest);
    return [small, ...sizes, largest].map((size) => ({ ...size, ...measure(size) }));
}
