import { releaseName } from "./objects";

/** A pod, as far as it says why it does not run. */
export interface PodNow {
    readonly name: string;
    /** Absent: no node has taken it. */
    readonly node?: string;
    /** Why no node takes it, in the scheduler's words; absent: one does. */
    readonly unschedulable?: string;
    readonly containers: readonly {
        readonly name: string;
        /** What it waits for; absent: it runs. */
        readonly waiting?: { readonly reason: string; readonly message?: string };
    }[];
}

/** What a container waits for on its ordinary way. */
const ordinary = ["ContainerCreating", "PodInitializing"];

/** What pods are a part of. */
export type Whose = "MetalLB" | "Flux";

/** Where the stack file says what is to be had from which registry. */
const imageKeys: Readonly<Record<Whose, string>> = {
    MetalLB: "registry, tag and login (metallb.values, metallb.images)",
    Flux: "registry and version (flux.registry, flux.version)",
};

/** Reasons that come in turn for one cause, and the mend. */
const mends: readonly (readonly [reasons: RegExp, mend: (whose: Whose) => string])[] = [
    [/Image/, (whose) => `the node cannot have the image: ${imageKeys[whose]}`],
    [/CrashLoop/, () => "it starts and ends again: kubectl logs of it says why"],
];

/** What keeps pods from running, by pod, one sentence each with the mend. */
export function podProblems(
    pods: readonly PodNow[],
    whose: Whose = "MetalLB",
): Readonly<Record<string, string>> {
    return Object.fromEntries(
        pods.flatMap((pod) => {
            const problem = problemOf(pod, whose);
            return problem === undefined ? [] : [[pod.name, problem]];
        }),
    );
}

function problemOf(
    { name, node, unschedulable, containers }: PodNow,
    whose: Whose,
): string | undefined {
    if (unschedulable !== undefined) {
        return `Pod ${name} of ${whose} finds no node: ${unschedulable.trim()}`;
    }
    for (const { name: container, waiting } of containers) {
        if (!waiting || ordinary.includes(waiting.reason)) continue;
        const { reason, message = "" } = waiting;
        const mend = mends.find(([reasons]) => reasons.test(reason))?.[1](whose);
        const said = [reason, message.trim()].filter(Boolean).join(", ");
        return `Pod ${name} of ${whose} on ${node ?? "no node"} does not run (container ${container})${mend === undefined ? "" : `: ${mend}`}. Kubernetes says: ${said}`;
    }
    return undefined;
}

/** What Flux says of a release, as far as a wait for it goes. */
export interface ReleaseNow {
    /** Of what is wanted. */
    readonly generation: number;
    /** Of what Flux has tried last; absent: nothing yet. */
    readonly attempted?: number;
    /** Whether the chart that is wanted is the one that is installed. */
    readonly installed: boolean;
    /** The condition Ready; absent: Flux has not looked yet. */
    readonly ready?: {
        readonly status: string;
        readonly message?: string;
        readonly observedGeneration?: number;
    };
}

/** `earlier`: Flux is not through with what was wanted before. */
export type ReleaseState = "ready" | "failed" | "earlier" | "under way";

export function releaseState({
    generation,
    attempted,
    installed,
    ready,
}: ReleaseNow): ReleaseState {
    const current = attempted === generation && ready?.observedGeneration === generation;
    if (ready?.status === "True" && current && installed) return "ready";
    if (attempted !== undefined && attempted !== generation) return "earlier";
    return ready?.status === "False" ? "failed" : "under way";
}

/** Why a release is not ready, in the words of its condition. */
export const releaseProblem = (message: string): string =>
    `MetalLB's release is not ready, and Flux tries it again. Flux says: ${message.trim()}`;

/** Somebody has told Flux to leave an object alone, and it will not do what is wanted now. */
export const suspendedText = (kind: string, namespace: string): string =>
    `${kind} ${releaseName} is suspended, and Flux leaves it alone: kubectl -n ${namespace} patch ${kind.toLowerCase()} ${releaseName} --type merge -p '{"spec":{"suspend":false}}' takes that back`;

/** What Flux is busy with before it looks at what is wanted now. */
export const releaseEarlier = (message = ""): string =>
    `MetalLB's release waits for Flux to give up the try before, which takes up to five minutes. Flux says: ${message.trim()}`;

/**
 * What ends an `up` whose release, or whose Flux, does not become ready.
 * @param problems what stands in the way, one sentence each
 * @param events warnings of Kubernetes about its objects
 */
export function notReadyText(
    seconds: number,
    problems: readonly string[],
    events: readonly string[],
    whose: Whose = "MetalLB",
): string {
    const who = whose === "Flux" ? "Kubernetes" : "Flux";
    const why = problems.length > 0 ? problems : [`${who} gives no reason.`];
    return [
        `${whose} is not ready after ${Math.round(seconds)} s. ${who} goes on trying; mend the cause and run pulumi up again:`,
        ...why,
        ...events.map((event) => `Kubernetes says: ${event}`),
    ].join("\n  ");
}
