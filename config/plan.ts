import type { Dialect } from "./schema";

/**
 * The plan: everything both ends of every session need, derived from one stack config.
 *
 * Pure data. The same stack config gives the same plan; secrets stand in it by the name of their
 * config key only, so a plan may be printed. Components receive slices of it and never look at
 * stack config themselves.
 */
export interface Plan {
    /** Name of the cluster: the mark under which its entries stand on a firewall. */
    readonly owner: string;
    readonly cluster: ClusterPlan;
    readonly flux: FluxPlan;
    readonly metallb: MetalLbPlan;
    /** One entry per firewall that this program configures, by the name of the router with `pfsense`. */
    readonly firewalls: Readonly<Record<string, FirewallPlan>>;
    /** Routers in the order in which they are made: those of one firewall at once, its own name first. */
    readonly turns: readonly (readonly string[])[];
    /** One entry per router that this program leaves to a person or to another provider, by name. */
    readonly byHand: Readonly<Record<string, ByHandPlan>>;
    /** Every BGP session, in the order router by router, node by node. */
    readonly sessions: readonly SessionPlan[];
    /** Who is drained, by name; absent: nobody. */
    readonly maintenance?: MaintenancePlan;
    /** Absent: the file lists the nodes. "later": nobody has asked the cluster for them yet. */
    readonly discovered?: "now" | "later";
    readonly check: CheckPlan;
    /** Findings that do not stop a run, each one sentence with its config path in front. */
    readonly warnings: readonly string[];
}

/** Which cluster the Kubernetes provider talks to. */
export interface ClusterPlan {
    /** Context of the kubeconfig; always explicit, never "whatever is current". */
    readonly context: string;
    /** Path of the kubeconfig file; absent: all files of KUBECONFIG, else ~/.kube/config. */
    readonly kubeconfig?: string;
}

export interface FluxPlan {
    /** false where Flux runs already: then nothing of Flux is created. */
    readonly install: boolean;
    /** Release of flux2 without the leading v, for example 2.9.5. */
    readonly version: string;
    /** Where the install manifest is read from: exactly one of url and path. */
    readonly manifest: { readonly url?: string; readonly path?: string; readonly sha256?: string };
    /** Controllers to install; source-controller and helm-controller are always among them. */
    readonly components: readonly string[];
    /** Registry that replaces ghcr.io/fluxcd in the image names. */
    readonly registry?: string;
}

export type JsonValue =
    string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };
export type JsonObject = { readonly [key: string]: JsonValue };

/** Where the chart comes from. */
export interface ChartPlan {
    /** An http(s) Helm repository or an oci:// reference of the chart. */
    readonly repository: string;
    readonly version: string;
    /** Digest that the chart in an OCI registry has to have. */
    readonly digest?: string;
    readonly login?: LoginPlan;
    /** Certificates of the repository's authority, PEM. */
    readonly ca?: string;
}

export interface LoginPlan {
    readonly user: string;
    /** Config key of the password. */
    readonly key: SecretKey;
}

/** The cluster side of MetalLB. The records are `spec`s of MetalLB's own kinds, by object name. */
export interface MetalLbPlan {
    readonly namespace: string;
    /** false for a namespace of somebody else, which is only labelled. */
    readonly createNamespace?: false;
    /** Take MetalLB over from another stack of this program. */
    readonly adopt?: true;
    readonly chart: ChartPlan;
    /** Service account that helm-controller acts as; absent: its own. */
    readonly serviceAccount?: string;
    /** Login for images, of which a Secret is made; its name is among the chart's values. */
    readonly imageLogin?: LoginPlan & { readonly registry: string };
    /** Secrets with logins for images that somebody else keeps. */
    readonly pullSecrets?: readonly string[];
    readonly backend: "frr-k8s" | "native" | "frr";
    /** Values of the chart: the backend's switches, then the user's `values` merged over them. */
    readonly values: JsonObject;
    /** IPAddressPool, metallb.io/v1beta1. */
    readonly pools: Readonly<Record<string, JsonObject>>;
    /** Pools whose services may lose their addresses in this change. */
    readonly renumber?: readonly string[];
    /** BFDProfile, metallb.io/v1beta1. */
    readonly bfdProfiles: Readonly<Record<string, JsonObject>>;
    /** Community, metallb.io/v1beta1. */
    readonly communities: Readonly<Record<string, JsonObject>>;
    /** BGPPeer, metallb.io/v1beta2; `passwordSecret` in it names an entry of `passwords`. */
    readonly peers: Readonly<Record<string, JsonObject>>;
    /** Names of a router's peers and of the Secret with its password, by router. */
    readonly routers: Readonly<
        Record<string, { readonly peers: readonly string[]; readonly secret?: string }>
    >;
    /** Secret name -> config key that holds the password (kubernetes.io/basic-auth). */
    readonly passwords: Readonly<Record<string, SecretKey>>;
    /** BGPAdvertisement, metallb.io/v1beta1. */
    readonly bgpAdvertisements: Readonly<Record<string, JsonObject>>;
    /** L2Advertisement, metallb.io/v1beta1. */
    readonly l2Advertisements: Readonly<Record<string, JsonObject>>;
    /** PrometheusRule, monitoring.coreos.com/v1; absent: no alerts. Its monitors are the chart's. */
    readonly alerts?: {
        readonly labels: Readonly<Record<string, string>>;
        readonly spec: JsonObject;
    };
}

