import type { Result, Turn } from "../../../lab/bench/result";

/** Seconds to the answer by contestant, one a round. */
export type Answers = Readonly<Record<string, readonly (number | undefined)[]>>;

/** A result with these answers; what surrounds them is always the same. */
export function sampleResult(answers: Answers): Result {
    const turns = Object.entries(answers).flatMap(([contestant, all]) =>
        all.map((answer, index): Turn => ({
            contestant,
            round: index + 1,
            ...(answer !== undefined && { answer }),
            away: contestant === "up" ? 10 : 20,
            more: contestant === "up" ? { plan: 3, end: (answer ?? 0) + 1, destroy: 12 } : {},
            ...(contestant === "up" && { timeline }),
        })),
    );
    return {
        date: "2026-01-02T03:04:05.678Z",
        machine: {
            cores: 2,
            processor: "a processor",
            memory: 2 ** 33,
            kernel: "6.1.0",
            system: "a system",
        },
        versions: { Kubernetes: "v1.2.3" },
        rounds: Math.max(...Object.values(answers).map(({ length }) => length)),
        contestants: Object.keys(answers).map((name) => ({
            name,
            does: `what ${name} does`,
            before: "nothing",
        })),
        turns,
        growth: [{ pools: 10, nodes: 3, firewalls: 2, parse: 1.25, plan: 2.5 }],
    };
}

const timeline = [
    { op: "create", type: "metallb-pfsense:index:Flux", name: "flux", from: 3, to: 9 },
    { op: "create", type: "kubernetes:core/v1:Namespace", name: "quick", from: 3, to: 3.1 },
    { op: "create", type: "kubernetes:apps/v1:Deployment", name: "slow", from: 4, to: 8.5 },
];
