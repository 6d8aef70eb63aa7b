import { isGroup } from "./groups";
import { type Family, formatAddress, parseAddress } from "./addresses";
import { compareNames } from "./canonical";
import { type Finding, Findings, knownNames, listText, pathText } from "./findings";
import { selects } from "./label-selector";
import type { ClusterPlan } from "./plan";
import type { BgpConfig } from "./schema";
import { FAMILIES, type Site } from "./site";

/** Addresses of nodes by name: what discovery finds, and what an `up` leaves as the output `nodes`. */
export type NodeList = Readonly<Record<string, readonly string[]>>;

/** What the stack file says about the nodes that it does not list. */
export interface Discovery {
    readonly cluster: ClusterPlan;
    readonly selector: NonNullable<BgpConfig["discover"]>["selector"];
    /** Nodes that may go, however many they are. */
    readonly gone: readonly string[];
    /** What the file says of some of them; true: an address, too. */
    readonly said: ReadonlyMap<string, boolean>;
    /** Who needs addresses of the nodes, all or some of them, and of which families. */
    readonly routers: readonly {
        readonly name: string;
        readonly families: readonly Family[];
        readonly nodes?: readonly string[];
    }[];
}

/** A node as the cluster answers. */
export interface ClusterNode {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    /** InternalIPs of its status, in their order there. */
    readonly addresses: readonly string[];
}

/** What a site without errors has to discover; undefined: its file lists the nodes. */
export function discoveryOf({ config, routers }: Site): Discovery | undefined {
    const { cluster, bgp } = config;
    if (!bgp?.discover) return undefined;
    const said = Object.entries(bgp.nodes ?? {}).map(([name, value]): [string, boolean] => [
        name,
        typeof value !== "object" || Array.isArray(value) || value.address !== undefined,
    ]);
    return {
        cluster: {
            context: cluster.context,
            ...(cluster.kubeconfig !== undefined && { kubeconfig: cluster.kubeconfig }),
        },
        selector: bgp.discover.selector,
        gone: bgp.discover.gone,
        said: new Map(said),
        routers: routers.map(({ name, addresses, config: { nodes } }) => ({
            name,
            families: FAMILIES.filter((family) => addresses[family]),
            ...(nodes && { nodes }),
        })),
    };
}

/**
 * The neighbours by what the cluster answers. A node that is not Ready, or that announces nothing by
 * its label, stays one: a reboot or a drain must not change a firewall.
 *
 * @param last the output `nodes` of the last `up`; empty: there was none
 * @returns findings that forbid to go on, each with the way on
 */
export function discoveredNodes(
    discovery: Discovery,
    answer: readonly ClusterNode[],
    last: NodeList,
): { readonly nodes: NodeList; readonly errors: readonly Finding[] } {
    const findings = new Findings();
    const before = new Map(Object.entries(last));
    const chosen = answer
        .filter(({ labels }) => selects(discovery.selector, labels))
        .sort((a, b) => compareNames(a.name, b.name));
    const nodes = new Map(
        chosen.map((node) => {
            const { name } = node;
            return [name, addressesOf(node, discovery, before.get(name) ?? [], findings)];
        }),
    );
    ruleLost(discovery, nodes, before, findings);
    ruleSaid(discovery, nodes, findings);
    if (chosen.length === 0) {
        findings.error(
            "bgp.discover.selector",
            `takes none of the cluster's ${answer.length} nodes (kubectl get nodes --show-labels); correct it, or list the nodes in bgp.nodes in place of bgp.discover`,
        );
    }
    return { nodes: Object.fromEntries(nodes), errors: findings.errors };
}

type Found = ReadonlyMap<string, readonly string[]>;

/** One of each family that its routers have: that of the last `up`, else the first, as Kubernetes takes it. */
function addressesOf(
    { name, addresses }: ClusterNode,
    { said, routers }: Discovery,
    before: readonly string[],
    findings: Findings,
): string[] {
    if (said.get(name)) return [];
    const read = addresses.flatMap(readAddress);
    return FAMILIES.flatMap((family) => {
        const router = routers.find(
            ({ families, nodes }) => families.includes(family) && (nodes?.includes(name) ?? true),
        );
        if (!router) return [];
        const own = read.filter((one) => one.family === family).map(formatAddress);
        const address = own.find((one) => before.includes(one)) ?? own[0];
        if (address !== undefined) return [address];
        const words = family === "ipv4" ? "IPv4" : "IPv6";
        findings.error(
            "bgp.discover",
            `node ${name} has no ${words} InternalIP (it has ${listText(addresses) || "none"}), and ${router.name} has an ${words} address; give the node's in bgp.nodes.${name}, or leave the node out by the selector`,
        );
        return [];
    });
}

/** Cluster's words, so what is no address is none. */
function readAddress(text: string) {
    try {
        return [parseAddress(text)];
    } catch {
        return [];
    }
}

/** An answer that takes most neighbours away is more often a mistake than a change. */
function ruleLost({ gone, said }: Discovery, nodes: Found, last: Found, findings: Findings): void {
    const stays = (name: string, before: readonly string[]) =>
        said.get(name) === true
            ? nodes.has(name)
            : nodes.get(name)?.some((address) => before.includes(address));
    const lost = [...last]
        .filter(([name, before]) => !gone.includes(name) && !stays(name, before))
        .map(([name]) => name);
    if (lost.length * 2 <= last.size) return;
    findings.error(
        "bgp.discover",
        `the cluster's answer would take ${lost.length} of the ${last.size} nodes of the last up away from the firewalls, or give them other addresses: ${listText(lost)}, which is more than half; if that is right, name them for one up: bgp.discover.gone: [${lost.join(", ")}]`,
    );
}

/** A line for a node that is not there may be a typing error, and the node it means not drained. */
function ruleSaid({ said }: Discovery, nodes: Found, findings: Findings): void {
    const known = new Set(nodes.keys());
    for (const name of [...said.keys()].filter((one) => !known.has(one))) {
        findings.error(
            pathText(["bgp", "nodes", name]),
            `bgp.discover finds no node ${name}${knownNames(name, known)}`,
        );
    }
}

/** The document with the nodes that were discovered, and what it says of them besides; one that lists them is left. */
export function withNodes(
    document: Readonly<Record<string, unknown>>,
    nodes: NodeList,
): Readonly<Record<string, unknown>> {
    const bgp = group(document.bgp);
    if (bgp.discover === undefined) return document;
    const said = group(bgp.nodes);
    const all = Object.entries(nodes).map(([name, address]) => {
        if (!Object.hasOwn(said, name)) return [name, address];
        const own = said[name];
        return [name, isGroup(own) ? { address, ...own } : own];
    });
    return {
        ...document,
        bgp: { ...bgp, nodes: { ...said, ...(Object.fromEntries(all) as object) } },
    };
}

/** Every node of a site with its addresses, as the output `nodes` keeps them. */
export const nodeList = ({ nodes }: Site): NodeList =>
    Object.fromEntries(
        nodes.map(({ name, addresses }) => [
            name,
            FAMILIES.flatMap((family) =>
                addresses[family] ? [formatAddress(addresses[family])] : [],
            ),
        ]),
    );

const group = (value: unknown): Record<string, unknown> => (isGroup(value) ? value : {});
