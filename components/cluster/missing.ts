import * as pulumi from "@pulumi/pulumi";
import type { ClusterObject } from "../../config/objects";
import { objectKey, objectText } from "../../config/review/cluster";
import { runError } from "../../config/run-error";
import { takesHooks } from "../hooks";

/**
 * Says the way on where the engine would change an object that the cluster does not have any more:
 * the plugin ends with "not found", in a preview as well.
 *
 * @param missing keys of the wanted objects that the cluster does not have
 * @returns undefined where nothing is missing, and under Pulumi's mocks
 */
export function stillThere(
    name: string,
    missing: ReadonlySet<string>,
): pulumi.ResourceHookBinding | undefined {
    if (missing.size === 0 || !takesHooks("registerResourceHook")) return undefined;
    const hook = new pulumi.ResourceHook(
        `${name}-still-there`,
        ({ newInputs }) => requireThere(newInputs as ClusterObject, missing),
        { onDryRun: true },
    );
    return { beforeUpdate: [hook] };
}

/** @throws RunError for an object that is among the missing */
export function requireThere(
    { kind, metadata: { name } }: Pick<ClusterObject, "kind" | "metadata">,
    missing: ReadonlySet<string>,
): void {
    if (!missing.has(objectKey({ kind, name }))) return;
    throw runError(
        `${objectText({ kind, name })} is not in the cluster any more: somebody has deleted it, or an up was cut short just there. pulumi up --refresh makes it again (pulumi preview --refresh shows it).`,
    );
}
