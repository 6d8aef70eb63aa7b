import { z } from "zod";

const BARE_VERSION = /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/;
const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const NODE_NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

const version = () =>
    z
        .string()
        .regex(BARE_VERSION, { error: "is no version; write it like 1.2.3, without a leading v" });
const label = () =>
    z.string().regex(LABEL, {
        error: "must be 1-63 lower-case letters, digits and hyphens, with a letter or digit at both ends",
    });
const nodeName = () =>
    z
        .string()
        .max(63, { error: "must be at most 63 characters long" })
        .regex(NODE_NAME, {
            error: "is no Kubernetes node name (lower-case letters, digits, -, .)",
        });
const addresses = () => z.union([z.string(), z.array(z.string()).min(1)]);
const asNumber = () => z.union([z.number(), z.string()]);
const selectors = () => z.array(z.record(z.string(), z.unknown())).min(1);

const cluster = z.strictObject({
    name: label()
        .optional()
        .describe("Name of the cluster, its mark on every firewall. Default: the stack's name."),
    context: z.string().min(1).describe("Context of the kubeconfig. Required."),
    kubeconfig: z
        .string()
        .min(1)
        .optional()
        .describe(
            "Path of the kubeconfig. Default: first file of KUBECONFIG, else ~/.kube/config.",
        ),
    podCidrs: z
        .array(z.string())
        .default([])
        .describe("Pod networks (CIDR), to find clashes with pools. Default: not checked."),
    serviceCidrs: z
        .array(z.string())
        .default([])
        .describe("Service networks (CIDR), to find clashes with pools. Default: not checked."),
});

const flux = z.strictObject({
    install: z
        .boolean()
        .default(true)
        .describe("false where Flux runs already: nothing of it is created. Default: true."),
    version: version().default("2.9.5").describe("Release of flux2. Default: 2.9.5."),
    components: z
        .array(z.string().min(1))
        .default(["source-controller", "helm-controller"])
        .describe("Controllers to install. Default: source-controller and helm-controller."),
    registry: z
        .string()
        .min(1)
        .optional()
        .describe("Registry in place of ghcr.io/fluxcd. Default: none."),
    manifest: z
        .strictObject({
            url: z
                .url()
                .optional()
                .describe("URL of the install manifest. Default: the release's."),
            path: z.string().min(1).optional().describe("File in place of url. Default: none."),
            sha256: z
                .string()
                .regex(/^[0-9a-f]{64}$/, { error: "must be 64 lower-case hexadecimal digits" })
                .optional()
                .describe("SHA-256 of the manifest. Default: not checked."),
        })
        .optional()
        .describe("Where Flux's install manifest is read from. Default: the official release."),
});

const pool = z.strictObject({
    addresses: z.array(z.string()).min(1).describe("CIDRs or first-last ranges. Required."),
    autoAssign: z
        .boolean()
        .optional()
        .describe("Give addresses to services that ask for no pool. Default: true."),
    avoidBuggyIPs: z.boolean().optional().describe("Skip .0 and .255. Default: false."),
    announced: z
        .boolean()
        .default(true)
        .describe("false for a pool that nothing announces on purpose. Default: true."),
    serviceAllocation: z
        .record(z.string(), z.unknown())
        .optional()
        .describe("IPAddressPool.spec.serviceAllocation, as it is. Default: every service."),
});

const l2 = z.strictObject({
    pools: z.array(z.string()).min(1).describe("Pools announced by ARP and NDP. Required."),
    interfaces: z.array(z.string().min(1)).min(1).optional().describe("Default: every interface."),
    nodes: z.array(z.string()).min(1).optional().describe("Announcing nodes. Default: every node."),
    nodeSelectors: selectors().optional().describe("Label selectors of nodes. Default: none."),
    serviceSelectors: selectors().optional().describe("Label selectors. Default: every service."),
});

const metallb = z.strictObject({
    version: version().default("0.16.1").describe("Release of the chart. Default: 0.16.1."),
    backend: z
        .enum(["frr-k8s", "native", "frr"])
        .default("frr-k8s")
        .describe("BGP implementation in the cluster. Default: frr-k8s."),
    namespace: label().default("metallb-system").describe("Default: metallb-system."),
    chart: z
        .strictObject({
            repository: z
                .string()
                .regex(/^(https?|oci):\/\/\S+$/, { error: "must begin with https:// or oci://" })
                .describe("Helm repository or oci:// reference of the chart."),
        })
        .default({ repository: "https://metallb.github.io/metallb" })
        .describe("Where the chart comes from. Default: https://metallb.github.io/metallb."),
    values: z
        .record(z.string(), z.json())
        .default({})
        .describe("Values of the chart, over those of the backend. Default: none."),
    pools: z.record(label(), pool).describe("IPAddressPools by name. Required."),
    l2: z.record(label(), l2).default({}).describe("L2Advertisements by name. Default: none."),
});

const timers = z.strictObject({
    hold: z.int().describe("Hold time, seconds: 0 or 3-65535. Required."),
    keepalive: z.int().optional().describe("Seconds. Default: a third of hold."),
    connect: z.int().optional().describe("Seconds between attempts. Default: the backend's."),
});

