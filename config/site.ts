import {
    type Address,
    AddressError,
    type AddressRange,
    type Family,
    parseAddress,
    parsePrefix,
    parseRange,
    rangeOf,
} from "./addresses";
import { type Findings, pathText } from "./findings";
import type { AdvertiseConfig, BgpConfig, RouterConfig, StackConfig } from "./schema";
import { LOGINS } from "./secrets";
import { UNREADABLE } from "./shape";

export const FAMILIES: readonly Family[] = ["ipv4", "ipv6"];

/** Stands for an AS number that could not be read and has been reported. */
export const UNKNOWN_ASN = -1;

export type AddressPair = Partial<Record<Family, Address>>;

/** A range with the words and the place it stands at, for messages. */
export interface Placed {
    readonly range: AddressRange;
    readonly path: string;
    readonly text: string;
}

export interface Node {
    readonly name: string;
    readonly addresses: AddressPair;
    /** An address of it could not be read, which has been reported. */
    readonly broken: boolean;
    /** It announces nothing, and its sessions stay, or are shut by the firewalls. */
    readonly maintenance?: true | "shut";
}

export interface Router {
    readonly name: string;
    readonly config: RouterConfig;
    readonly addresses: AddressPair;
    readonly asn: number;
    readonly clusterAsn: number;
    readonly localAsn?: number;
    /** Source of the one node's sessions where it is not the node's own address. */
    readonly source?: Address;
    readonly timers?: { readonly hold: number; readonly keepalive: number };
    readonly bfd?: string;
    /** The nodes that peer with this router, in the order of bgp.nodes. */
    readonly nodes: readonly Node[];
    readonly connected: readonly Placed[];
    /** The router by whose name the firewall is configured, this one or another; absent: by hand. */
    readonly firewall?: string;
    /** Nothing is announced to it, and its sessions stay, or are shut by it. */
    readonly maintenance?: true | "shut";
    /** As in Site: it peers with nodes that nobody has named yet. */
    readonly unknownNodes?: true;
}

export interface Advertisement {
    readonly name: string;
    readonly config: AdvertiseConfig;
    readonly lengths: Readonly<Record<Family, number>>;
}

/** The stack config with every address and AS number read, references resolved. */
export interface Site {
    readonly owner: string;
    readonly config: StackConfig;
    /** Ranges by pool; a map, because a pool may be called like a method of every object. */
    readonly pools: ReadonlyMap<string, readonly Placed[]>;
    /** Pod and service networks. */
    readonly networks: readonly Placed[];
    readonly nodes: readonly Node[];
    readonly routers: readonly Router[];
    readonly advertisements: readonly Advertisement[];
    readonly declared: Declared;
    /** The nodes are to be discovered, and nobody has asked the cluster: there are none here. */
    readonly unknownNodes?: true;
}

/** Every name as it stands in the file, also of an entry that could not be read. */
export interface Declared {
    readonly pools: ReadonlySet<string>;
    readonly nodes: ReadonlySet<string>;
    readonly routers: ReadonlySet<string>;
    readonly bfdProfiles: ReadonlySet<string>;
    readonly communities: ReadonlySet<string>;
    /** Paths of logins, also of one that could not be read. */
    readonly logins: ReadonlySet<string>;
    readonly hasBgp: boolean;
    readonly hasL2: boolean;
    readonly hasPools: boolean;
    readonly hasNodes: boolean;
    readonly hasRouters: boolean;
    /** Announcements that could not be read: then "nothing announces it" may be wrong. */
    readonly unread: boolean;
}

/**
 * Reads every address and number of the config; what cannot be read is reported and left out.
 * @param asked the nodes that the cluster was to be asked for stand in the config
 */
export function resolveSite(
    config: StackConfig,
    document: unknown,
    { stack, asked }: { readonly stack: string; readonly asked: boolean },
    findings: Findings,
): Site {
    const pools = new Map(
        Object.entries(config.metallb.pools).map(([name, pool]) => [
            name,
            readRanges(`metallb.pools.${name}.addresses`, pool.addresses, findings),
        ]),
    );
    const networks = [
        ...readPrefixes("cluster.podCidrs", config.cluster.podCidrs, findings),
        ...readPrefixes("cluster.serviceCidrs", config.cluster.serviceCidrs, findings),
    ];
    const unknown = config.bgp?.discover !== undefined && !asked && { unknownNodes: true as const };
    const read = config.bgp ? readNodes(config.bgp, findings) : [];
    const nodes = unknown ? [] : read;
    return {
        owner: config.cluster.name ?? stack,
        config,
        pools,
        networks,
        nodes,
        routers: (config.bgp ? readRouters(config.bgp, nodes, findings) : []).map((router) => ({
            ...router,
            ...unknown,
        })),
        advertisements: Object.entries(config.bgp?.advertise ?? {}).map(([name, advertise]) => ({
            name,
            config: advertise,
            lengths: {
                ipv4: advertise.aggregationLength ?? 32,
                ipv6: advertise.aggregationLengthV6 ?? 128,
            },
        })),
        declared: declaredIn(document, config),
        ...unknown,
    };
}

