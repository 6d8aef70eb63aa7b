import { resolveCommunity } from "../communities";
import { advertisesTo } from "../derive/filters";
import { type Findings, listText } from "../findings";
import { type Advertisement, type Site, UNKNOWN_ASN } from "../site";

const RESERVED = new Set([0, 23456, 65535, 4294967295]);
const NO_ADVERTISE = "65535:65282";

const between = (asn: number, low: number, high: number) => asn >= low && asn <= high;

const isDocumentation = (asn: number) => between(asn, 64496, 64511) || between(asn, 65536, 65551);

const isPrivate = (asn: number) =>
    between(asn, 64512, 65534) || between(asn, 4200000000, 4294967294);

/** AS numbers that cannot, or should not, stand on a session (RFC 5398, 6996, 7300, 7607). */
export function ruleAsNumbers(site: Site, findings: Findings): void {
    for (const [asn, paths] of asNumbersOf(site)) {
        const [path, ...others] = paths as [string, ...string[]];
        const also = others.length > 0 ? ` (also ${listText(others)})` : "";
        if (RESERVED.has(asn)) {
            findings.error(path, `AS ${asn} is reserved${also}; private ones are 64512-65534`);
        } else if (isDocumentation(asn)) {
            findings.warn(
                path,
                `AS ${asn} is kept for documentation, RFC 5398${also}; private ones are 64512-65534`,
            );
        } else if (!isPrivate(asn)) {
            findings.warn(path, `AS ${asn} is a public number${also}; use it only if it is yours`);
        }
    }
    for (const router of site.routers) {
        if (router.asn === UNKNOWN_ASN || router.asn !== router.clusterAsn) continue;
        if (router.localAsn !== undefined) {
            findings.error(
                `bgp.routers.${router.name}.localAsn`,
                `both ends are in AS ${router.asn}: a local AS number is for sessions with another AS`,
            );
        }
        if (router.config.multihop) {
            findings.error(
                `bgp.routers.${router.name}.multihop`,
                `both ends are in AS ${router.asn}: iBGP needs no multihop and MetalLB refuses it; leave it out`,
            );
        }
    }
    for (const advertisement of site.advertisements) ruleAdvertised(site, advertisement, findings);
}

function asNumbersOf(site: Site): Map<number, string[]> {
    const found = new Map<number, Set<string>>();
    const add = (asn: number, path: string) => {
        if (asn !== UNKNOWN_ASN) found.set(asn, (found.get(asn) ?? new Set()).add(path));
    };
    for (const { name, config, asn, clusterAsn, localAsn } of site.routers) {
        const path = `bgp.routers.${name}`;
        add(clusterAsn, config.clusterAsn === undefined ? "bgp.asn" : `${path}.clusterAsn`);
        add(asn, `${path}.asn`);
        if (localAsn !== undefined) add(localAsn, `${path}.localAsn`);
    }
    return new Map([...found].map(([asn, paths]) => [asn, [...paths]]));
}

function ruleAdvertised(site: Site, advertisement: Advertisement, findings: Findings): void {
    const { name, config } = advertisement;
    const routers = site.routers.filter((router) => advertisesTo(advertisement, router));
    const external = routers.filter(({ asn, clusterAsn }) => asn !== clusterAsn);
    if (config.localPref !== undefined && external.length > 0) {
        findings.warn(
            `bgp.advertise.${name}.localPref`,
            `${config.localPref} has no effect towards ${listText(external.map((one) => one.name))}: a local preference is not sent to another AS`,
        );
    }
    const values = config.communities.map((community) =>
        resolveCommunity(community, site.config.bgp?.communities),
    );
    if (values.includes(NO_ADVERTISE) && routers.length > 1) {
        findings.warn(
            `bgp.advertise.${name}.communities`,
            `with no-advertise (${NO_ADVERTISE}) ${listText(routers.map((one) => one.name))} do not tell each other, or any other router, these routes`,
        );
    }
}
