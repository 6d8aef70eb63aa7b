import type { PolicyResource, StackValidationPolicy } from "@pulumi/policy";
import { kubernetesKind, member } from "./resources";

/**
 * MetalLB's kinds and its webhook are there when its release is ready, and have to be there still
 * when the objects are deleted: the engine knows both by one dependency, direct or by way of others.
 */
export const metallbAfterRelease: StackValidationPolicy = {
    name: "metallb-after-release",
    description: "Every MetalLB object comes after MetalLB's release and goes before it.",
    enforcementLevel: "mandatory",
    validateStack: ({ resources }, report) => {
        for (const resource of resources) {
            const { group, kind } = kubernetesKind(resource.type) ?? {};
            if (group !== "metallb.io" || comesAfterRelease(resource)) continue;
            report(
                `${kind} ${resource.name} does not depend on the HelmRelease of MetalLB: it could be made before its kind is known, and outlive the webhook that lets it go. Name the release in its dependsOn.`,
                resource.urn,
            );
        }
    },
};

function comesAfterRelease(resource: PolicyResource): boolean {
    const seen = new Set<PolicyResource>();
    const waiting = [resource];
    for (let next = waiting.pop(); next; next = waiting.pop()) {
        if (seen.has(next)) continue;
        seen.add(next);
        if (isMetalLbRelease(next)) return true;
        waiting.push(...next.dependencies);
    }
    return false;
}

function isMetalLbRelease({ type, props }: PolicyResource): boolean {
    if (kubernetesKind(type)?.kind !== "HelmRelease") return false;
    const chart = member(props, "spec", "chart", "spec", "chart");
    return (chart ?? member(props, "spec", "chartRef", "name")) === "metallb";
}
