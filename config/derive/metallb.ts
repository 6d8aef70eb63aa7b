import { type Address, type Family, formatAddress } from "../addresses";
import { FRR_BFD } from "../bfd";
import { communityValue } from "../communities";
import { isGroup, merged } from "../groups";
import { advertisesTo } from "./filters";
import type { JsonObject, JsonValue, MetalLbPlan, SecretKey } from "../plan";
import type { StackConfig } from "../schema";
import { type Advertisement, FAMILIES, type Node, type Router, type Site } from "../site";
import { deriveAccess, pullValues } from "./access";
import { deriveAlerts, monitorValues } from "./monitoring";

const HOSTNAME = "kubernetes.io/hostname";

/**
 * Name of MetalLB's peer for a router: by what it is, not by what people call it, because another
 * name is another object, and its session another one.
 */
export function peerName(router: Router, family: Family): string {
    const address = formatAddress(router.addresses[family]!).replaceAll(":", "-");
    const vrf = router.config.vrf?.toLowerCase().replace(/[^a-z0-9]+/g, "-");
    return ["peer", address, family === "ipv4" ? "v4" : "v6", ...(vrf ? [vrf, "vrf"] : [])].join(
        "-",
    );
}

/** Name of the Secret with the password of a router's peers. */
export const secretName = (router: Router): string =>
    `bgp-${peerName(router, familiesOf(router)[0] ?? "ipv4")}`;

/** The families in which a router has an address and at least one of its nodes too. */
export function familiesOf(router: Router): Family[] {
    return FAMILIES.filter(
        (family) =>
            router.addresses[family] && (router.unknownNodes || nodesIn(router, family).length > 0),
    );
}

/** Address that a router sees of a node: the node's own, or the source given for its sessions. */
export function nodeAddress(router: Router, node: Node, family: Family): Address {
    return router.source?.family === family ? router.source : node.addresses[family]!;
}

/** AS number that a router sees of the nodes. */
export const nodeAsn = ({ localAsn, clusterAsn }: Router): number => localAsn ?? clusterAsn;

export const nodesIn = (router: Router, family: Family): Node[] =>
    router.nodes.filter((node) => node.addresses[family]);

/** The cluster's end of every session, and what MetalLB announces. */
export function deriveMetalLb(
    site: Site,
    passwords: Readonly<Record<string, SecretKey | undefined>>,
): MetalLbPlan {
    const { metallb, bgp } = site.config;
    const alerts = deriveAlerts(site);
    return {
        namespace: metallb.namespace,
        ...(!metallb.createNamespace && { createNamespace: false as const }),
        ...(metallb.adopt && { adopt: true as const }),
        ...deriveAccess(metallb),
        backend: metallb.backend,
        values: chartValues(metallb),
        pools: mapValues(metallb.pools, ({ announced: _announced, ...pool }) => pool),
        ...(metallb.renumber && { renumber: metallb.renumber }),
        // An object that had a spec cannot be given an empty one: the plugin makes it null.
        bfdProfiles: mapValues(bgp?.bfdProfiles ?? {}, (profile) => ({ ...FRR_BFD, ...profile })),
        communities: communityObjects(bgp?.communities ?? {}),
        peers: Object.fromEntries(
            site.routers.flatMap((router) =>
                familiesOf(router).map((family) => [
                    peerName(router, family),
                    peerSpec(site, router, family, passwords[router.name] !== undefined),
                ]),
            ),
        ),
        routers: Object.fromEntries(
            site.routers.map((router) => [
                router.name,
                {
                    peers: familiesOf(router).map((family) => peerName(router, family)),
                    ...(passwords[router.name] !== undefined &&
                        familiesOf(router).length > 0 && {
                            secret: secretName(router),
                        }),
                },
            ]),
        ),
        passwords: Object.fromEntries(
            site.routers
                .filter((router) => familiesOf(router).length > 0)
                .flatMap((router) => {
                    const key = passwords[router.name];
                    return key === undefined ? [] : [[secretName(router), key]];
                }),
        ),
        bgpAdvertisements: Object.fromEntries(
            site.advertisements.map((advertisement) => [
                advertisement.name,
                advertisementSpec(site, advertisement),
            ]),
        ),
        l2Advertisements: mapValues(metallb.l2, ({ pools, nodes, nodeSelectors, ...rest }) => ({
            ipAddressPools: pools,
            nodeSelectors: announcers(site, nodes, nodeSelectors),
            ...rest,
        })),
        ...(alerts && { alerts }),
    };
}

