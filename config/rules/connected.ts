import {
    coverOf,
    formatPrefix,
    formatRange,
    intersection,
    type Prefix,
    prefixAround,
    rangeOf,
} from "../addresses";
import { advertisesTo } from "../derive/filters";
import { type Findings, listText } from "../findings";
import { FAMILIES, type Placed, type Router, type Site } from "../site";

/** The usual length of a LAN, where the config does not name the router's subnets. */
const USUAL = { ipv4: 24, ipv6: 64 } as const;

/**
 * What a pool is to the subnets of the firewalls, by how it is announced: by BGP outside of them,
 * by layer 2 inside of one.
 */
export function ruleConnected(site: Site, findings: Findings): void {
    ruleOverlapping(site, findings);
    const told = new Set<string>();
    for (const router of site.routers) {
        for (const subnet of subnetsOf(router)) ruleSubnet(site, router, subnet, told, findings);
    }
    ruleLayer2(site, findings);
}

interface Subnet {
    readonly prefix: Prefix;
    /** Not named in the config: the usual LAN around the router's address. */
    readonly assumed: boolean;
}

function subnetsOf(router: Router): Subnet[] {
    const named = router.connected.flatMap(({ range }) =>
        coverOf(range).map((prefix) => ({ prefix, assumed: false })),
    );
    const families = new Set(router.connected.map(({ range }) => range.family));
    const assumed = FAMILIES.flatMap((family) => {
        const address = router.addresses[family];
        if (!address || families.has(family) || router.config.multihop) return [];
        return [{ prefix: prefixAround(address, USUAL[family]), assumed: true }];
    });
    return [...named, ...assumed];
}

/** Two interfaces of one router in one subnet: no router takes that, so one of them is a mistake. */
function ruleOverlapping(site: Site, findings: Findings): void {
    for (const { name, connected } of site.routers) {
        for (const [index, one] of connected.entries()) {
            const other = connected.slice(0, index).find((it) => intersection(it.range, one.range));
            if (!other) continue;
            findings.error(
                one.path,
                `${other.text} and ${one.text} of router ${name} overlap: interfaces of one router have subnets of their own`,
            );
        }
    }
}

function ruleSubnet(
    site: Site,
    router: Router,
    { prefix, assumed }: Subnet,
    told: Set<string>,
    findings: Findings,
): void {
    const { family } = prefix;
    const subnet = formatPrefix(prefix);
    const where = `${assumed ? `the /${prefix.length}` : subnet} of router ${router.name}`;
    for (const advertisement of site.advertisements) {
        if (!advertisesTo(advertisement, router)) continue;
        const length = advertisement.lengths[family];
        for (const { path, range } of poolRanges(site, advertisement.config.pools)) {
            const shared = intersection(rangeOf(prefix), range);
            // Firewalls of a pair stand in the same subnets: one sentence for both is enough.
            const key = `${path} ${subnet} ${length > prefix.length}`;
            if (!shared || told.has(key)) continue;
            told.add(key);
            if (length > prefix.length) {
                findings.warn(
                    path,
                    `${formatRange(shared)} lies in ${where}: hosts of that subnet look for it by ARP, not by the route, and do not reach it`,
                );
            } else if (assumed) {
                findings.warn(
                    path,
                    `${formatRange(shared)}, announced as /${length}, lies in ${where}, whose own route would win; name the subnets in \`connected\` if that is not so`,
                );
            } else {
                findings.error(
                    path,
                    `${formatRange(shared)} lies in ${where}, whose own route wins over an announced /${length}: announce longer prefixes, or take another pool`,
                );
            }
        }
    }
}

function ruleLayer2(site: Site, findings: Findings): void {
    const subnets = site.routers.flatMap(({ connected }) => connected);
    if (subnets.length === 0) return;
    for (const [name, { pools }] of Object.entries(site.config.metallb.l2)) {
        for (const { path, range, text } of poolRanges(site, pools)) {
            const own = subnets.filter((one) => one.range.family === range.family);
            const inside = own.some((one) => within(one, range));
            if (own.length === 0 || inside) continue;
            findings.error(
                path,
                `${text}, announced by layer 2 (${name}), lies in none of ${listText([...new Set(own.map((one) => one.text))])}: only hosts of the nodes' own subnet ask for it`,
            );
        }
    }
}

const poolRanges = (site: Site, pools: readonly string[]): Placed[] =>
    [...new Set(pools)].flatMap((pool) => site.pools.get(pool) ?? []);

const within = ({ range }: Placed, inner: Placed["range"]): boolean =>
    range.first <= inner.first && inner.last <= range.last;
