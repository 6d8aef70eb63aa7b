import type { Findings } from "./findings";
import { ruleAsNumbers } from "./rules/as-numbers";
import type { Site } from "./site";

/** Every rule that looks at more than one value. */
export function checkSite(site: Site, findings: Findings): void {
    ruleAsNumbers(site, findings);
}