function peerSpec(site: Site, router: Router, family: Family, password: boolean): JsonObject {
    const { config, timers } = router;
    const withKeepalive = site.config.metallb.backend !== "native";
    return plain({
        myASN: router.clusterAsn,
        ...(config.dynamicAsn ? { dynamicASN: config.dynamicAsn } : { peerASN: router.asn }),
        localASN: router.localAsn,
        peerAddress: formatAddress(router.addresses[family]!),
        peerPort: config.port === 179 ? undefined : config.port,
        holdTime: timers && `${timers.hold}s`,
        keepaliveTime: timers && withKeepalive ? `${timers.keepalive}s` : undefined,
        connectTime: connectTime(site, router),
        routerID: config.clusterRouterId,
        vrf: config.vrf,
        sourceAddress: router.source?.family === family ? config.sourceAddress : undefined,
        bfdProfile: router.bfd,
        enableGracefulRestart: config.gracefulRestart,
        ebgpMultiHop: config.multihop || undefined,
        passwordSecret: password
            ? { name: secretName(router), namespace: site.config.metallb.namespace }
            : undefined,
        nodeSelectors: nodeSelectors(site, router, family),
    });
}

/**
 * None while every node peers with the router: a changed selector resets all sessions of its peer
 * in native mode, and adding a node must leave the others alone.
 */
function nodeSelectors(site: Site, router: Router, family: Family): JsonObject[] | undefined {
    if (router.unknownNodes) return router.config.nodes && [hostnames(router.config.nodes)];
    const nodes = nodesIn(router, family);
    if (nodes.length === site.nodes.length) return undefined;
    return [hostnames(nodes.map(({ name }) => name))];
}

/**
 * FRR's own is two minutes, and as only the nodes dial, every restart of a firewall would cost its
 * sessions as much. Native mode has a way of its own, and refuses the field.
 */
const CONNECT_SECONDS = 5;

function connectTime(site: Site, router: Router): string | undefined {
    const byDefault = site.config.metallb.backend === "native" ? undefined : CONNECT_SECONDS;
    const connect = (router.config.timers ?? site.config.bgp?.timers)?.connect ?? byDefault;
    return connect === undefined ? undefined : `${connect}s`;
}

function advertisementSpec(site: Site, advertisement: Advertisement): JsonObject {
    const { config, lengths } = advertisement;
    const { peers, nodeSelectors } = audience(site, advertisement);
    return plain({
        ipAddressPools: config.pools,
        aggregationLength: lengths.ipv4,
        aggregationLengthV6: lengths.ipv6,
        communities: config.communities.length ? config.communities.map(communityValue) : undefined,
        localPref: config.localPref,
        asPathPrepend: config.asPathPrepend,
        peers,
        nodeSelectors,
        serviceSelectors: config.serviceSelectors,
    });
}

/**
 * Who announces to whom. An announcement that all of its routers are in maintenance of comes from no
 * node: an empty list of peers means all of them, and an object that is deleted is gone after the
 * proof only, because the engine deletes last.
 */