const bfdProfile = z.strictObject({
    receiveInterval: z.int().optional().describe("ms, 10-60000. Default: 300."),
    transmitInterval: z.int().optional().describe("ms, 10-60000. Default: 300."),
    echoInterval: z.int().optional().describe("ms, 10-60000. Default: 50."),
    detectMultiplier: z.int().optional().describe("2-255. Default: 3."),
    minimumTtl: z.int().optional().describe("1-254, multihop only. Default: 254."),
    echoMode: z.boolean().optional().describe("Default: false."),
    passiveMode: z.boolean().optional().describe("Default: false."),
});

const pfsense = z.strictObject({
    host: z.string().min(1).optional().describe("SSH host. Default: the router's first address."),
    port: z.int().min(1).max(65535).default(22).describe("SSH port. Default: 22."),
    user: z.string().min(1).default("admin").describe("SSH user. Default: admin."),
    hostKey: z.string().describe('The firewall\'s SSH host key, "ssh-ed25519 AAAA…". Required.'),
    sudo: z
        .boolean()
        .optional()
        .describe("Run through sudo -n. Default: false for admin and root."),
    updateSource: z
        .string()
        .default("default")
        .describe("Interface or VIP that sessions start from: default, lan, opt1, _vip…|address."),
    passRule: z
        .strictObject({ interface: z.string().describe("pfSense's name: lan, opt1. Required.") })
        .optional()
        .describe("Write pass rules for BGP and BFD on an interface. Default: no rules."),
    adopt: z.boolean().default(false).describe("Take over neighbours of other owners."),
    allowCarp: z.boolean().default(false).describe("FRR may be bound to a CARP VIP."),
});

const router = z.strictObject({
    address: addresses().describe("Address, or one of each family. Required."),
    asn: asNumber().describe("AS number of the router. Required."),
    routerId: z.string().optional().describe("Router ID. Default: its IPv4 address."),
    port: z.int().default(179).describe("TCP port, 1-16384. Default: 179."),
    nodes: z.array(z.string()).min(1).optional().describe("Nodes that peer. Default: every node."),
    clusterAsn: asNumber().optional().describe("AS number of the nodes here. Default: bgp.asn."),
    clusterRouterId: z.string().optional().describe("Router ID of a node. Default: its own."),
    timers: timers.optional().describe("Timers of these sessions. Default: bgp.timers."),
    bfd: z
        .union([z.string(), z.literal(false)])
        .optional()
        .describe("BFD profile, or false. Default: bgp.bfd."),
    multihop: z.boolean().default(false).describe("The nodes are in another subnet."),
    vrf: z.string().min(1).optional().describe("VRF on the nodes. Default: none."),
    sourceAddress: z.string().optional().describe("Source on the node. Default: by route."),
    localAsn: asNumber().optional().describe("AS number shown to this router. Default: none."),
    gracefulRestart: z.boolean().optional().describe("Default: false."),
    interface: z.string().min(1).optional().describe("Unnumbered peering; not supported."),
    dynamicAsn: z.enum(["internal", "external"]).optional().describe("Not supported."),
    connected: z.array(z.string()).default([]).describe("Subnets on the router's interfaces."),
    maximumPrefix: z.int().min(1).optional().describe("Default: what the pools can produce."),
    pfsense: pfsense.optional().describe("How the firewall is configured. Default: by hand."),
});

const advertise = z.strictObject({
    pools: z.array(z.string()).min(1).describe("Pools to announce. Required."),
    aggregationLength: z.int().optional().describe("IPv4 prefix length. Default: 32."),
    aggregationLengthV6: z.int().optional().describe("IPv6 prefix length. Default: 128."),
    communities: z.array(z.string()).default([]).describe("a:b, large:a:b:c, name or alias."),
    localPref: z.int().min(0).max(4294967295).optional().describe("Reaches iBGP peers only."),
    peers: z.array(z.string()).min(1).optional().describe("Routers. Default: all."),
    nodes: z.array(z.string()).min(1).optional().describe("Announcing nodes. Default: all."),
    serviceSelectors: selectors().optional().describe("Label selectors. Default: every service."),
});

const bgp = z.strictObject({
    asn: asNumber().describe("AS number of all nodes. Required."),
    nodes: z.record(nodeName(), addresses()).describe("Addresses by node. Required."),
    timers: timers.optional().describe("Timers of every session. Default: the backend's."),
    bfd: z.string().optional().describe("BFD profile of every session. Default: no BFD."),
    bfdProfiles: z.record(label(), bfdProfile).default({}).describe("BFD profiles by name."),
    communities: z.record(z.string(), z.string()).default({}).describe("Aliases by name."),
    routers: z.record(label(), router).describe("Routers by name. Required."),
    advertise: z.record(label(), advertise).default({}).describe("Announcements by name."),
    check: z
        .strictObject({
            deadline: z.int().min(0).max(3600).default(90).describe("Seconds; 0: no check."),
            prefixes: z.int().min(0).default(0).describe("Accepted prefixes to wait for."),
        })
        .default({ deadline: 90, prefixes: 0 })
        .describe("How an up proves its sessions."),
});

/** The stack config without its secrets, by key. */
export const stackSchema = z.strictObject({
    cluster,
    flux: flux.prefault({}).describe("Flux, which installs MetalLB."),
    metallb: metallb.describe("MetalLB: backend, pools, layer-2 announcements. Required."),
    bgp: bgp.optional().describe("BGP sessions. Default: layer 2 only."),
});

export type StackConfig = z.output<typeof stackSchema>;
export type BgpConfig = z.output<typeof bgp>;
export type RouterConfig = z.output<typeof router>;
export type AdvertiseConfig = z.output<typeof advertise>;
