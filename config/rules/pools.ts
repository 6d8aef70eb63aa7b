import { coverOf, type Family, formatRange, sizeOf, widen } from "../addresses";
import { announcedTo, advertisesTo, countPrefixes } from "../derive/filters";
import { familiesOf } from "../derive/metallb";
import { type Findings, listText } from "../findings";
import { type Advertisement, FAMILIES, type Placed, type Router, type Site } from "../site";

/** What is announced, in which pieces, and whether anybody hears it. */
export function rulePools(site: Site, findings: Findings): void {
    ruleAnnounced(site, findings);
    for (const advertisement of site.advertisements) {
        ruleAggregation(site, advertisement, findings);
        ruleServiceSelectors(advertisement, findings);
        ruleHeard(site, advertisement, findings);
    }
    rulePathAttributes(site, findings);
    for (const router of site.routers) ruleLimit(site, router, findings);
}

function ruleAnnounced(site: Site, findings: Findings): void {
    const layer2 = new Map<string, string>();
    for (const [name, { pools }] of Object.entries(site.config.metallb.l2)) {
        for (const pool of pools) layer2.set(pool, `metallb.l2.${name}`);
    }
    const bgp = new Map<string, string>();
    for (const { name, config } of site.advertisements) {
        for (const pool of config.pools) bgp.set(pool, `bgp.advertise.${name}`);
    }
    for (const [name, { announced }] of Object.entries(site.config.metallb.pools)) {
        const path = `metallb.pools.${name}`;
        const ways = [layer2.get(name), bgp.get(name)].filter((way) => way !== undefined);
        if (ways.length === 0 && announced && !site.declared.unread) {
            findings.error(
                path,
                "nothing announces it: services would get addresses that nobody can reach; name it in an announcement, or set `announced: false`",
            );
        } else if (ways.length > 0 && !announced) {
            findings.error(path, `has \`announced: false\`, but ${listText(ways)} announces it`);
        } else if (ways.length === 2) {
            findings.warn(path, `announced both ways, by ${listText(ways)}`);
        }
    }
}

function ruleAggregation(site: Site, { name, config, lengths }: Advertisement, findings: Findings) {
    for (const placed of config.pools.flatMap((pool) => site.pools.get(pool) ?? [])) {
        const { family } = placed.range;
        const length = lengths[family];
        const path = `bgp.advertise.${name}.${family === "ipv4" ? "aggregationLength" : "aggregationLengthV6"}`;
        const shortest = Math.min(...coverOf(placed.range).map((prefix) => prefix.length));
        if (length < shortest) {
            findings.error(
                path,
                `/${length} is wider than ${placed.text} of ${placed.path}, which holds no more than a /${shortest}; use ${shortest} or more`,
            );
        } else {
            warnBeyond(path, length, placed, findings);
        }
    }
}

function warnBeyond(path: string, length: number, { range, text }: Placed, findings: Findings) {
    const wide = widen(range, length);
    const beyond = [
        { family: range.family, first: wide.first, last: range.first - 1n },
        { family: range.family, first: range.last + 1n, last: wide.last },
    ].filter((rest) => sizeOf(rest) > 0n);
    if (beyond.length === 0) return;
    findings.warn(
        path,
        `${text} is no whole number of /${length}: ${listText(beyond.map(formatRange))} would be announced with it`,
    );
}

function ruleServiceSelectors({ name, config, lengths }: Advertisement, findings: Findings): void {
    if (!config.serviceSelectors) return;
    const full = { ipv4: 32, ipv6: 128 } as const;
    for (const family of FAMILIES.filter((one) => lengths[one] !== full[one])) {
        findings.error(
            `bgp.advertise.${name}.serviceSelectors`,
            `needs every address announced alone: ${family === "ipv4" ? "aggregationLength" : "aggregationLengthV6"} is ${lengths[family]}, must be ${full[family]}`,
        );
    }
}

