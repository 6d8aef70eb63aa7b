import { FRR_BFD, profileOf } from "../bfd";
import { hostKeyLine } from "../host-key";
import { type Address, type Family, formatAddress } from "../addresses";
import {
    announcedTo,
    countPrefixes,
    inboundList,
    listName,
    maximumPrefix,
    outboundList,
} from "./filters";
import { familiesOf, nodeAddress, nodeAsn, nodesIn } from "./metallb";
import type {
    BfdTimers,
    ConnectionPlan,
    FirewallPlan,
    FirewallState,
    NeighbourState,
    SecretKey,
} from "../plan";
import type { SecretChoice } from "../secrets";
import { FAMILIES, type Node, type Router, type Site } from "../site";

const PHP = "/usr/local/bin/php -q";
/** TTL for a node behind other routers; MetalLB's ebgpMultiHop has no number, FRR takes 255 there. */
const MULTIHOP_TTL = 255;

/** The routers that are one firewall: the one with its `pfsense`, then those that share it. */
export const sharing = (site: Site, router: Router): readonly [Router, ...Router[]] => [
    router,
    ...site.routers.filter(({ name, firewall }) => firewall === router.name && name !== firewall),
];

/** A firewall's end of every session with this cluster, by whichever of its addresses. */
export function firewallState(
    site: Site,
    routers: readonly [Router, ...Router[]],
    password: boolean,
): FirewallState {
    const [router] = routers;
    const { pfsense } = router.config;
    const families = FAMILIES.filter((family) =>
        routers.some((one) => familiesOf(one).includes(family)),
    );
    const passRules = routers.flatMap((one) => interfacesOf(one)?.passRule?.interface ?? []);
    return {
        version: 1,
        owner: site.owner,
        bgp: { asn: router.asn, routerId: routerId(router) },
        neighbours: families.flatMap((family) =>
            routers
                .filter((one) => familiesOf(one).includes(family))
                .flatMap((one) => neighbours(site, one, family, password)),
        ),
        prefixLists: families.flatMap((family) => [
            inboundList(site, routers, family),
            outboundList(site, family),
        ]),
        ...(passRules.length > 0 && { passRule: { interfaces: [...new Set(passRules)] } }),
        adopt: pfsense?.adopt ?? false,
        allowCarp: pfsense?.allowCarp ?? false,
        ...(pfsense?.installPackage && { installPackage: true }),
    };
}

const interfacesOf = ({ config }: Router) => config.pfsense ?? config.sharesFirewall;

export function deriveFirewall(
    site: Site,
    router: Router,
    { passwords, sshKeys, passphrases }: SecretChoice,
): FirewallPlan {
    const password = passwords[router.name];
    const { gone, protect } = router.config.pfsense ?? {};
    return {
        connection: connection(router, sshKeys[router.name], passphrases[router.name]),
        wanted: firewallState(site, sharing(site, router), password !== undefined),
        ...(password !== undefined && { password }),
        ...(gone && { gone: true }),
        // Nothing is left to be kept on one that will not come back.
        ...(protect && !gone && { protect: true }),
    };
}

/**
 * BFD's numbers on the firewall: the profile's, so that both ends of a session have the same. FRR's
 * own are written, too: a session keeps the numbers it had when those of its peer are merely gone.
 *
 * Undefined for multihop sessions, to whose numbers pfSense's package has no way: FRR asks for their
 * local address, and the package leaves it out (frr_bfd.inc).
 */
function firewallBfd(site: Site, router: Router): BfdTimers | undefined {
    const profile = profileOf(site, router);
    if (!profile || router.config.multihop) return undefined;
    const { detectMultiplier, receiveInterval, transmitInterval } = { ...FRR_BFD, ...profile };
    return { detectMultiplier, receiveInterval, transmitInterval };
}

/** The router's ID: as given, else its IPv4 address. */
export function routerId(router: Router): string {
    const own = router.addresses.ipv4;
    return router.config.routerId ?? (own ? formatAddress(own) : "");
}

/** Limit of accepted prefixes of each session with this router, see maximumPrefix. */
export function prefixLimit(site: Site, router: Router, family: Family): number {
    const count = countPrefixes(announcedTo(site, [router], family), family);
    return router.config.maximumPrefix ?? maximumPrefix(count);
}

/** What reads the agent on its standard input; users other than those who are root go through sudo. */
export const agentCommand = (user: string, sudo = !["admin", "root"].includes(user)): string =>
    sudo ? `sudo -n ${PHP}` : PHP;

function connection(
    router: Router,
    sshKey: SecretKey | undefined,
    passphrase: SecretKey | undefined,
): ConnectionPlan {
    const pfsense = router.config.pfsense!;
    const { jump } = pfsense;
    return {
        host: pfsense.host ?? firstAddress(router),
        port: pfsense.port,
        user: pfsense.user,
        hostKey: hostKeyLine(pfsense.hostKey),
        ...(sshKey !== undefined && { sshKey }),
        ...(passphrase !== undefined && { passphrase }),
        ...(jump && { jump: { ...jump, hostKey: hostKeyLine(jump.hostKey) } }),
        command: agentCommand(pfsense.user, pfsense.sudo),
    };
}

function firstAddress(router: Router): string {
    const address = FAMILIES.map((family) => router.addresses[family]).find(Boolean);
    return address ? formatAddress(address) : "";
}

function neighbours(
    site: Site,
    router: Router,
    family: Family,
    password: boolean,
): NeighbourState[] {
    const limit = prefixLimit(site, router, family);
    const bfdTimers = firewallBfd(site, router);
    return nodesIn(router, family)
        .sort((a, b) => byAddress(nodeAddress(router, a, family), nodeAddress(router, b, family)))
        .map((node) => ({
            address: formatAddress(nodeAddress(router, node, family)),
            description: node.name,
            asn: nodeAsn(router),
            family,
            // The page's check drops a hold time of 0; the lower of both ends counts anyway.
            ...(router.timers && router.timers.hold > 0 && { timers: router.timers }),
            bfd: router.bfd !== undefined,
            ...(bfdTimers && { bfdTimers }),
            ...(router.config.multihop &&
                router.asn !== router.clusterAsn && { ebgpMultihop: MULTIHOP_TTL }),
            updateSource: interfacesOf(router)?.updateSource ?? "default",
            prefixListIn: listName(site.owner, "in", family),
            prefixListOut: listName(site.owner, "out", family),
            maximumPrefix: limit,
            ...shutdownOf(node, router),
            passwordType: password ? "both-bidir" : "none",
        }));
}

/**
 * The words are the form's "Shutdown Message" (frr_bgp_neighbors.xml), which FRR sends with the
 * notification that ends the session; MetalLB has nothing that it could say at its own end.
 */
function shutdownOf(node: Node, router: Router): Pick<NeighbourState, "shutdown"> {
    const one = [router, node].find(({ maintenance }) => maintenance === "shut");
    return one ? { shutdown: `maintenance of ${one.name}`.slice(0, 128) } : {};
}

const byAddress = (a: Address, b: Address): number => (a.value < b.value ? -1 : 1);