function audience(site: Site, advertisement: Advertisement) {
    const { peers, nodes, nodeSelectors } = advertisement.config;
    const all = site.routers.filter((router) => advertisesTo(advertisement, router));
    const left = all.filter(({ maintenance }) => !maintenance);
    const unheard = all.length > 0 && left.length === 0;
    const named = peers !== undefined || left.length < all.length;
    return {
        peers: named ? peersOf(unheard ? all : left) : undefined,
        nodeSelectors: unheard ? [NOBODY] : announcers(site, nodes, nodeSelectors),
    };
}

/**
 * The nodes with one of the names, and those that one of the selectors matches, without those in
 * maintenance.
 */
function announcers(site: Site, names?: readonly string[], selectors: readonly Selector[] = []) {
    const away = site.nodes.filter(({ maintenance }) => maintenance).map(({ name }) => name);
    const named = names?.filter((name) => !away.includes(name)) ?? [];
    const all = [
        ...(named.length > 0 ? [hostnames(named)] : []),
        ...selectors.map((selector) => without(away, selector)),
    ];
    if (all.length > 0) return all;
    if (names) return [NOBODY];
    return away.length > 0 ? [without(away, {})] : undefined;
}

type Selector = Readonly<Record<string, JsonValue>>;

function without(away: readonly string[], selector: Selector): Selector {
    if (away.length === 0) return selector;
    const { matchExpressions = [] } = selector;
    const others = { key: HOSTNAME, operator: "NotIn", values: away };
    return { ...selector, matchExpressions: [...(matchExpressions as JsonValue[]), others] };
}

const peersOf = (routers: readonly Router[]): string[] =>
    routers.flatMap((router) => familiesOf(router).map((family) => peerName(router, family)));

function communityObjects(aliases: Readonly<Record<string, string>>): Record<string, JsonObject> {
    const communities = Object.entries(aliases).map(([name, value]) => ({
        name,
        value: communityValue(value),
    }));
    return communities.length > 0 ? { aliases: { communities } } : {};
}

/**
 * The chart's own probes start after 10 s and ask every 10 s, and every installation, upgrade and
 * webhook waits for them. A pod that stops answering is let go as late as with the chart's.
 */
const readinessProbe = { initialDelaySeconds: 1, periodSeconds: 1, failureThreshold: 30 };

/**
 * Values of the chart: the backend's switches, monitors, then what the user gives.
 * Both switches are always written: a release's own default must not choose the backend.
 */
export function chartValues(metallb: StackConfig["metallb"]): JsonObject {
    const { backend, values, gratuitousARPInterval } = metallb;
    const switches = plain({
        frrk8s: { enabled: backend === "frr-k8s" },
        controller: { readinessProbe },
        speaker: { frr: { enabled: backend === "frr" }, readinessProbe, gratuitousARPInterval },
    });
    const { nodeSelector, tolerations } = isGroup(values.speaker) ? values.speaker : {};
    const scheduling = plain({ nodeSelector, tolerations });
    // The chart gives the speaker's scheduling to the speaker only, and FRR runs beside it.
    const beside: JsonObject =
        backend === "frr-k8s" && Object.keys(scheduling).length > 0
            ? { "frr-k8s": { frrk8s: scheduling } }
            : {};
    return [beside, pullValues(metallb), monitorValues(metallb), values].reduce(merged, switches);
}

/** A selector of no node: each of them has this label. */
const NOBODY: JsonObject = { matchExpressions: [{ key: HOSTNAME, operator: "DoesNotExist" }] };

const hostnames = (nodes: readonly string[]): JsonObject => ({
    matchExpressions: [{ key: HOSTNAME, operator: "In", values: nodes }],
});

/** Without the keys that are undefined, which YAML and JSON do not know. */
const plain = (value: object): JsonObject => JSON.parse(JSON.stringify(value)) as JsonObject;

const mapValues = <T>(
    record: Readonly<Record<string, T>>,
    to: (value: T) => object,
): Record<string, JsonObject> =>
    Object.fromEntries(Object.entries(record).map(([key, value]) => [key, plain(to(value))]));