function declaredIn(document: unknown, config: StackConfig): Declared {
    const at = (...path: string[]): unknown =>
        path.reduce<unknown>(
            (value, key) =>
                typeof value === "object" && value !== null && Object.hasOwn(value, key)
                    ? (value as Record<string, unknown>)[key]
                    : undefined,
            document,
        );
    const names = (...path: string[]) => {
        const group = at(...path);
        return new Set(typeof group === "object" && group !== null ? Object.keys(group) : []);
    };
    const logins = Object.values(LOGINS).filter((path) => at(...path.split(".")) !== undefined);
    const [l2, advertise] = [names("metallb", "l2"), names("bgp", "advertise")];
    return {
        pools: names("metallb", "pools"),
        nodes: names("bgp", "nodes"),
        routers: names("bgp", "routers"),
        bfdProfiles: names("bgp", "bfdProfiles"),
        communities: names("bgp", "communities"),
        logins: new Set(logins),
        hasBgp: at("bgp") !== undefined,
        hasL2: l2.size > 0,
        hasPools: at("metallb", "pools") !== undefined,
        hasNodes: at("bgp", "nodes") !== undefined,
        hasRouters: at("bgp", "routers") !== undefined,
        unread:
            l2.size !== Object.keys(config.metallb.l2).length ||
            advertise.size !== Object.keys(config.bgp?.advertise ?? {}).length,
    };
}

/** AS number from a number, digits, or AS-dot ("1.10" is 65546); undefined when it is none. */
export function parseAsn(value: number | string): number | undefined {
    const text = String(value);
    const dotted = /^(\d{1,5})\.(\d{1,5})$/.exec(text);
    if (dotted && typeof value === "string") {
        const [high, low] = [Number(dotted[1]), Number(dotted[2])];
        return high <= 65535 && low <= 65535 ? high * 65536 + low : undefined;
    }
    if (!/^\d{1,10}$/.test(text)) return undefined;
    return Number(text) <= 4294967295 ? Number(text) : undefined;
}

function readNodes(bgp: BgpConfig, findings: Findings): Node[] {
    return Object.entries(bgp.nodes ?? {}).map(([name, value]) => {
        const group = typeof value === "object" && !Array.isArray(value);
        const { address = [], maintenance } = group
            ? value
            : { address: value, maintenance: false };
        const path = ["bgp", "nodes", name, ...(group ? ["address"] : [])];
        const addresses = readPair(pathText(path), address, findings);
        const count = Array.isArray(address) ? address.length : 1;
        return {
            name,
            addresses,
            broken: Object.keys(addresses).length < count,
            ...(maintenance && { maintenance }),
        };
    });
}

function readRouters(bgp: BgpConfig, nodes: readonly Node[], findings: Findings): Router[] {
    const clusterAsn = readAsn("bgp.asn", bgp.asn, findings);
    return Object.entries(bgp.routers).map(([name, config]) => {
        const path = `bgp.routers.${name}`;
        const timers = config.timers ?? bgp.timers;
        const bfd = config.bfd ?? bgp.bfd;
        const firewall = config.pfsense ? name : config.sharesFirewall?.with;
        const maintenance =
            config.maintenance ||
            (firewall === undefined ? false : (bgp.routers[firewall]?.maintenance ?? false));
        return {
            name,
            config,
            addresses: readPair(`${path}.address`, config.address, findings),
            asn: readAsn(`${path}.asn`, config.asn, findings),
            clusterAsn:
                config.clusterAsn === undefined
                    ? clusterAsn
                    : readAsn(`${path}.clusterAsn`, config.clusterAsn, findings),
            ...(config.localAsn !== undefined && {
                localAsn: readAsn(`${path}.localAsn`, config.localAsn, findings),
            }),
            ...(config.sourceAddress !== undefined && { source: sourceOf(config.sourceAddress) }),
            timers: timers && {
                hold: timers.hold,
                keepalive: timers.keepalive ?? Math.floor(timers.hold / 3),
            },
            bfd: bfd === false ? undefined : bfd,
            nodes: nodes.filter((node) => config.nodes?.includes(node.name) ?? true),
            connected: readPrefixes(`${path}.connected`, config.connected, findings),
            ...(firewall !== undefined && { firewall }),
            ...(maintenance && { maintenance }),
        };
    });
}

/** Whether it is an address at all is a rule of its own. */
function sourceOf(text: string): Address | undefined {
    try {
        return parseAddress(text);
    } catch {
        return undefined;
    }
}

function readAsn(path: string, value: number | string, findings: Findings): number {
    const asn = parseAsn(value);
    if (asn !== undefined) return asn;
    const dotted = typeof value === "number" && !Number.isInteger(value);
    findings.error(
        path,
        `${value} is no AS number (1-4294967295)${dotted ? "; YAML takes AS-dot for a number and drops its last zeros: put it in quotes" : ""}`,
    );
    return UNKNOWN_ASN;
}

function readPair(path: string, value: string | string[], findings: Findings): AddressPair {
    const pair: AddressPair = {};
    for (const text of Array.isArray(value) ? value : [value]) {
        if (text === UNREADABLE) continue;
        const address = attempt(path, () => parseAddress(text), findings);
        if (!address) continue;
        if (pair[address.family]) {
            findings.error(
                path,
                `${text} is a second address of its family, which is not supported; give one of each`,
            );
        }
        pair[address.family] ??= address;
    }
    return pair;
}

function readRanges(path: string, texts: readonly string[], findings: Findings): Placed[] {
    return place(path, texts, parseRange, findings);
}

function readPrefixes(path: string, texts: readonly string[], findings: Findings): Placed[] {
    return place(path, texts, (text) => rangeOf(parsePrefix(text)), findings);
}

function place(
    path: string,
    texts: readonly string[],
    read: (text: string) => AddressRange,
    findings: Findings,
): Placed[] {
    return texts.flatMap((text, index) => {
        if (text === UNREADABLE) return [];
        const at = `${path}[${index}]`;
        const range = attempt(at, () => read(text), findings);
        return range ? [{ range, path: at, text }] : [];
    });
}

function attempt<T>(path: string, read: () => T, findings: Findings): T | undefined {
    try {
        return read();
    } catch (error) {
        if (!(error instanceof AddressError)) throw error;
        findings.error(path, error.message);
        return undefined;
    }
}
