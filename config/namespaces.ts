import type { FluxPlan, MetalLbPlan } from "./plan";

/** A namespace as the cluster has it. */
export interface NamespaceNow {
    readonly name: string;
    /** Who has set its fields (metadata.managedFields). */
    readonly managers: readonly string[];
    readonly annotations: Readonly<Record<string, string>>;
}

/** Stands on a namespace of somebody else of which this program has only set the labels. */
export const sharedMark = "metallb-pfsense/namespace";

/** Where Flux's install manifest puts its controllers. */
export const fluxNamespace = "flux-system";

/**
 * Namespaces that others have made: the Kubernetes plugin would take them over without a word (its
 * server-side apply creates what is there already), and a destroy would delete them with everything
 * in them.
 *
 * @returns what forbids an `up`, one sentence each
 */
export function namespaceProblems(
    metallb: Pick<MetalLbPlan, "namespace" | "createNamespace">,
    flux: Pick<FluxPlan, "install">,
    namespaces: readonly NamespaceNow[],
): string[] {
    const named = (name: string) => namespaces.find((one) => one.name === name);
    const own = named(metallb.namespace);
    const problems: string[] = [];
    if (metallb.createNamespace === false) {
        if (!own) {
            problems.push(
                `The namespace ${metallb.namespace} is not there: make it, or leave metallb.createNamespace out.`,
            );
        } else if (isOurs(own)) {
            problems.push(
                `The namespace ${own.name} is this program's own, and metallb.createNamespace: false would delete it: leave it out.`,
            );
        }
    } else if (own && !isOurs(own)) {
        problems.push(
            `The namespace ${own.name} is there already and not of this program: set metallb.createNamespace: false, which sets its pod-security labels and never deletes it, or take another metallb.namespace.`,
        );
    }
    const ofFlux = flux.install ? named(fluxNamespace) : undefined;
    if (ofFlux && !isOurs(ofFlux)) {
        problems.push(
            `The namespace ${fluxNamespace} is there already and not of this program: where Flux runs in it, set flux: { install: false }; else delete it.`,
        );
    }
    return problems;
}

const isOurs = ({ managers, annotations }: NamespaceNow): boolean =>
    annotations[sharedMark] === undefined &&
    managers.some((manager) => manager.startsWith("pulumi-kubernetes"));
