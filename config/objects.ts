import type { JsonObject, MetalLbPlan } from "./plan";

/** A Kubernetes object as it is applied. */
export interface ClusterObject {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata: {
        readonly name: string;
        readonly namespace?: string;
        readonly labels?: Readonly<Record<string, string>>;
    };
    readonly spec?: JsonObject;
}

/** Kinds of MetalLB's configuration, by the part of the plan that holds them, in the order of making. */
export const metallbKinds = {
    pools: "IPAddressPool",
    communities: "Community",
    bfdProfiles: "BFDProfile",
    peers: "BGPPeer",
    bgpAdvertisements: "BGPAdvertisement",
    l2Advertisements: "L2Advertisement",
} as const;
export type MetalLbKind = (typeof metallbKinds)[keyof typeof metallbKinds];

/** Name of the release, its chart and its repository; part of every name MetalLB's chart makes. */
export const releaseName = "metallb";

export function namespaceObject(plan: MetalLbPlan): ClusterObject {
    // speaker and frr-k8s run on the host's network with NET_RAW and NET_ADMIN.
    const labels = {
        "pod-security.kubernetes.io/enforce": "privileged",
        "pod-security.kubernetes.io/audit": "privileged",
        "pod-security.kubernetes.io/warn": "privileged",
    };
    return { apiVersion: "v1", kind: "Namespace", metadata: { name: plan.namespace, labels } };
}

/** The Secret of a password, without it: `stringData.password` comes from the stack's secrets. */
export function passwordObject(plan: MetalLbPlan, name: string) {
    return {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name, namespace: plan.namespace },
        type: "kubernetes.io/basic-auth",
    };
}

export function metallbObject(
    plan: MetalLbPlan,
    kind: MetalLbKind,
    name: string,
    spec: JsonObject,
): ClusterObject {
    const metadata = { name, namespace: plan.namespace };
    return { apiVersion: metallbApi(kind), kind, metadata, spec };
}

/** API version of a kind of MetalLB's. */
export const metallbApi = (kind: MetalLbKind): string =>
    `metallb.io/${kind === "BGPPeer" ? "v1beta2" : "v1beta1"}`;

/** MetalLB's objects of the plan by their kind, in the order of making. */
export function metallbObjects(plan: MetalLbPlan): [MetalLbKind, ClusterObject[]][] {
    return Object.entries(metallbKinds).map(([part, kind]) => {
        const specs = Object.entries(plan[part as keyof typeof metallbKinds]);
        return [kind, specs.map(([name, spec]) => metallbObject(plan, kind, name, spec))];
    });
}

/** The alerts, under this program's name: the chart has a PrometheusRule of its own, off by default. */
export function alertsObject({
    namespace,
    alerts,
}: Pick<MetalLbPlan, "namespace" | "alerts">): ClusterObject | undefined {
    if (!alerts) return undefined;
    const metadata = { name: "metallb-pfsense", namespace, labels: alerts.labels };
    return {
        apiVersion: "monitoring.coreos.com/v1",
        kind: "PrometheusRule",
        metadata,
        spec: alerts.spec,
    };
}
