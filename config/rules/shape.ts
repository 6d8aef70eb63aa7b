import type { Findings } from "../findings";
import type { Site } from "../site";

/** What the schema alone cannot say about the whole. */
export function ruleWhole(site: Site, findings: Findings): void {
    const { bgp } = site.config;
    if (!site.declared.hasBgp && !site.declared.hasL2) {
        findings.error(
            "stack config",
            "neither `metallb.l2` nor `bgp` is there: no address would be announced",
        );
    }
    if (bgp && Object.keys(bgp.advertise).length === 0 && !site.declared.unread) {
        findings.warn("bgp.advertise", "is empty: the sessions come up, but announce nothing");
    }
    const { namespace } = site.config.metallb;
    if (/^(kube-.*|default|flux-system)$/.test(namespace)) {
        findings.error(
            "metallb.namespace",
            `${namespace} belongs to the cluster or to Flux; leave it out for metallb-system, or name one that a destroy may delete`,
        );
    }
    if (site.declared.hasPools && site.declared.pools.size === 0) {
        findings.error("metallb.pools", "needs at least one pool");
    }
}