/** Name of a config key that holds a secret, without the project's prefix: "bgpPassword". */
export type SecretKey = string;

export interface FirewallPlan {
    readonly connection: ConnectionPlan;
    readonly wanted: FirewallState;
    /** Config key of the BGP password; absent: sessions without a password. */
    readonly password?: SecretKey;
    /** The firewall is gone for good, and is neither asked nor changed. */
    readonly gone?: true;
    /** The engine refuses to delete its resource; never together with `gone`. */
    readonly protect?: true;
}

export interface ConnectionPlan {
    readonly host: string;
    readonly port: number;
    readonly user: string;
    /** One line as in known_hosts or authorized_keys: "ssh-ed25519 AAAA…". */
    readonly hostKey: string;
    /** Config key of the private SSH key; absent: the SSH agent of whoever runs this has it. */
    readonly sshKey?: SecretKey;
    /** Config key of the key's passphrase; absent: it has none. */
    readonly passphrase?: SecretKey;
    /** Another SSH server on the way, entered with the same key. */
    readonly jump?: Pick<ConnectionPlan, "host" | "port" | "user" | "hostKey">;
    /** Command that reads the agent on its standard input; with `sudo -n` for users who are not root. */
    readonly command: string;
}

/**
 * The wanted state of one firewall: the payload of the agent without action and password.
 * The agent (components/pfsense/agent) checks every value again before it believes it.
 */
export interface FirewallState {
    /** Version of this payload; the agent refuses versions it does not know. */
    readonly version: 1;
    /** Mark of ownership, written in front of every description: "<owner>/…". */
    readonly owner: string;
    /** The firewall's own BGP settings: created if absent, only compared if present. */
    readonly bgp: { readonly asn: number; readonly routerId: string };
    /** Neighbours by address order; one per node and address family. */
    readonly neighbours: readonly NeighbourState[];
    /** Inbound lists from the pools and outbound deny-all, per family in use. */
    readonly prefixLists: readonly PrefixListState[];
    /** Interfaces (pfSense's names: lan, opt1) that get pass rules for TCP 179 and BFD; absent: no rules. */
    readonly passRule?: { readonly interfaces: readonly string[] };
    /** Take over an existing neighbour of the same address that carries no mark. */
    readonly adopt: boolean;
    /** Allow the SSH address to be a CARP address, behind which stands either firewall of a pair. */
    readonly allowCarp: boolean;
    /** Install pfSense's FRR package where it is missing. */
    readonly installPackage?: true;
}

