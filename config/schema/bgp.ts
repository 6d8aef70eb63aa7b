import { z } from "zod";
import {
    addresses,
    alias,
    asNumber,
    hostKey,
    label,
    names,
    network,
    selectors,
    text,
} from "./values";
import { discover, maintenance, nodes } from "./nodes";

/** What a router that is configured by hand may be told in. */
export const DIALECTS = [
    "frr",
    "pfsense",
    "opnsense",
    "routeros",
    "vyos",
    "unifi",
    "json",
] as const;

const timers = z.strictObject({
    hold: z
        .int()
        .min(0)
        .max(65535)
        .describe("Hold time in seconds, 0 (never) or 3-65535, for both ends. Required."),
    keepalive: z
        .int()
        .min(0)
        .max(65535)
        .optional()
        .describe("Seconds between keepalives, at most a third of hold. Default: a third of hold."),
    connect: z
        .int()
        .min(1)
        .max(65535)
        .optional()
        .describe(
            "Seconds between a node's attempts to connect. Default: 5, and native mode's own.",
        ),
});

const milliseconds = (what: string, preset: number) =>
    z
        .int()
        .min(10)
        .max(60000)
        .optional()
        .describe(`${what}, milliseconds, 10-60000. Default: ${preset}.`);

const bfdProfile = z.strictObject({
    receiveInterval: milliseconds("Least interval between packets received", 300),
    transmitInterval: milliseconds("Least interval between packets sent", 300),
    echoInterval: milliseconds("Least interval between echo packets", 50),
    detectMultiplier: z
        .int()
        .min(2)
        .max(255)
        .optional()
        .describe("Packets that may be lost, 2-255. Default: 3."),
    minimumTtl: z
        .int()
        .min(1)
        .max(254)
        .optional()
        .describe("Least TTL of a packet on multihop sessions, 1-254. Default: 254."),
    echoMode: z.boolean().optional().describe("Echo mode, IPv4 only. Default: false."),
    passiveMode: z.boolean().optional().describe("Wait for the other end. Default: false."),
});

/** Where the sessions of one address of a firewall are. */
const interfaces = () => ({
    updateSource: z
        .string()
        .default("default")
        .describe(
            "Interface or VIP that the firewall's sessions start from: default, lan, opt1, _vip<id>|<address>. Default: default.",
        ),
    passRule: z
        .strictObject({
            interface: z.string().describe("Interface by pfSense's name: lan, opt1. Required."),
        })
        .optional()
        .describe("Write rules that let BGP and BFD of the nodes in. Default: no rules."),
});

const pfsense = z.strictObject({
    host: text().optional().describe("SSH host name or address. Default: the router's address."),
    port: z.int().min(1).max(65535).default(22).describe("SSH port. Default: 22."),
    user: z.string().default("admin").describe("SSH user. Default: admin."),
    hostKey: hostKey().describe(
        'SSH host key as in known_hosts, "ssh-ed25519 AAAA…"; print it with ssh-keyscan -t ed25519. Required.',
    ),
    jump: z
        .strictObject({
            host: text().describe("Host name or address of the jump host. Required."),
            port: z.int().min(1).max(65535).default(22).describe("SSH port. Default: 22."),
            user: z.string().describe("SSH user there. Required."),
            hostKey: hostKey().describe("Its host key as in known_hosts. Required."),
        })
        .optional()
        .describe(
            "Another SSH server on the way, entered with the same key (ssh -J). Default: none.",
        ),
    sshAgent: z
        .boolean()
        .default(false)
        .describe(
            "Log in with the keys of the SSH agent of whoever runs this (SSH_AUTH_SOCK), in place of the secret sshKey. Default: false.",
        ),
    sudo: z
        .boolean()
        .optional()
        .describe("Run PHP through sudo -n. Default: false for admin and root, else true."),
    ...interfaces(),
    adopt: z
        .boolean()
        .default(false)
        .describe("Take over neighbours of the same address without a mark. Default: false."),
    allowCarp: z
        .boolean()
        .default(false)
        .describe("Accept a CARP address, and FRR bound to a CARP VIP. Default: false."),
    installPackage: z
        .boolean()
        .default(false)
        .describe(
            "Install pfSense's FRR package where it is missing; it stays after a destroy. Default: false.",
        ),
    gone: z
        .boolean()
        .default(false)
        .describe(
            "The firewall is gone for good: nothing is asked of it or done to it, so that its router or the stack can be removed. Default: false.",
        ),
    protect: z
        .boolean()
        .default(false)
        .describe(
            "Keep our entries on this firewall: a destroy, and an `up` without its router or with another name for it, are refused until this is false again and an `up` has run. Default: false.",
        ),
});

