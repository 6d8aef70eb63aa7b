import {
    type Address,
    type AddressRange,
    formatAddress,
    formatPrefix,
    prefixAround,
} from "../addresses";
import { type Findings, listText } from "../findings";
import { FAMILIES, type Node, type Placed, type Router, type Site } from "../site";

/** The usual length of a LAN, where the config does not name the router's subnets. */
const USUAL = { ipv4: 24, ipv6: 64 } as const;

/** A node that is not in a subnet of its router is only reached with multihop (TTL 1 otherwise). */
export function ruleSubnets(site: Site, findings: Findings): void {
    for (const router of site.routers) {
        if (router.config.multihop) continue;
        for (const family of FAMILIES) {
            const own = router.addresses[family];
            if (!own) continue;
            const subnets = router.connected.filter(({ range }) => range.family === family);
            if (subnets.length > 0 && !subnets.some(({ range }) => holds(range, own))) {
                findings.error(
                    `bgp.routers.${router.name}.connected`,
                    `${formatAddress(own)} lies in none of ${listText(subnets.map(({ text }) => text))}; name the router's own subnet too`,
                );
                continue;
            }
            const far = router.nodes.filter(({ addresses }) => {
                const address = addresses[family];
                return address && !together(own, address, subnets);
            });
            if (far.length > 0) report(router, own, far, subnets, findings);
        }
    }
}

function together(own: Address, node: Address, subnets: readonly Placed[]): boolean {
    if (subnets.length === 0) {
        const length = USUAL[own.family];
        return prefixAround(own, length).network === prefixAround(node, length).network;
    }
    return subnets.some(({ range }) => holds(range, own) && holds(range, node));
}

function report(
    router: Router,
    own: Address,
    far: readonly Node[],
    subnets: readonly Placed[],
    findings: Findings,
): void {
    const shown = far
        .slice(0, 3)
        .map(({ name, addresses }) => `${name} (${formatAddress(addresses[own.family]!)})`);
    const more = far.length > 3 ? [`${far.length - 3} more`] : [];
    const path = `bgp.routers.${router.name}`;
    const nodes = listText([...shown, ...more]);
    if (subnets.length > 0) {
        findings.error(
            path,
            `${formatAddress(own)} shares none of its subnets (${subnets.map(({ text }) => text).join(", ")}) with ${nodes}; set \`multihop: true\``,
        );
        return;
    }
    findings.warn(
        path,
        `${formatAddress(own)} and ${nodes} are not in one ${formatPrefix(prefixAround(own, USUAL[own.family]))}; set \`multihop: true\` if there is a router between them, else name the subnet in \`connected\``,
    );
}

const holds = (range: AddressRange, address: Address): boolean =>
    range.first <= address.value && address.value <= range.last;
