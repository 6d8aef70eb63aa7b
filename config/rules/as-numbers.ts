import type { Findings } from "../findings";
import type { Site } from "../site";

const RESERVED = new Set([0, 23456, 65535, 4294967295]);

const between = (asn: number, low: number, high: number) => asn >= low && asn <= high;

const isDocumentation = (asn: number) => between(asn, 64496, 64511) || between(asn, 65536, 65551);

const isPrivate = (asn: number) =>
    between(asn, 64512, 65534) || between(asn, 4200000000, 4294967294);

/** AS numbers that cannot, or should not, stand on a session (RFC 5398, 6996, 7300, 7607). */
export function ruleAsNumbers(site: Site, findings: Findings): void {
    const { bgp } = site.config;
    if (!bgp) return;
    const seen = new Map<string, number>();
    for (const router of site.routers) {
        const own = router.config.clusterAsn !== undefined;
        seen.set(own ? `bgp.routers.${router.name}.clusterAsn` : "bgp.asn", router.clusterAsn);
        seen.set(`bgp.routers.${router.name}.asn`, router.asn);
    }
    for (const [path, asn] of seen) {
        if (RESERVED.has(asn)) {
            findings.error(path, `${asn} is reserved; use a private one, 64512-65534`);
        } else if (isDocumentation(asn)) {
            findings.warn(
                path,
                `${asn} is kept for documentation (RFC 5398); private ones are 64512-65534`,
            );
        } else if (!isPrivate(asn)) {
            findings.warn(path, `${asn} is a public AS number; use it only if it is yours`);
        }
    }
}
