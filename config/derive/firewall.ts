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
    ConnectionPlan,
    FirewallPlan,
    FirewallState,
    NeighbourState,
    SecretKey,
} from "../plan";
import type { SecretChoice } from "../secrets";
import { FAMILIES, type Router, type Site } from "../site";

const PHP = "/usr/local/bin/php -q";
/** TTL for a node behind other routers; MetalLB's ebgpMultiHop has no number, FRR takes 255 there. */
const MULTIHOP_TTL = 255;

/** The router's end of every session with this cluster. */
export function firewallState(site: Site, router: Router, password: boolean): FirewallState {
    const { pfsense } = router.config;
    const families = familiesOf(router);
    return {
        version: 1,
        owner: site.owner,
        bgp: { asn: router.asn, routerId: routerId(router) },
        neighbours: families.flatMap((family) => neighbours(site, router, family, password)),
        prefixLists: families.flatMap((family) => [
            inboundList(site, router, family),
            outboundList(site, family),
        ]),
        ...(pfsense?.passRule && { passRule: pfsense.passRule }),
        adopt: pfsense?.adopt ?? false,
        allowCarp: pfsense?.allowCarp ?? false,
    };
}

export function deriveFirewall(
    site: Site,
    router: Router,
    { passwords, sshKeys, passphrases }: SecretChoice,
): FirewallPlan {
    const password = passwords[router.name];
    return {
        connection: connection(router, sshKeys[router.name]!, passphrases[router.name]),
        wanted: firewallState(site, router, password !== undefined),
        ...(password !== undefined && { password }),
        ...(router.config.pfsense?.gone && { gone: true }),
    };
}

/** The router's ID: as given, else its IPv4 address. */
export function routerId(router: Router): string {
    const own = router.addresses.ipv4;
    return router.config.routerId ?? (own ? formatAddress(own) : "");
}

/** Limit of accepted prefixes of each session with this router, see maximumPrefix. */
export function prefixLimit(site: Site, router: Router, family: Family): number {
    const count = countPrefixes(announcedTo(site, router, family), family);
    return router.config.maximumPrefix ?? maximumPrefix(count);
}

function connection(
    router: Router,
    sshKey: SecretKey,
    passphrase: SecretKey | undefined,
): ConnectionPlan {
    const pfsense = router.config.pfsense!;
    const { jump } = pfsense;
    const sudo = pfsense.sudo ?? !["admin", "root"].includes(pfsense.user);
    return {
        host: pfsense.host ?? firstAddress(router),
        port: pfsense.port,
        user: pfsense.user,
        hostKey: hostKeyLine(pfsense.hostKey),
        sshKey,
        ...(passphrase !== undefined && { passphrase }),
        ...(jump && { jump: { ...jump, hostKey: hostKeyLine(jump.hostKey) } }),
        command: sudo ? `sudo -n ${PHP}` : PHP,
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
            ...(router.config.multihop &&
                router.asn !== router.clusterAsn && { ebgpMultihop: MULTIHOP_TTL }),
            updateSource: router.config.pfsense?.updateSource ?? "default",
            prefixListIn: listName(site.owner, "in", family),
            prefixListOut: listName(site.owner, "out", family),
            maximumPrefix: limit,
            passwordType: password ? "both-bidir" : "none",
        }));
}

const byAddress = (a: Address, b: Address): number => (a.value < b.value ? -1 : 1);
