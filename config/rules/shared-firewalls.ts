import { formatAddress } from "../addresses";
import { sharing } from "../derive/firewall";
import { familiesOf, nodeAddress, nodesIn } from "../derive/metallb";
import { type Findings, knownNames, listText } from "../findings";
import { type Router, type Site, UNKNOWN_ASN } from "../site";
import { carpAddresses, ruleCarpAddress, ruleInterfaces } from "./pfsense";

/** Several addresses of one firewall: what a firewall has once is said once. */
export function ruleSharedFirewalls(site: Site, findings: Findings): void {
    for (const router of site.routers) {
        const { sharesFirewall, pfsense, routerId } = router.config;
        if (!sharesFirewall) continue;
        const at = `bgp.routers.${router.name}`;
        const path = `${at}.sharesFirewall`;
        if (pfsense) {
            findings.error(path, "stands beside pfsense, but a firewall is said once; drop one");
            continue;
        }
        ruleInterfaces(path, router, findings);
        if (routerId !== undefined) {
            findings.error(`${at}.routerId`, "belongs to the firewall; leave it out here");
        }
        const owner = site.routers.find(({ name }) => name === sharesFirewall.with);
        if (owner?.config.pfsense) ruleOneFirewall(site, at, router, owner, findings);
        else ruleWith(site, `${path}.with`, sharesFirewall.with, findings);
    }
}

function ruleWith(site: Site, path: string, name: string, findings: Findings): void {
    const { routers } = site.declared;
    if (!routers.has(name)) {
        findings.error(path, `no router ${name}${knownNames(name, routers)}`);
    } else if (site.routers.some((router) => router.name === name)) {
        findings.error(
            path,
            `${name} has no pfsense; name the router whose pfsense says how the firewall is reached`,
        );
    }
}

function ruleOneFirewall(
    site: Site,
    at: string,
    router: Router,
    owner: Router,
    findings: Findings,
): void {
    if (router.asn !== owner.asn && ![router.asn, owner.asn].includes(UNKNOWN_ASN)) {
        findings.error(
            `${at}.asn`,
            `is ${router.asn}, and ${owner.name}, the same firewall, is in AS ${owner.asn}; a firewall has one AS number`,
        );
    }
    if (!owner.config.pfsense!.allowCarp) {
        const { updateSource } = router.config.sharesFirewall!;
        ruleCarpAddress(router, carpAddresses(site, updateSource), findings);
    }
    const all = sharing(site, owner);
    const others = all.slice(0, all.indexOf(router));
    const taken = new Set(others.flatMap(neighboursOf));
    const twice = [...new Set(neighboursOf(router))].filter((address) => taken.has(address));
    if (twice.length > 0) {
        findings.error(
            `${at}.nodes`,
            `${listText(twice)} ${twice.length > 1 ? "peer" : "peers"} with ${listText(others.map(({ name }) => name))} already, and a firewall has one neighbour of an address; give each of its addresses nodes of its own`,
        );
    }
}

const neighboursOf = (router: Router): string[] =>
    familiesOf(router).flatMap((family) =>
        nodesIn(router, family).map((node) => formatAddress(nodeAddress(router, node, family))),
    );