const router = z.strictObject({
    address: addresses().describe(
        "Address that the nodes peer with, or a list with one of each family. Required.",
    ),
    asn: asNumber().describe('AS number of the router; AS-dot in quotes ("1.10"). Required.'),
    routerId: text().optional().describe("Its BGP router ID. Default: its IPv4 address."),
    port: z.int().min(1).max(16384).default(179).describe("TCP port, 1-16384. Default: 179."),
    nodes: names().optional().describe("Nodes that peer with it. Default: every node."),
    clusterAsn: asNumber()
        .optional()
        .describe("AS number of the nodes towards this router. Default: bgp.asn."),
    clusterRouterId: text()
        .optional()
        .describe("Router ID of the one node that peers here. Default: the node's own address."),
    timers: timers.optional().describe("Timers of these sessions. Default: bgp.timers."),
    bfd: z
        .union([z.string(), z.literal(false)], { error: "is no BFD profile's name and not false" })
        .optional()
        .describe("BFD profile of these sessions, or false for no BFD. Default: bgp.bfd."),
    multihop: z
        .boolean()
        .default(false)
        .describe("There is another router between it and the nodes. Default: false."),
    connected: z
        .array(network())
        .default([])
        .describe("Subnets on the router's interfaces (CIDR), to find clashes. Default: unknown."),
    maximumPrefix: z
        .int()
        .min(1)
        .max(4294967295)
        .optional()
        .describe(
            "Prefixes the router accepts on one session. Default: what the pools can produce (10000 at most) and a tenth, at least 10, more.",
        ),
    vrf: text().optional().describe("VRF of the nodes for these sessions. Default: none."),
    sourceAddress: text()
        .optional()
        .describe("Source address on the node; not with frr-k8s. Default: by route."),
    localAsn: asNumber()
        .optional()
        .describe("AS number shown to this router in place of bgp.asn; frr only. Default: none."),
    maintenance: maintenance().describe(
        "true: drain the router, and those that share its firewall: nothing is announced to it, and its sessions stay and carry nothing. shut: the firewall shuts them, too, with a message; it has to be drained by an up before. Default: false.",
    ),
    gracefulRestart: z.boolean().optional().describe("BGP graceful restart. Default: false."),
    dynamicAsn: z
        .enum(["internal", "external"])
        .optional()
        .describe("Accept any AS number of this kind in place of asn. Default: only asn."),
    pfsense: pfsense
        .optional()
        .describe("How this firewall is configured. Default: by hand, with the text to type."),
    sharesFirewall: z
        .strictObject({
            with: text().describe("Router that has the firewall's `pfsense`. Required."),
            ...interfaces(),
        })
        .optional()
        .describe(
            "Another address of another router's firewall, for nodes of its own: in a second VLAN, say. Default: a firewall of its own.",
        ),
    byHand: z
        .enum(DIALECTS)
        .optional()
        .describe(
            `The language of that text: ${DIALECTS.join(", ")}. Default: frr, and pfSense's pages after it.`,
        ),
});

const advertise = z.strictObject({
    pools: names().describe("Pools to announce. Required."),
    aggregationLength: z
        .int()
        .min(1)
        .max(32)
        .optional()
        .describe("Length of the announced IPv4 prefixes, 1-32. Default: 32."),
    aggregationLengthV6: z
        .int()
        .min(1)
        .max(128)
        .optional()
        .describe("Length of the announced IPv6 prefixes, 1-128. Default: 128."),
    communities: z
        .array(z.string())
        .default([])
        .describe(
            "Communities: a:b, large:a:b:c, well-known names (no-export), aliases of bgp.communities. Default: none.",
        ),
    localPref: z
        .int()
        .min(0)
        // BGP has 32 bits without a sign, and MetalLB's CRD calls it an int32.
        .max(2147483647)
        .optional()
        .describe("Local preference, 0-2147483647, for iBGP peers only. Default: none."),
    asPathPrepend: z
        .int()
        .min(1)
        .max(10)
        .optional()
        .describe(
            "Times that the nodes' AS number is put in front of the path, 1-10; MetalLB 0.16.2 or newer, frr-k8s only. Default: none.",
        ),
    peers: names().optional().describe("Routers that hear it. Default: every router."),
    nodes: names().optional().describe("Nodes that announce it, by name. Default: every node."),
    nodeSelectors: selectors()
        .optional()
        .describe("Nodes that announce it, by label. Default: every node."),
    serviceSelectors: selectors()
        .optional()
        .describe("Services that are announced, by label. Default: every service."),
});

export const bgp = z
    .strictObject({
        asn: asNumber().describe('AS number of all nodes; AS-dot in quotes ("1.10"). Required.'),
        nodes: nodes
            .optional()
            .describe(
                "Addresses of the nodes by name, one or one of each family; or a group of the keys below; with `discover` what is said of a node besides its own address. Default: those that `discover` finds.",
            ),
        discover: discover
            .optional()
            .describe(
                "Take the nodes from the cluster, by label, at every preview and `up`. Default: those of `nodes`.",
            ),
        timers: timers
            .optional()
            .describe("Timers of every session. Default: the backend's and FRR's own."),
        bfd: text().optional().describe("BFD profile of every session. Default: no BFD."),
        bfdProfiles: z
            .record(label(), bfdProfile)
            .default({})
            .describe("BFD profiles by name. Default: none."),
        communities: z
            .record(alias(), z.string())
            .default({})
            .describe("Aliases of communities: name to a:b or large:a:b:c. Default: none."),
        carpAddresses: z
            .array(z.string())
            .default([])
            .describe(
                "CARP addresses of the firewalls, not to be used by mistake. Default: unknown.",
            ),
        routers: z
            .record(label(), router)
            .describe("Routers by name; firewalls are changed one after the other. Required."),
        advertise: z
            .record(label(), advertise)
            .default({})
            .describe("BGP announcements by name. Default: none."),
        check: z
            .strictObject({
                deadline: z
                    .int()
                    .min(0)
                    .max(3600)
                    .default(90)
                    .describe(
                        "Seconds to wait for every session and prefix; 0: no check. Default: 90.",
                    ),
                prefixes: z
                    .int()
                    .min(0)
                    .default(0)
                    .describe("Accepted prefixes to wait for on every session. Default: 0."),
                preview: z
                    .boolean()
                    .default(true)
                    .describe(
                        "A preview asks every firewall, which it only reads, what would change and which sessions reset. Default: true.",
                    ),
            })
            .prefault({})
            .describe(
                "How an up proves its sessions, and what a preview asks. Default: 90 s for Established.",
            ),
    })
    // For editors; what is missing is said by config/required-nodes.ts.
    .meta({ anyOf: [{ required: ["nodes"] }, { required: ["discover"] }] });