/** An address is announced on sessions of its own family only. */
function ruleHeard(site: Site, advertisement: Advertisement, findings: Findings): void {
    const routers = site.routers.filter((router) => advertisesTo(advertisement, router));
    if (routers.length === 0 || site.nodes.length === 0) return;
    ruleAnnouncers(site, advertisement, routers, findings);
    const families = new Set(routers.flatMap(familiesOf));
    for (const pool of new Set(advertisement.config.pools)) {
        const deaf = new Set(
            (site.pools.get(pool) ?? [])
                .map(({ range }) => range.family)
                .filter((family) => !families.has(family)),
        );
        for (const family of deaf) {
            findings.warn(
                `bgp.advertise.${advertisement.name}`,
                `the ${label(family)} addresses of pool ${pool} reach nobody: none of ${listText(routers.map(({ name }) => name))} has an ${label(family)} session`,
            );
        }
    }
}

/** Nodes that announce to a router which they do not peer with announce to nobody. */
function ruleAnnouncers(
    site: Site,
    { name, config }: Advertisement,
    routers: readonly Router[],
    findings: Findings,
): void {
    // Which nodes have a label only the cluster knows.
    if (config.nodeSelectors) return;
    // A node that is not there has been reported.
    const nodes = config.nodes?.filter((node) => site.declared.nodes.has(node));
    if (!nodes || nodes.length === 0) return;
    const deaf = routers.filter(
        (router) => !router.nodes.some((node) => nodes.includes(node.name)),
    );
    if (deaf.length === 0) return;
    const names = listText(deaf.map((router) => router.name));
    const reason = `${listText(nodes)} announce${nodes.length === 1 ? "s" : ""} it, but no session of ${nodes.length === 1 ? "that node" : "these nodes"} leads to ${names}`;
    if (deaf.length === routers.length) {
        findings.error(`bgp.advertise.${name}`, `reaches nobody: ${reason}`);
    } else {
        findings.warn(`bgp.advertise.${name}`, reason);
    }
}

const label = (family: Family): string => (family === "ipv4" ? "IPv4" : "IPv6");

const ATTRIBUTES = [
    ["localPref", "local preference"],
    ["asPathPrepend", "AS path prepending"],
] as const;

/** MetalLB's webhook refuses one pool with two of these values where peers and nodes meet. */
function rulePathAttributes(site: Site, findings: Findings): void {
    const byPool = new Map<string, Advertisement[]>();
    for (const advertisement of site.advertisements) {
        if (advertisement.config.serviceSelectors) continue;
        for (const pool of new Set(advertisement.config.pools)) {
            const before = byPool.get(pool) ?? [];
            const families = new Set(site.pools.get(pool)?.map(({ range }) => range.family));
            for (const other of before) {
                compareAttributes(pool, [...families], other, advertisement, findings);
            }
            byPool.set(pool, [...before, advertisement]);
        }
    }
}

function compareAttributes(
    pool: string,
    families: readonly Family[],
    a: Advertisement,
    b: Advertisement,
    findings: Findings,
) {
    if (!families.some((family) => a.lengths[family] === b.lengths[family])) return;
    if (!meet(a.config.peers, b.config.peers)) return;
    const byLabel = a.config.nodeSelectors ?? b.config.nodeSelectors;
    if (!byLabel && !meet(a.config.nodes, b.config.nodes)) return;
    for (const [key, words] of ATTRIBUTES) {
        const [one, two] = [a.config[key] ?? 0, b.config[key] ?? 0];
        if (one === two) continue;
        const path = `bgp.advertise.${b.name}.${key}`;
        const reason = `gives pool ${pool} the ${words} ${two}, but ${a.name} gives it ${one} towards the same peers`;
        if (byLabel) findings.warn(path, `${reason}; MetalLB refuses that where a node has both`);
        else findings.error(path, reason);
    }
}

function meet(a: readonly string[] | undefined, b: readonly string[] | undefined): boolean {
    return !a || !b || a.some((name) => b.includes(name));
}

function ruleLimit(site: Site, router: Router, findings: Findings): void {
    const limit = router.config.maximumPrefix;
    if (limit === undefined) return;
    for (const family of familiesOf(router)) {
        const count = countPrefixes(announcedTo(site, [router], family), family);
        if (count <= BigInt(limit)) continue;
        findings.warn(
            `bgp.routers.${router.name}.maximumPrefix`,
            `is ${limit}, but the pools can produce ${count} ${label(family)} prefixes: the firewall drops the session beyond the limit`,
        );
    }
}
