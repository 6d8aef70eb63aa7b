import { isDeepStrictEqual } from "node:util";
import type { Family } from "../addresses";
import { advertisesTo } from "../derive/filters";
import { familiesOf, nodesIn } from "../derive/metallb";
import { type Findings, listText, pathText } from "../findings";
import type { Advertisement, Router, Site } from "../site";

/** Who is drained, and that every address is still announced by somebody. */
export function ruleMaintenance(site: Site, findings: Findings): void {
    const nodes = site.nodes.filter(isAway);
    const routers = site.routers.filter(isAway);
    if (nodes.length + routers.length === 0) return;
    for (const { name, maintenance } of nodes) {
        findings.warn(
            pathText(["bgp", "nodes", name]),
            `in maintenance: it announces nothing, and its sessions ${fate(maintenance)}`,
        );
    }
    for (const { name, maintenance, firewall } of routers) {
        findings.warn(
            pathText(["bgp", "routers", name]),
            `in maintenance: nothing is announced to it, and its sessions ${fate(maintenance)}`,
        );
        if (maintenance !== "shut" || firewall !== undefined) continue;
        findings.error(
            pathText(["bgp", "routers", name, "maintenance"]),
            "shut is for a firewall that is configured here, and this router is one by hand; write true, and shut its sessions there",
        );
    }
    const allNodes = nodes.length === site.declared.nodes.size && !site.unknownNodes;
    const allRouters = routers.length === site.declared.routers.size;
    if (allNodes) findings.error("bgp.nodes", "all are in maintenance; leave out at least one");
    if (allRouters) findings.error("bgp.routers", "all are in maintenance; leave out at least one");
    // Every pool would say the same.
    if (allNodes || allRouters) return;
    const names = listText([...nodes, ...routers].map(({ name }) => name));
    for (const router of site.routers.filter((one) => !isAway(one) && one.nodes.length > 0)) {
        if (!router.nodes.every(isAway)) continue;
        findings.warn(
            `bgp.routers.${router.name}`,
            `learns nothing: in maintenance are all nodes that peer with it, ${listText(router.nodes.map(({ name }) => name))}`,
        );
    }
    for (const [pool, ranges] of site.pools) {
        const families = [...new Set(ranges.map(({ range }) => range.family))];
        const lost = families.filter((family) => isLost(site, pool, family));
        if (lost.length === 0) continue;
        findings.error(
            `metallb.pools.${pool}`,
            `nobody announces its ${listText(lost.map(words))} addresses while ${names} ${nodes.length + routers.length === 1 ? "is" : "are"} in maintenance; leave in who announces it`,
        );
    }
}

const isAway = ({ maintenance }: Pick<Router, "maintenance">): boolean => maintenance !== undefined;
const fate = (maintenance: Router["maintenance"]) => (maintenance === "shut" ? "are shut" : "stay");
const words = (family: Family): string => (family === "ipv4" ? "IPv4" : "IPv6");

/** One way of announcing a pool's addresses of one family. */
interface Way {
    /** Services that it is for; absent: all. */
    readonly services?: unknown;
    readonly before: boolean;
    readonly now: boolean;
}

/** A way is lost without another that stays for the same services. */
function isLost(site: Site, pool: string, family: Family): boolean {
    const ways = [
        ...site.advertisements
            .filter(({ config }) => config.pools.includes(pool))
            .map((advertisement) => byBgp(site, advertisement, family)),
        ...Object.values(site.config.metallb.l2)
            .filter(({ pools }) => pools.includes(pool))
            .map(({ nodes, nodeSelectors, serviceSelectors }): Way => {
                const away = site.nodes.filter(isAway).map(({ name }) => name);
                const left = !nodes || nodeSelectors || !nodes.every((one) => away.includes(one));
                return { services: serviceSelectors, before: true, now: Boolean(left) };
            }),
    ];
    const stays = ways.filter(({ now }) => now);
    return ways.some(
        ({ before, now, services }) =>
            before &&
            !now &&
            !stays.some(
                (other) =>
                    other.services === undefined || isDeepStrictEqual(other.services, services),
            ),
    );
}

function byBgp(site: Site, advertisement: Advertisement, family: Family): Way {
    const { nodes, nodeSelectors, serviceSelectors } = advertisement.config;
    // Which nodes have a label only the cluster knows.
    const announces = (name: string) => !nodes || nodeSelectors || nodes.includes(name);
    const reaches = (routers: readonly Router[], all: boolean) =>
        routers.some(
            (router) =>
                familiesOf(router).includes(family) &&
                nodesIn(router, family).some(
                    (node) => announces(node.name) && (all || !isAway(node)),
                ),
        );
    const heard = site.routers.filter((router) => advertisesTo(advertisement, router));
    return {
        services: serviceSelectors,
        before: reaches(heard, true),
        now: reaches(
            heard.filter((router) => !isAway(router)),
            false,
        ),
    };
}
