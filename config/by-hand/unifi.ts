import type { ByHandPlan } from "../plan";
import { frrConfiguration } from "./frr";
import { packetFilter } from "./parts";

/**
 * A UniFi gateway: FRR's configuration as one file, which is uploaded in UniFi Network.
 *
 * help.ui.com, article 16271338193559 (UniFi Border Gateway Protocol): gateways from UniFi OS 4.1
 * on take a file of FRR, and have one only. Whether their FRR runs bfdd is not said there.
 */
export function unifiText(router: ByHandPlan): string {
    return [
        "! UniFi gateway: upload this as its BGP configuration (Settings > Routing > BGP, or Settings >",
        "! Policy Engine > Policy Table > Dynamic Routing). It takes the place of the file before it.",
        frrConfiguration(router),
        `! ${packetFilter(router)}`,
    ].join("\n");
}
