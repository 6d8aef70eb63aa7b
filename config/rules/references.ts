import { communityValue, isCommunityNumber, WELL_KNOWN } from "../communities";
import { didYouMean, type Findings, knownNames } from "../findings";
import { UNREADABLE } from "../shape";
import type { Site } from "../site";

/** MetalLB never reports a name that points nowhere; here each one is an error. */
export function ruleReferences(site: Site, findings: Findings): void {
    const { pools, routers, nodes, bfdProfiles, communities } = site.declared;
    const check = (
        path: string,
        kind: string,
        names: readonly string[] | undefined,
        known: ReadonlySet<string>,
    ) => {
        const seen = new Set<string>();
        for (const [index, name] of (names ?? []).entries()) {
            const at = `${path}[${index}]`;
            if (name === UNREADABLE) continue;
            if (seen.has(name)) findings.error(at, `names ${kind} ${name} twice`);
            else if (!known.has(name)) {
                findings.error(at, `no ${kind} ${name}${knownNames(name, known)}`);
            }
            seen.add(name);
        }
    };
    for (const [name, l2] of Object.entries(site.config.metallb.l2)) {
        check(`metallb.l2.${name}.pools`, "pool", l2.pools, pools);
        // Without BGP no node has to be named.
        if (nodes.size > 0 && !site.unknownNodes)
            check(`metallb.l2.${name}.nodes`, "node", l2.nodes, nodes);
    }
    for (const { name, config } of site.advertisements) {
        const path = `bgp.advertise.${name}`;
        check(`${path}.pools`, "pool", config.pools, pools);
        check(`${path}.peers`, "router", config.peers, routers);
        if (!site.unknownNodes) check(`${path}.nodes`, "node", config.nodes, nodes);
        ruleCommunities(`${path}.communities`, config.communities, communities, findings);
    }
    const profile = (path: string, name: string | false | undefined) => {
        if (typeof name !== "string" || bfdProfiles.has(name)) return;
        findings.error(path, `no BFD profile ${name}${knownNames(name, bfdProfiles)}`);
    };
    profile("bgp.bfd", site.config.bgp?.bfd);
    for (const { name, config } of site.routers) profile(`bgp.routers.${name}.bfd`, config.bfd);
    ruleAliases(site, findings);
}

/** More than this MetalLB takes, and then ignores the whole advertisement. */
const MOST_COMMUNITIES = 63;

/** What FRR and Cisco call them. */
const OTHER_NAMES: ReadonlyMap<string, string> = new Map([
    ["local-as", "no-export-subconfed"],
    ["gshut", "graceful-shutdown"],
    ["nopeer", "no-peer"],
    ["noexport", "no-export"],
    ["noadvertise", "no-advertise"],
]);

const FORMS = "a:b (0-65535 each), large:a:b:c (0-4294967295 each), a well-known name or an alias";

function ruleCommunities(
    path: string,
    list: readonly string[],
    aliases: ReadonlySet<string>,
    findings: Findings,
): void {
    if (list.length > MOST_COMMUNITIES) {
        findings.error(
            path,
            `${list.length} communities; MetalLB takes ${MOST_COMMUNITIES} at most`,
        );
    }
    const seen = new Set<string>();
    for (const [index, community] of list.entries()) {
        if (community === UNREADABLE) continue;
        const at = `${path}[${index}]`;
        const value = communityValue(community);
        if (seen.has(value)) findings.error(at, `names ${community} twice`);
        seen.add(value);
        if (aliases.has(community) || WELL_KNOWN.has(community) || isCommunityNumber(community)) {
            continue;
        }
        const other = OTHER_NAMES.get(community.toLowerCase().replaceAll("_", "-"));
        const known = [...aliases, ...WELL_KNOWN.keys()];
        const hint =
            other === undefined ? didYouMean(community, known) : `; did you mean \`${other}\`?`;
        findings.error(
            at,
            community.includes(":")
                ? `${community} is no community; write ${FORMS}`
                : `no community ${community}${hint}`,
        );
    }
}

function ruleAliases(site: Site, findings: Findings): void {
    for (const [name, value] of Object.entries(site.config.bgp?.communities ?? {})) {
        const path = `bgp.communities.${name}`;
        if (WELL_KNOWN.has(name)) {
            findings.error(path, `${name} is a well-known community; it needs no alias`);
        } else if (!WELL_KNOWN.has(value) && !isCommunityNumber(value)) {
            findings.error(path, `${value} is no community; write a:b or large:a:b:c`);
        }
    }
}
