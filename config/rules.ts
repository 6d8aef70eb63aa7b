import type { Findings } from "./findings";
import { ruleAsNumbers } from "./rules/as-numbers";
import { ruleBackends } from "./rules/backends";
import { ruleByHand } from "./rules/by-hand";
import { ruleChart } from "./rules/chart";
import { ruleConnected } from "./rules/connected";
import { ruleFilters } from "./rules/filters";
import { ruleMaintenance } from "./rules/maintenance";
import { ruleOverlaps } from "./rules/overlaps";
import { rulePfsense } from "./rules/pfsense";
import { rulePools } from "./rules/pools";
import { ruleReferences } from "./rules/references";
import { ruleSelectors } from "./rules/selectors";
import { ruleSessions } from "./rules/sessions";
import { ruleWhole } from "./rules/shape";
import { ruleSharedFirewalls } from "./rules/shared-firewalls";
import { ruleSpecialAddresses } from "./rules/special-addresses";
import { ruleSubnets } from "./rules/subnets";
import { ruleValues } from "./rules/values";
import { ruleVersions } from "./rules/versions";
import type { Site } from "./site";

const RULES = [
    ruleWhole,
    ruleReferences,
    rulePools,
    ruleFilters,
    ruleSelectors,
    ruleSpecialAddresses,
    ruleOverlaps,
    ruleConnected,
    ruleSubnets,
    ruleAsNumbers,
    ruleSessions,
    ruleMaintenance,
    ruleBackends,
    ruleValues,
    ruleVersions,
    ruleChart,
    rulePfsense,
    ruleSharedFirewalls,
    ruleByHand,
];

/** Every rule that looks at more than the form of one value. */
export function checkSite(site: Site, findings: Findings): void {
    for (const rule of RULES) rule(site, findings);
}
