import { type Address, formatAddress, parseAddress } from "../addresses";
import { announcedTo, countPrefixes } from "../derive/filters";
import { routerId } from "../derive/firewall";
import { familiesOf } from "../derive/metallb";
import { type Findings, knownNames, listText } from "../findings";
import { UNREADABLE } from "../shape";
import { FAMILIES, type Router, type Site, UNKNOWN_ASN } from "../site";

/** What both ends of a session must agree on, and what one router or node must have alone. */
export function ruleSessions(site: Site, findings: Findings): void {
    const { bgp } = site.config;
    if (!bgp) return;
    if (site.declared.hasNodes && site.declared.nodes.size === 0 && !site.unknownNodes) {
        findings.error("bgp.nodes", "needs at least one node");
    }
    if (site.declared.hasRouters && site.declared.routers.size === 0) {
        findings.error("bgp.routers", "needs at least one router");
    }
    ruleTimers("bgp.timers", bgp.timers, findings);
    for (const router of site.routers) {
        ruleTimers(`bgp.routers.${router.name}.timers`, router.config.timers, findings);
        ruleNodes(site, router, findings);
        ruleRouterId(site, router, findings);
        ruleDynamic(router, findings);
        ruleSource(router, findings);
        ruleVrf(router, findings);
    }
    ruleUniqueIds(site, findings);
    ruleSharedNodes(site, findings);
    ruleNodeIds(site, findings);
    ruleProof(site, findings);
}

/** Name of a network device of Linux, which a VRF is (dev_valid_name). */
function ruleVrf({ name, config }: Router, findings: Findings): void {
    if (config.vrf === undefined || /^(?!\.{1,2}$)[^\s/:]{1,15}$/.test(config.vrf)) return;
    findings.error(
        `bgp.routers.${name}.vrf`,
        `${JSON.stringify(config.vrf)} is no VRF's name: 1-15 characters without white space, slashes and colons`,
    );
}

/** An up waits for so many prefixes on every session, and fails where there cannot be as many. */
function ruleProof(site: Site, findings: Findings): void {
    const wanted = site.config.bgp!.check.prefixes;
    if (wanted === 0) return;
    const asked = site.routers.filter(({ firewall }) => firewall !== undefined);
    for (const family of FAMILIES) {
        const router = asked
            .filter((one) => familiesOf(one).includes(family))
            .find(
                (one) => countPrefixes(announcedTo(site, [one], family), family) < BigInt(wanted),
            );
        if (!router) continue;
        const count = countPrefixes(announcedTo(site, [router], family), family);
        findings.error(
            "bgp.check.prefixes",
            `is ${wanted}, but the pools can produce ${count} ${family === "ipv4" ? "IPv4" : "IPv6"} prefixes towards ${router.name}: every up would wait in vain`,
        );
    }
}

/** frr-k8s before 0.0.26 leaves a node without IPv4 the router ID 0.0.0.0, which no router takes. */
function ruleNodeIds(site: Site, findings: Findings): void {
    const { backend, version } = site.config.metallb;
    if (backend !== "frr-k8s" || !/^0\.(\d|1[0-5])\.|^0\.16\.[01]$/.test(version)) return;
    const without = site.nodes.filter(
        ({ name, addresses, broken }) =>
            !broken &&
            !addresses.ipv4 &&
            site.routers.some(
                (router) =>
                    router.config.clusterRouterId === undefined &&
                    router.nodes.some((node) => node.name === name),
            ),
    );
    if (without.length === 0) return;
    findings.error(
        "bgp.nodes",
        `${listText(without.map(({ name }) => name))}: without an IPv4 address a node has no router ID with frr-k8s of chart ${version} ("Bad BGP Identifier"); use metallb.version 0.16.2, or give IPv4 addresses too`,
    );
}

function ruleTimers(
    path: string,
    timers: { hold: number; keepalive?: number } | undefined,
    findings: Findings,
): void {
    if (!timers) return;
    const { hold, keepalive } = timers;
    if (hold === 1 || hold === 2) {
        findings.error(`${path}.hold`, `is ${hold} s; a hold time is 0 or at least 3 s (RFC 4271)`);
    } else if (hold === 0 && (keepalive ?? 0) > 0) {
        findings.error(
            `${path}.keepalive`,
            `is ${keepalive!} s; without a hold time none are sent`,
        );
    } else if (hold > 0 && keepalive !== undefined && (keepalive < 1 || keepalive * 3 > hold)) {
        findings.error(
            `${path}.keepalive`,
            `is ${keepalive} s; must be 1-${Math.floor(hold / 3)} s, at most a third of the hold time of ${hold} s`,
        );
    }
    if (hold === 0) {
        findings.warn(`${path}.hold`, "is 0: a router or node that dies is never noticed by BGP");
    }
}

function ruleNodes(site: Site, router: Router, findings: Findings): void {
    if (site.unknownNodes) return;
    const path = `bgp.routers.${router.name}`;
    const known = site.declared.nodes;
    for (const [index, node] of (router.config.nodes ?? []).entries()) {
        if (known.has(node) || node === UNREADABLE) continue;
        findings.error(`${path}.nodes[${index}]`, `no node ${node}${knownNames(node, known)}`);
    }
    const families = FAMILIES.filter((family) => router.addresses[family]);
    if (families.length === 0 || router.nodes.length === 0) return;
    for (const family of families.filter((one) => !familiesOf(router).includes(one))) {
        findings.error(
            `${path}.address`,
            `${formatAddress(router.addresses[family]!)}: no node has an ${family === "ipv4" ? "IPv4" : "IPv6"} address to peer with it`,
        );
    }
    for (const family of familiesOf(router)) {
        const without = router.nodes.filter((node) => !node.addresses[family] && !node.broken);
        if (without.length === 0) continue;
        findings.warn(
            path,
            `no ${family === "ipv4" ? "IPv4" : "IPv6"} session with ${listText(without.map(({ name }) => name))}: no address of that family`,
        );
    }
}

