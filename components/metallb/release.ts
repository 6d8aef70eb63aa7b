import type * as pulumi from "@pulumi/pulumi";
import type { ClusterObject } from "../../config/objects";
import { installedMarks, releaseObjects } from "../../config/release-objects";
import { markOf, stackMark } from "../../config/stack-mark";
import { joined } from "../hooks";
import { type Annotations, waitingFor } from "./annotations";
import type { MetalLbArgs } from "./args";

/** Longest waits of the plugin's own. */
const chartTimeouts = { create: "2m", update: "1m", delete: "2m" };
/** Above the release's own timeout plus one retry, so that helm-controller speaks first. */
const releaseTimeouts = { create: "12m", update: "12m", delete: "10m" };
const ready = "condition=Ready";

/** One of Flux's objects, how it is waited for, and what happens around it. */
interface ReleaseStep {
    readonly object: ClusterObject;
    readonly annotations: Annotations;
    readonly customTimeouts: pulumi.CustomTimeouts;
    readonly hooks: pulumi.ResourceHookBinding;
}

/**
 * Settles when chart and release are what is wanted.
 * @throws RunError with the reason why they are not
 */
export async function releaseReached({
    plan,
    chartReady,
    releaseReady,
}: MetalLbArgs): Promise<void> {
    await chartReady?.reached(releaseObjects(plan).sources);
    await releaseReady?.reached();
}

/**
 * What Flux installs MetalLB by, each made after the one before: the sources of the chart are
 * objects of their own, so that a wrong version fails in the time of a look-up.
 */
export function releaseSteps(
    name: string,
    { plan, stack, peerChanges, chartReady, releaseReady }: MetalLbArgs,
    objectHooks: pulumi.ResourceHookBinding,
): ReleaseStep[] {
    const { sources, release } = releaseObjects(plan);
    // The plugin would not see a reason to give up, and waits for Flux's whole try before it looks.
    const waited = releaseReady ? [] : [ready, ...installedMarks(plan)];
    const marks = { ...(stack && { [stackMark]: markOf(stack) }) };
    return [
        ...sources.map((source) => ({
            object: source,
            annotations: waitingFor(chartReady ? [] : [ready]),
            customTimeouts: chartTimeouts,
            hooks: joined(objectHooks, chartReady?.hooks(name, source)),
        })),
        {
            object: release,
            annotations: { ...waitingFor(waited), ...marks },
            customTimeouts: releaseTimeouts,
            hooks: joined(
                objectHooks,
                chartReady?.gate(name, sources),
                releaseReady?.hooks(name),
                peerChanges?.releaseHooks(name),
            ),
        },
    ];
}
