import { isLarge, resolveCommunity } from "../communities";
import { FRR_BFD, profileOf } from "../bfd";
import { type Findings, listText } from "../findings";
import type { Router, Site } from "../site";

/** What the chosen BGP implementation refuses, or takes and ignores (MetalLB 0.16, webhooks). */
export function ruleBackends(site: Site, findings: Findings): void {
    const { backend } = site.config.metallb;
    if (site.config.bgp) {
        if (backend === "native") ruleNative(site, findings);
        if (backend === "frr-k8s") ruleFrrK8s(site, findings);
        else ruleOnlyFrrK8s(site, findings);
        ruleBfd(site, findings);
    }
    if (backend === "frr") {
        findings.warn("metallb.backend", "frr is deprecated and will be removed; use frr-k8s");
    }
}

const OTHER = "use backend frr-k8s";

function ruleNative(site: Site, findings: Findings): void {
    const { bgp } = site.config;
    const refuse = (path: string, what: string) =>
        findings.error(path, `the native backend has no ${what}; ${OTHER}, or leave it out`);
    if (bgp?.timers?.keepalive !== undefined) {
        refuse("bgp.timers.keepalive", "keepalive time of its own (it is a third of hold)");
    }
    if (bgp?.timers?.connect !== undefined) refuse("bgp.timers.connect", "connect time");
    for (const name of Object.keys(bgp?.bfdProfiles ?? {})) {
        refuse(`bgp.bfdProfiles.${name}`, "BFD");
    }
    for (const router of site.routers) ruleNativeRouter(router, refuse);
    for (const { name, config } of site.advertisements) {
        const values = config.communities.map((one) => resolveCommunity(one, bgp?.communities));
        const large = values.filter(isLarge);
        if (large.length > 0) {
            refuse(`bgp.advertise.${name}.communities`, `large communities (${listText(large)})`);
        }
        for (const pool of config.pools) {
            const six = site.pools.get(pool)?.find(({ range }) => range.family === "ipv6");
            if (six) refuse(six.path, `IPv6 over BGP (${six.text}, announced by ${name})`);
        }
    }
}

function ruleNativeRouter(
    { name, config, addresses }: Router,
    refuse: (path: string, what: string) => void,
): void {
    const path = `bgp.routers.${name}`;
    const refused: readonly [key: string, given: unknown, what: string][] = [
        ["address", addresses.ipv6, "IPv6 over BGP"],
        ["bfd", config.bfd || undefined, "BFD"],
        [
            "timers.keepalive",
            config.timers?.keepalive,
            "keepalive time of its own (a third of hold)",
        ],
        ["timers.connect", config.timers?.connect, "connect time"],
        ["vrf", config.vrf, "VRF"],
        ["gracefulRestart", config.gracefulRestart || undefined, "graceful restart"],
        ["dynamicAsn", config.dynamicAsn, "dynamic AS number"],
        ["localAsn", config.localAsn, "local AS number"],
    ];
    for (const [key, given, what] of refused) {
        if (given !== undefined) refuse(`${path}.${key}`, what);
    }
}

function ruleFrrK8s(site: Site, findings: Findings): void {
    for (const { name, config } of site.routers) {
        for (const [key, what, backends] of [
            ["sourceAddress", "source address", "native or frr"],
            ["localAsn", "local AS number", "frr"],
        ] as const) {
            if (config[key] === undefined) continue;
            findings.error(
                `bgp.routers.${name}.${key}`,
                `frr-k8s ignores a peer's ${what} without a word; use backend ${backends}, or leave it out`,
            );
        }
    }
}

/** New features of MetalLB are for this backend alone (release notes of 0.16.0). */
function ruleOnlyFrrK8s(site: Site, findings: Findings): void {
    for (const { name, config } of site.advertisements) {
        if (config.asPathPrepend === undefined) continue;
        findings.error(
            `bgp.advertise.${name}.asPathPrepend`,
            `the ${site.config.metallb.backend} backend has none, and MetalLB refuses the advertisement; ${OTHER}, or leave it out`,
        );
    }
}

function ruleBfd(site: Site, findings: Findings): void {
    const restarting = site.routers.filter(
        ({ bfd, firewall }) => bfd !== undefined && firewall !== undefined,
    );
    if (restarting.length > 0) {
        findings.warn(
            "bgp.bfd",
            `where BFD is off on ${listText(restarting.map(({ name }) => name))}, turning it on restarts FRR there: all its sessions drop once`,
        );
    }
    for (const router of restarting) ruleBfdTimes(site, router, findings);
    for (const { name, config } of site.advertisements) {
        const six = config.pools.find((pool) =>
            site.pools.get(pool)?.some(({ range }) => range.family === "ipv6"),
        );
        if (six === undefined) continue;
        for (const router of site.routers) {
            if (!(config.peers?.includes(router.name) ?? true) || router.bfd === undefined)
                continue;
            if (profileOf(site, router)?.echoMode) {
                findings.error(
                    `bgp.bfdProfiles.${router.bfd}.echoMode`,
                    `echo mode is not for IPv6, but ${name} announces pool ${six} to ${router.name} with it`,
                );
            }
        }
    }
}

/**
 * A loss is noticed after the other end's multiplier times the slower of its sending and the own
 * receiving (RFC 5880, 6.8.4): with FRR's own timers at one end that is never sooner.
 */
function ruleBfdTimes(site: Site, router: Router, findings: Findings): void {
    const { name, bfd, config } = router;
    const profile = profileOf(site, router);
    if (!profile) return;
    if (profile.echoMode) {
        findings.error(
            `bgp.bfdProfiles.${bfd}.echoMode`,
            `${name} is a pfSense, which neither answers echo packets nor lets them in; leave echo mode out`,
        );
    }
    if (!config.multihop) return;
    const { receiveInterval, transmitInterval, detectMultiplier } = { ...FRR_BFD, ...profile };
    const node = FRR_BFD.detectMultiplier * Math.max(receiveInterval, FRR_BFD.transmitInterval);
    const firewall = detectMultiplier * Math.max(transmitInterval, FRR_BFD.receiveInterval);
    const promised = detectMultiplier * Math.max(receiveInterval, transmitInterval);
    if (node === promised && firewall === promised) return;
    findings.warn(
        `bgp.bfdProfiles.${bfd}`,
        `${name} keeps the firewall's own timers for multihop sessions (${FRR_BFD.receiveInterval} ms × ${FRR_BFD.detectMultiplier}): a loss is noticed after ${node} ms by the nodes and ${firewall} ms by the firewall, not after ${promised} ms`,
    );
}
