import type { MetalLbPlan } from "./plan";

/** A stack: a number that lives in its state, and its name for people. */
export interface StackIdentity {
    /** Cannot be shared by copying files. */
    readonly id: string;
    /** `organization/project/stack`. */
    readonly name: string;
}

/** The release as the cluster has it. */
export interface ReleaseNow {
    /** The Kubernetes plugin has made it, for this stack or another one. */
    readonly byPlugin: boolean;
    /** Of the stack that holds it; absent: made by a release of this program without the mark. */
    readonly mark?: string;
    /** What is installed by it; absent: nothing yet. */
    readonly installed?: InstalledChart;
}

/** An entry of the release's history. */
export interface InstalledChart {
    readonly chartVersion: string;
    /** Of a chart from an OCI registry. */
    readonly ociDigest?: string;
}

/** Annotation of the HelmRelease, which says which stack holds MetalLB. */
export const stackMark = "metallb-pfsense/stack";

export const markOf = ({ id, name }: StackIdentity): string => `${name} ${id}`;

/**
 * Keeps two stacks from one MetalLB: each would take the other's pools and peers for its own, and a
 * destroy of one would take MetalLB from both.
 *
 * @returns what forbids an `up`, one sentence each
 */
export function holderProblems(
    { namespace, adopt }: Pick<MetalLbPlan, "namespace" | "adopt">,
    release: ReleaseNow | undefined,
    stack: StackIdentity,
): string[] {
    if (!release) return [];
    if (!release.byPlugin) {
        return [
            `The HelmRelease metallb in the namespace ${namespace} is there already and not of this program: remove it where it is kept, or take another metallb.namespace and remove the MetalLB that is there.`,
        ];
    }
    const [name, id] = release.mark?.split(" ") ?? [];
    if (id === undefined || id === stack.id || adopt) return [];
    return [
        `MetalLB in the namespace ${namespace} is held by the stack ${name}: change it there. Was the state of that stack lost, metallb.adopt: true takes it over.`,
    ];
}
