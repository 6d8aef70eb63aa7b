import { inboundList } from "../derive/filters";
import { sharing } from "../derive/firewall";
import { familiesOf } from "../derive/metallb";
import { type Findings, listText } from "../findings";
import type { Site } from "../site";

/** Rules of one firewall's inbound filter that a person may still review and FRR still loads at once. */
const MOST_RULES = 10_000;

/** Ranges that are no whole prefixes make many rules of one pool, on every firewall that hears it. */
export function ruleFilters(site: Site, findings: Findings): void {
    const long = new Map<number, string[]>();
    for (const router of site.routers.filter(({ config }) => config.pfsense)) {
        const routers = sharing(site, router);
        const rules = [...new Set(routers.flatMap(familiesOf))]
            .map((family) => inboundList(site, routers, family).rules.length)
            .reduce((sum, count) => sum + count, 0);
        if (rules > MOST_RULES) long.set(rules, [...(long.get(rules) ?? []), router.name]);
    }
    for (const [rules, [first, ...others]] of long) {
        const also = others.length > 0 ? ` (also ${listText(others)})` : "";
        findings.warn(
            `bgp.routers.${first!}`,
            `its inbound filter has ${rules} rules${also}: more than ${MOST_RULES} are slow to write and to load; give the pools ranges that are whole prefixes (10.0.0.0/24 is one rule, 10.0.0.1-10.0.0.254 is 14), or name with \`peers\` who hears which pool`,
        );
    }
}