function ruleRouterId(site: Site, router: Router, findings: Findings): void {
    const path = `bgp.routers.${router.name}`;
    const { routerId: given, clusterRouterId } = router.config;
    checkId(`${path}.routerId`, given, findings);
    checkId(`${path}.clusterRouterId`, clusterRouterId, findings);
    if (given === undefined && !router.addresses.ipv4 && router.addresses.ipv6) {
        findings.error(path, "has no IPv4 address to take its router ID from; give `routerId`");
    }
    if (clusterRouterId !== undefined && router.nodes.length > 1) {
        findings.error(
            `${path}.clusterRouterId`,
            `${clusterRouterId} would be the router ID of ${router.nodes.length} nodes; leave it out, each node takes its own address`,
        );
    }
}

function checkId(path: string, id: string | undefined, findings: Findings): void {
    if (id === undefined) return;
    const address = readAddress(id);
    if (address?.family !== "ipv4" || address.value === 0n) {
        findings.error(path, `${id} is no router ID; write it like an IPv4 address`);
    }
}

function ruleUniqueIds(site: Site, findings: Findings): void {
    const owners = new Map<string, string>();
    for (const { name, addresses } of site.nodes) {
        if (addresses.ipv4) owners.set(formatAddress(addresses.ipv4), `node ${name}`);
    }
    for (const router of site.routers) {
        const id = routerId(router);
        const owner = owners.get(id);
        const given = router.config.routerId !== undefined;
        // Equal addresses are reported as such; here only IDs that were written down.
        const other = owner?.startsWith("node ") && !given ? undefined : owner;
        if (id !== "" && other !== undefined && !sameAddress(site, router, other)) {
            findings.error(
                `bgp.routers.${router.name}.routerId`,
                `router ${router.name} and ${other} both have the router ID ${id}`,
            );
        }
        owners.set(id, `router ${router.name}`);
    }
}

function sameAddress(site: Site, router: Router, owner: string): boolean {
    const other = site.routers.find(({ name }) => `router ${name}` === owner);
    return other !== undefined && FAMILIES.some((family) => equal(router, other, family));
}

function equal(a: Router, b: Router, family: "ipv4" | "ipv6"): boolean {
    const value = a.addresses[family]?.value;
    return value !== undefined && value === b.addresses[family]?.value;
}

/** The speaker of MetalLB has one BGP instance a VRF: its webhook refuses what differs in it. */
function ruleSharedNodes(site: Site, findings: Findings): void {
    const native = site.config.metallb.backend === "native";
    for (const [index, router] of site.routers.entries()) {
        for (const other of site.routers.slice(0, index)) {
            const path = `bgp.routers.${router.name}`;
            const sameVrf = router.config.vrf === other.config.vrf;
            const family = FAMILIES.find((one) => equal(router, other, one));
            if (family && sameVrf) {
                findings.error(
                    `${path}.address`,
                    `router ${other.name} and router ${router.name} both have ${formatAddress(router.addresses[family]!)}`,
                );
            }
            const twoNumbers = sameVrf && router.clusterAsn !== other.clusterAsn;
            const twoIds = router.config.clusterRouterId !== other.config.clusterRouterId;
            if (native || !(twoNumbers || twoIds) || !shareNodes(router, other)) continue;
            if (twoNumbers) {
                findings.error(
                    path,
                    `its nodes are in AS ${router.clusterAsn}, but in AS ${other.clusterAsn} towards ${other.name}; a node has one AS number a VRF`,
                );
            }
            if (twoIds) {
                findings.error(
                    `${path}.clusterRouterId`,
                    `is ${router.config.clusterRouterId ?? "not set"}, but ${other.config.clusterRouterId ?? "not set"} for ${other.name}, which peers with the same nodes`,
                );
            }
        }
    }
}

function shareNodes(a: Router, b: Router): boolean {
    const names = new Set(a.nodes.map(({ name }) => name));
    return b.nodes.some(({ name }) => names.has(name));
}

function ruleDynamic(router: Router, findings: Findings): void {
    const { dynamicAsn } = router.config;
    if (dynamicAsn === undefined || router.asn === UNKNOWN_ASN) return;
    const actual = router.asn === router.clusterAsn ? "internal" : "external";
    if (dynamicAsn !== actual) {
        findings.error(
            `bgp.routers.${router.name}.dynamicAsn`,
            `is ${dynamicAsn}, but AS ${router.asn} is ${actual} to the cluster's AS ${router.clusterAsn}`,
        );
    }
}

function ruleSource({ name, config, nodes }: Router, findings: Findings): void {
    const { sourceAddress } = config;
    if (sourceAddress === undefined) return;
    const path = `bgp.routers.${name}.sourceAddress`;
    if (!readAddress(sourceAddress)) {
        findings.error(path, `${sourceAddress} is no IP address`);
    } else if (nodes.length > 1) {
        findings.error(
            path,
            `${sourceAddress} would be the address of ${nodes.length} nodes; name the one that has it in \`nodes\``,
        );
    }
}

function readAddress(text: string): Address | undefined {
    try {
        return parseAddress(text);
    } catch {
        return undefined;
    }
}
