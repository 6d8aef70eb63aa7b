import { z } from "zod";
import { chart, images, serviceAccount } from "./chart";
import {
    label,
    labelKey,
    labelValue,
    names,
    range,
    selector,
    selectors,
    text,
    version,
} from "./values";

const pool = z.strictObject({
    addresses: z
        .array(range())
        .min(1)
        .describe(
            'Addresses for services: CIDRs (192.168.32.0/24) or ranges ("192.168.32.10-192.168.32.99"), IPv4 and IPv6. Required.',
        ),
    autoAssign: z
        .boolean()
        .optional()
        .describe("Give these addresses to services that ask for no pool. Default: true."),
    avoidBuggyIPs: z
        .boolean()
        .optional()
        .describe("Never give out addresses that end in .0 or .255. Default: false."),
    announced: z
        .boolean()
        .default(true)
        .describe("false for a pool that nothing announces, on purpose. Default: true."),
    serviceAllocation: z
        .strictObject({
            priority: z.int().min(0).optional().describe("Lower is taken first. Default: last."),
            namespaces: names().optional().describe("Only for these namespaces. Default: all."),
            namespaceSelectors: selectors().optional().describe("By label. Default: all."),
            serviceSelectors: selectors().optional().describe("By label. Default: all."),
        })
        .optional()
        .describe("Which services may have an address of this pool. Default: every service."),
});

const l2 = z.strictObject({
    pools: names().describe("Pools announced by ARP (IPv4) and NDP (IPv6). Required."),
    interfaces: names().optional().describe("Interfaces of the nodes. Default: every interface."),
    nodes: names().optional().describe("Nodes that may announce, by name. Default: every node."),
    nodeSelectors: selectors()
        .optional()
        .describe("Nodes that may announce, by label. Default: every node."),
    preferredNodeSelectors: z
        .array(
            z.strictObject({
                weight: z
                    .int()
                    .min(1)
                    .max(100)
                    .describe("What such a node counts, 1-100; of several the sum. Required."),
                preference: selector().describe("Labels of the node. Required."),
            }),
        )
        .min(1)
        .optional()
        .describe(
            "Nodes that announce rather than others, by label, of those that may; MetalLB 0.16.2 or newer. Default: no difference.",
        ),
    serviceSelectors: selectors()
        .optional()
        .describe(
            "Services that are announced, by label; from 0.16.2 on none that shares its address. Default: every service.",
        ),
});

/**
 * Monitoring by the Prometheus Operator, with the chart's own monitors. ServiceMonitor is the
 * default, because every metrics port wants HTTPS and the token of an account (internal/k8s/k8s.go,
 * FilterProvider): a ServiceMonitor sends Prometheus's own, a PodMonitor one from a Secret that the
 * chart makes since 0.16.2; before, it sent none and named a port that no pod has. The subchart
 * frr-k8s has a ServiceMonitor only. There is no interval: it is a number to the chart's schema
 * (values.schema.json) and a text to the Operator's.
 */
const monitoring = z.strictObject({
    kind: z
        .enum(["serviceMonitor", "podMonitor"])
        .default("serviceMonitor")
        .describe(
            "Kind of the monitors; frr-k8s's own is a ServiceMonitor always. Default: serviceMonitor.",
        ),
    labels: z
        .record(labelKey(), labelValue())
        .default({})
        .describe(
            "Labels of monitors and rules, by which a Prometheus chooses them (kube-prometheus-stack: release). Default: none.",
        ),
    prometheus: z
        .strictObject({
            namespace: label().describe("Namespace of the service account. Required."),
            serviceAccount: label().describe("Service account that Prometheus runs as. Required."),
        })
        .optional()
        .describe(
            "Who is let find MetalLB's pods. Default: nobody more; kube-prometheus-stack may already.",
        ),
    rules: z
        .boolean()
        .default(true)
        .describe("Alerts for sessions, pools, configuration and speakers. Default: true."),
    poolFull: z
        .number()
        .min(0.01)
        .max(1)
        .default(0.9)
        .describe(
            "Share of a pool's addresses in use, in one family, that raises an alert. Default: 0.9.",
        ),
});

export const metallb = z.strictObject({
    version: version().default("0.16.1").describe("Release of the MetalLB chart. Default: 0.16.1."),
    backend: z
        .enum(["frr-k8s", "native", "frr"])
        .default("frr-k8s")
        .describe(
            "BGP implementation in the cluster: frr-k8s (BFD, IPv6, VRFs), native (IPv4 only, fewest containers), frr (deprecated). Default: frr-k8s.",
        ),
    namespace: label()
        .default("metallb-system")
        .describe("Namespace of MetalLB and its objects. Default: metallb-system."),
    createNamespace: z
        .boolean()
        .default(true)
        .describe(
            "false for a namespace that is there already: only its pod-security labels are set, and it is never deleted. Default: true.",
        ),
    adopt: z
        .boolean()
        .default(false)
        .describe(
            "Take MetalLB over from Helm (release metallb in the namespace), or from another stack of this program, whose state is lost; pools and peers of the same names, too. Default: false.",
        ),
    chart,
    serviceAccount: serviceAccount(),
    images,
    values: z
        .record(text(), z.json(), { error: "is no group of values" })
        .default({})
        .describe("Values for the chart, merged over those of the backend. Default: none."),
    monitoring: monitoring
        .optional()
        .describe(
            "Monitors of the chart and alerts, for a cluster with the Prometheus Operator; {} is enough (docs/monitoring.md). Default: none.",
        ),
    pools: z.record(label(), pool).describe("Address pools by name. Required."),
    renumber: names()
        .optional()
        .describe(
            "Pools, also such that are not in the file any more, whose services may lose their addresses by this change. Default: none.",
        ),
    l2: z.record(label(), l2).default({}).describe("Layer-2 announcements by name. Default: none."),
    gratuitousARPInterval: z
        .int()
        .min(0)
        .max(2147483647)
        .optional()
        .describe(
            "Seconds between unasked ARP and NDP answers for every layer-2 address, shorter than the switches keep theirs, 0: none; MetalLB 0.16.2 or newer. Default: only when a node takes over.",
        ),
});
