import { isLarge, resolveCommunity } from "../communities";
import { didYouMean, type Findings, listText } from "../findings";
import type { JsonValue } from "../plan";
import type { Router, Site } from "../site";

/** What the chosen BGP implementation refuses, or takes and ignores (MetalLB 0.16, webhooks). */
export function ruleBackends(site: Site, findings: Findings): void {
    const { backend } = site.config.metallb;
    if (site.config.bgp) {
        if (backend === "native") ruleNative(site, findings);
        if (backend === "frr-k8s") ruleFrrK8s(site, findings);
        ruleBfd(site, findings);
    }
    if (backend === "frr") {
        findings.warn("metallb.backend", "frr is deprecated and will be removed; use frr-k8s");
    }
    ruleValues(site, findings);
}

/** Groups of the chart's values, 0.16; the chart's own schema lets any other name pass. */
const CHART_KEYS = new Set([
    "imagePullSecrets",
    "nameOverride",
    "fullnameOverride",
    "loadBalancerClass",
    "rbac",
    "prometheus",
    "controller",
    "speaker",
    "crds",
    "frrk8s",
    "frr-k8s",
    "tls",
    "networkpolicies",
    "global",
]);

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

function ruleBfd(site: Site, findings: Findings): void {
    const profiles = site.config.bgp?.bfdProfiles ?? {};
    const restarting = site.routers.filter(
        ({ bfd, config }) => bfd !== undefined && config.pfsense,
    );
    if (restarting.length > 0) {
        findings.warn(
            "bgp.bfd",
            `where BFD is off on ${listText(restarting.map(({ name }) => name))}, turning it on restarts FRR there: all its sessions drop once`,
        );
    }
    for (const { name, config } of site.advertisements) {
        const six = config.pools.find((pool) =>
            site.pools.get(pool)?.some(({ range }) => range.family === "ipv6"),
        );
        if (six === undefined) continue;
        for (const router of site.routers) {
            if (!(config.peers?.includes(router.name) ?? true) || router.bfd === undefined)
                continue;
            if (Object.hasOwn(profiles, router.bfd) && profiles[router.bfd]?.echoMode) {
                findings.error(
                    `bgp.bfdProfiles.${router.bfd}.echoMode`,
                    `echo mode is not for IPv6, but ${name} announces pool ${six} to ${router.name} with it`,
                );
            }
        }
    }
}

/** The switches of the chart follow from `backend`; values may not say otherwise. */
function ruleValues(site: Site, findings: Findings): void {
    const { backend, values } = site.config.metallb;
    const switches: readonly [path: string[], wanted: boolean][] = [
        [["frrk8s", "enabled"], backend === "frr-k8s"],
        [["speaker", "frr", "enabled"], backend === "frr"],
    ];
    for (const [path, wanted] of switches) {
        const given = valueAt(values, path);
        if (given === undefined || given === wanted) continue;
        findings.error(
            `metallb.values.${path.join(".")}`,
            `is ${JSON.stringify(given)}, but backend ${backend} makes it ${wanted}; leave it out`,
        );
    }
    for (const key of Object.keys(values).filter((name) => !CHART_KEYS.has(name))) {
        findings.warn(
            `metallb.values.${key}`,
            `the chart has no value of this name and would ignore it${didYouMean(key, CHART_KEYS)}`,
        );
    }
    if (valueAt(values, ["frr-k8s", "enabled"]) !== undefined) {
        findings.error(
            "metallb.values.frr-k8s.enabled",
            "the chart has no such switch and ignores it; choose with `metallb.backend`",
        );
    }
}

function valueAt(values: JsonValue, path: readonly string[]): JsonValue | undefined {
    return path.reduce<JsonValue | undefined>(
        (value, key) =>
            typeof value === "object" &&
            value !== null &&
            !Array.isArray(value) &&
            Object.hasOwn(value, key)
                ? (value as { readonly [key: string]: JsonValue })[key]
                : undefined,
        values,
    );
}
