import { type AddressRange, formatRange, intersection, sizeOf } from "../addresses";
import { type Findings, pathText } from "../findings";
import { FAMILIES, type Site } from "../site";

type Kind = "pool" | "network" | "node" | "router";

interface Claim {
    readonly kind: Kind;
    readonly range: AddressRange;
    /** Owner as it is called in a message. */
    readonly owner: string;
    readonly path: string;
}

/** Of more claims than this that reach over a place, those that reach furthest stand for all. */
const mostOpen = 8;

/** No address may belong to two owners: pools, nodes, routers and the cluster's networks. */
export function ruleOverlaps(site: Site, findings: Findings): void {
    const claims = claimsOf(site).sort(byFirst);
    const open = new Map<Kind, Claim[]>();
    for (const claim of claims) {
        for (const [kind, others] of open) {
            const alive = others.filter(
                ({ range }) =>
                    range.family === claim.range.family && range.last >= claim.range.first,
            );
            for (const other of alive) report(other, claim, findings);
            open.set(kind, alive);
        }
        const own = [...(open.get(claim.kind) ?? []), claim];
        if (own.length > mostOpen) own.sort(byLast).pop();
        open.set(claim.kind, own);
    }
}

function report(a: Claim, b: Claim, findings: Findings): void {
    const shared = intersection(a.range, b.range);
    if (!shared) return;
    const [first, second] = [a, b].sort((x, y) => RANK[x.kind] - RANK[y.kind]) as [Claim, Claim];
    const [one, two] = first.kind === second.kind ? [a, b].sort(byPath) : [first, second];
    const what = `${sizeOf(shared) === 1n ? "address" : "addresses"} ${formatRange(shared)}`;
    const reason = sentence(one!, two!, what);
    if (reason !== undefined) findings.error(two!.kind === "pool" ? two!.path : one!.path, reason);
}

const RANK: Readonly<Record<Kind, number>> = {
    pool: 0,
    network: 1,
    node: 2,
    router: 3,
};

function sentence(one: Claim, two: Claim, what: string): string | undefined {
    const pair = `${one.owner} and ${two.owner} both hold ${what.replace(/^address(es)? /, "")}`;
    if (one.kind === "pool") {
        switch (two.kind) {
            case "pool":
                return one.owner === two.owner
                    ? `${one.owner} holds ${what.replace(/^address(es)? /, "")} twice`
                    : pair;
            case "network":
                return `${pair}; a service's address must lie outside the cluster's own networks`;
            case "node":
            case "router":
                return pair;
        }
    }
    if (one.kind === "node" && ["node", "router"].includes(two.kind)) return pair;
    if (one.kind === "network" && ["node", "router"].includes(two.kind)) return pair;
    return undefined;
}

function claimsOf(site: Site): Claim[] {
    const claims: Claim[] = site.networks.map((placed) => ({
        ...placed,
        kind: "network",
        owner: placed.path.replace(/\[\d+\]$/, ""),
    }));
    for (const [name, ranges] of site.pools) {
        for (const placed of ranges)
            claims.push({ ...placed, kind: "pool", owner: `pool ${name}` });
    }
    for (const kind of ["node", "router"] as const) {
        for (const { name, addresses } of kind === "node" ? site.nodes : site.routers) {
            for (const family of FAMILIES) {
                const value = addresses[family]?.value;
                if (value === undefined) continue;
                claims.push({
                    kind,
                    range: { family, first: value, last: value },
                    owner: `${kind} ${name}`,
                    path: pathText(["bgp", `${kind}s`, name]),
                });
            }
        }
    }
    return claims;
}

function byFirst(a: Claim, b: Claim): number {
    if (a.range.family !== b.range.family) return a.range.family < b.range.family ? -1 : 1;
    return a.range.first < b.range.first ? -1 : a.range.first > b.range.first ? 1 : 0;
}

const byPath = (a: Claim, b: Claim): number => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0);

const byLast = (a: Claim, b: Claim): number =>
    Number(b.range.last > a.range.last) - Number(b.range.last < a.range.last);
