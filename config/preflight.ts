import type { MetalLbPlan, SessionPlan } from "./plan";

/** A node as the cluster has it. */
export interface NodeNow {
    readonly name: string;
    readonly addresses: readonly string[];
    readonly ready: boolean;
    readonly labels: Readonly<Record<string, string>>;
    readonly taints: readonly Taint[];
}

/** What a look at the cluster finds. */
export interface ClusterFindings {
    /** What forbids an `up`, each with the way on. */
    readonly problems: readonly string[];
    readonly warnings: readonly string[];
}

export interface Taint {
    readonly key: string;
    readonly value?: string;
    readonly effect: string;
}

/** The part of kube-proxy's settings that layer 2 depends on. */
export interface KubeProxyNow {
    readonly mode: string;
    readonly strictArp: boolean;
}

/** What is known beside the nodes themselves. */
export interface NodesAround {
    readonly kubeProxy?: KubeProxyNow;
    /** The nodes of the plan come from the cluster (bgp.discover). */
    readonly discovered?: boolean;
}

interface Toleration {
    readonly key?: string;
    readonly operator?: string;
    readonly value?: string;
    readonly effect?: string;
}

const excluded = "node.kubernetes.io/exclude-from-external-load-balancers";
/** Tolerated by the chart's speaker as it is (charts/metallb, tolerateMaster). */
const controlPlane = ["node-role.kubernetes.io/master", "node-role.kubernetes.io/control-plane"];
/** Tolerated by every DaemonSet; what is wrong with such a node is said by its conditions. */
const conditions = "node.kubernetes.io/";

/**
 * What the cluster's nodes say to the plan, one sentence each: what makes a session stay down, or an
 * address unannounced, without an error anywhere.
 */
export function nodeFindings(
    metallb: Pick<MetalLbPlan, "values" | "l2Advertisements">,
    sessions: readonly SessionPlan[],
    nodes: readonly NodeNow[],
    { kubeProxy, discovered }: NodesAround = {},
): string[] {
    const list = discovered ? "what bgp.discover selects" : "bgp.nodes";
    const planned = new Map<string, Set<string>>();
    for (const { node, nodeAddress } of sessions) {
        planned.set(node, (planned.get(node) ?? new Set()).add(nodeAddress));
    }
    const names = nodes.map(({ name }) => name);
    const findings = [...planned].flatMap(([name, addresses]) => {
        const node = nodes.find((one) => one.name === name);
        if (node) return findingsOf(node, [...addresses], metallb.values, list);
        return [
            `node ${name} of bgp.nodes is not in the cluster (its nodes: ${names.join(", ") || "none"}): its sessions stay down.`,
        ];
    });
    const strangers = planned.size > 0 ? names.filter((name) => !planned.has(name)) : [];
    if (strangers.length > 0) {
        findings.push(
            `${strangers.join(", ")} in the cluster, but not in ${list}: a speaker there dials every router that takes all nodes, and is refused.`,
        );
    }
    const layer2 = Object.keys(metallb.l2Advertisements).length > 0;
    if (layer2 && kubeProxy?.mode === "ipvs" && !kubeProxy.strictArp) {
        findings.push(
            "kube-proxy runs in IPVS mode without strictARP: every node answers ARP for every address of layer 2; set ipvs.strictARP: true in the ConfigMap kube-proxy and restart it.",
        );
    }
    return findings;
}

function findingsOf(
    { name, addresses, ready, labels, taints }: NodeNow,
    planned: readonly string[],
    values: MetalLbPlan["values"],
    list: string,
): string[] {
    const speaker = (values.speaker ?? {}) as {
        ignoreExcludeLB?: boolean;
        tolerateMaster?: boolean;
        tolerations?: Toleration[];
    };
    const findings: string[] = [];
    const strange = planned.filter((address) => !addresses.includes(address));
    if (strange.length > 0) {
        findings.push(
            `node ${name} has ${addresses.join(", ")} in the cluster, and ${strange.join(", ")} in bgp.nodes: right only where that is a further address of it.`,
        );
    }
    if (!ready) findings.push(`node ${name} is not Ready: its sessions stay down.`);
    if (excluded in labels && !speaker.ignoreExcludeLB) {
        findings.push(
            `node ${name} has the label ${excluded}: its sessions come up and announce nothing; remove the label, take it out of ${list}, or metallb.values.speaker.ignoreExcludeLB: true.`,
        );
    }
    const tolerated = (taint: Taint) =>
        taint.effect === "PreferNoSchedule" ||
        taint.key.startsWith(conditions) ||
        (speaker.tolerateMaster !== false &&
            controlPlane.includes(taint.key) &&
            taint.effect === "NoSchedule") ||
        (speaker.tolerations ?? []).some((toleration) => tolerates(toleration, taint));
    const taint = taints.find((one) => !tolerated(one));
    if (taint) {
        const text = `${taint.key}${taint.value ? `=${taint.value}` : ""}:${taint.effect}`;
        findings.push(
            `no speaker runs on node ${name}, which has the taint ${text}: tolerate it by metallb.values.speaker.tolerations, or take the node out of ${list}.`,
        );
    }
    return findings;
}

/** As the scheduler compares them (core/v1 helper.ToleratesTaint). */
function tolerates(
    { key, operator = "Equal", value = "", effect }: Toleration,
    taint: Taint,
): boolean {
    return (
        (effect === undefined || effect === "" || effect === taint.effect) &&
        (key === undefined || key === "" ? operator === "Exists" : key === taint.key) &&
        (operator === "Exists" || value === (taint.value ?? ""))
    );
}