export interface NeighbourState {
    /** Address of the node, the identity of the neighbour. */
    readonly address: string;
    /** Description without the mark, usually the node's name. */
    readonly description: string;
    readonly asn: number;
    readonly family: "ipv4" | "ipv6";
    /** Seconds; absent: FRR's own. */
    readonly timers?: { readonly keepalive: number; readonly hold: number };
    readonly bfd: boolean;
    /** BFD's numbers in milliseconds; absent: no BFD, or a multihop session, which has FRR's own. */
    readonly bfdTimers?: BfdTimers;
    /** TTL for a node that is not in a subnet of the firewall; absent: directly connected. */
    readonly ebgpMultihop?: number;
    /** pfSense's name of the interface or VIP the session starts from: "default", "lan", "opt1", "_vip…|address". */
    readonly updateSource: string;
    /** Names of entries in `prefixLists`. */
    readonly prefixListIn: string;
    readonly prefixListOut: string;
    /** Session is torn down beyond this many accepted prefixes. */
    readonly maximumPrefix: number;
    /** What the node is told when its session is shut (RFC 9003); absent: it is not shut. */
    readonly shutdown?: string;
    /** none without a password, both-bidir with one (pfsense form field `password_type`). */
    readonly passwordType: "none" | "both" | "both-bidir" | "frr" | "setkey" | "setkey-bidir";
}

export interface BfdTimers {
    readonly detectMultiplier: number;
    readonly receiveInterval: number;
    readonly transmitInterval: number;
}

export interface PrefixListState {
    readonly name: string;
    readonly description: string;
    readonly family: "ipv4" | "ipv6";
    readonly rules: readonly PrefixRule[];
}

/** `any` true: matches everything and prefix, ge, le are absent. */
export interface PrefixRule {
    readonly seq: number;
    readonly action: "permit" | "deny";
    readonly prefix?: string;
    readonly any?: true;
    readonly ge?: number;
    readonly le?: number;
}

/**
 * A router's end of every session, free of what only pfSense has: config/by-hand writes it down for
 * a person, and a provider of another kind in the same program takes it as it is.
 */
export interface ByHandPlan {
    /** The router's language; absent: FRR's lines and pfSense's pages. */
    readonly dialect?: Dialect;
    /** Name of the cluster, which the names of the prefix lists begin with. */
    readonly owner: string;
    readonly bgp: FirewallState["bgp"];
    /** The router's own addresses, which the nodes peer with. */
    readonly addresses: { readonly ipv4?: string; readonly ipv6?: string };
    /** TCP port that the nodes connect to. */
    readonly port: number;
    /** Config key of the BGP password; absent: sessions without one. */
    readonly password?: SecretKey;
    /** The BFD profile of all neighbours with `bfd`; times in milliseconds, absent: the router's own. */
    readonly bfd?: BfdSettings & { readonly name: string };
    readonly neighbours: readonly RouterNeighbour[];
    readonly prefixLists: readonly PrefixListState[];
}

export type RouterNeighbour = Omit<
    NeighbourState,
    "updateSource" | "passwordType" | "bfdTimers" | "shutdown"
>;

export interface BfdSettings {
    readonly receiveInterval?: number;
    readonly transmitInterval?: number;
    readonly echoInterval?: number;
    readonly detectMultiplier?: number;
    /** Least TTL of a packet on multihop sessions. */
    readonly minimumTtl?: number;
    readonly echoMode?: boolean;
}

export interface MaintenancePlan {
    readonly nodes: readonly string[];
    readonly routers: readonly string[];
    /** Those of them whose sessions the firewalls shut; absent: nobody's. */
    readonly shut?: Pick<MaintenancePlan, "nodes" | "routers">;
}

export interface SessionPlan {
    readonly node: string;
    readonly nodeAddress: string;
    readonly nodeAsn: number;
    readonly router: string;
    readonly routerAddress: string;
    readonly routerAsn: number;
    readonly family: "ipv4" | "ipv6";
    readonly bfd: boolean;
    /** Its node or its router is in maintenance: it stays and carries nothing. */
    readonly drained?: true;
    /** Its firewall shuts it; always together with `drained`. */
    readonly shut?: true;
    /** The router by whose name its firewall is configured; absent: by hand, so that nobody can ask it. */
    readonly firewall?: string;
}

/** How an `up` proves its sessions, and whether a preview asks the firewalls. */
export interface CheckPlan {
    /** Seconds to wait for every session and prefix; 0: no check. Default 90. */
    readonly deadline: number;
    /** Accepted prefixes to wait for on every session. Default 0: Established is enough. */
    readonly prefixes: number;
    /** Ask every firewall in a preview what an `up` would do there. Default true. */
    readonly preview: boolean;
}
