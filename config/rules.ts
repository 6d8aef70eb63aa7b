import type { Findings } from "./findings";
import { ruleAsNumbers } from "./rules/as-numbers";
import { ruleBackends } from "./rules/backends";
import { ruleOverlaps } from "./rules/overlaps";
import { rulePfsense } from "./rules/pfsense";
import { rulePools } from "./rules/pools";
import { ruleReferences } from "./rules/references";
import { ruleSessions } from "./rules/sessions";
import { ruleWhole } from "./rules/shape";
import { ruleSubnets } from "./rules/subnets";
import type { Site } from "./site";

const RULES = [
    ruleWhole,
    ruleReferences,
    rulePools,
    ruleOverlaps,
    ruleSubnets,
    ruleAsNumbers,
    ruleSessions,
    ruleBackends,
    rulePfsense,
];

/** Every rule that looks at more than the form of one value. */
export function checkSite(site: Site, findings: Findings): void {
    for (const rule of RULES) rule(site, findings);
}
