import type { Findings } from "../findings";
import type { Dialect } from "../schema";
import type { Router, Site } from "../site";

/** Dialects whose router listens on the usual port only, by the names that people know. */
const USUAL_PORT: Readonly<Partial<Record<Dialect, string>>> = {
    pfsense: "pfSense",
    opnsense: "OPNsense",
    vyos: "VyOS",
    unifi: "a UniFi gateway",
};

/** Most seconds in the field Hold Down Time (os-frr, models/OPNsense/Quagga/BGP.xml). */
const OPNSENSE_HOLD = 3000;

/** What the language of a router that is configured by hand has no words for. */
export function ruleByHand(site: Site, findings: Findings): void {
    for (const router of site.routers) {
        const { byHand, port } = router.config;
        if (byHand === undefined) continue;
        const path = `bgp.routers.${router.name}`;
        if (router.firewall !== undefined) {
            findings.error(
                `${path}.byHand`,
                `${byHand}: this router is configured over SSH (\`pfsense\`, \`sharesFirewall\`) and nothing is typed; leave one of them out`,
            );
            continue;
        }
        const product = USUAL_PORT[byHand];
        if (product !== undefined && port !== 179) {
            findings.error(`${path}.port`, `is ${port}, but ${product} listens on 179 only`);
        }
        if (byHand === "opnsense") ruleOpnsense(router, findings);
        if (byHand === "vyos" && site.owner.includes(".")) {
            findings.error(
                "cluster.name",
                `${site.owner} begins the names of prefix lists, and those of VyOS (router ${router.name}) have letters, digits, hyphens and underscores only`,
            );
        }
        if (byHand === "unifi" && router.bfd !== undefined) {
            findings.warn(
                `${path}.byHand`,
                "unifi: nothing is known of BFD on UniFi gateways; without it there, `bfd: false` for this router brings the sessions up",
            );
        }
    }
}

function ruleOpnsense({ name, config, timers }: Router, findings: Findings): void {
    if (timers === undefined || timers.hold <= OPNSENSE_HOLD) return;
    findings.error(
        config.timers ? `bgp.routers.${name}.timers.hold` : "bgp.timers.hold",
        `is ${timers.hold} s, and OPNsense (router ${name}) takes at most ${OPNSENSE_HOLD} s`,
    );
}
