import type { ByHandPlan } from "../plan";
import { frrConfiguration } from "./frr";
import { packetFilter } from "./parts";

/**
 * A UniFi gateway: FRR's configuration as one file, which is uploaded in UniFi Network.
 *
 * The upload: help.ui.com, article 16271338193559. That it is one text of FRR's, and the only one of
 * a site: resource unifi_bgp of github.com/filipowm/terraform-provider-unifi. Neither says whether
 * bfdd runs there.
 */
export function unifiText(router: ByHandPlan): string {
    return [
        "! UniFi gateway: upload this as its BGP configuration (Settings > Routing > BGP, or Settings >",
        "! Policy Engine > Policy Table > Dynamic Routing). It takes the place of the file before it.",
        frrConfiguration(router),
        `! ${packetFilter(router)}`,
    ].join("\n");
}
