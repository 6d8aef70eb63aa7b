import {
    type AddressRange,
    type Family,
    bitsOf,
    coverOf,
    formatPrefix,
    mergeRanges,
    widen,
} from "../addresses";
import type { PrefixListState, PrefixRule } from "../plan";
import type { Advertisement, Router, Site } from "../site";

/** More routes than this no cluster of services makes; a limit above it would guard nothing. */
const MOST_PREFIXES = 10_000n;

export const listName = (owner: string, direction: "in" | "out", family: Family): string =>
    `${owner}-${direction}-${family === "ipv4" ? "v4" : "v6"}`;

/** What the cluster can announce in one family: prefixes of exactly `length` inside `ranges`. */
export interface Announced {
    readonly length: number;
    /** Whole multiples of the length, merged, in order. */
    readonly ranges: readonly AddressRange[];
}

export const advertisesTo = (advertisement: Advertisement, router: Router): boolean =>
    advertisement.config.peers?.includes(router.name) ?? true;

/**
 * Prefixes that the pools can produce towards a router, or towards the routers that are one
 * firewall, longest first.
 *
 * MetalLB announces the prefix of the aggregation length around each address that is in use, so
 * a range that is no whole multiple of that length gives prefixes which reach beyond it.
 */
export function announcedTo(
    site: Site,
    routers: readonly Router[],
    family: Family,
): readonly Announced[] {
    return heardBy(site, routers)[family];
}

type Heard = Readonly<Record<Family, readonly Announced[]>>;

/** Routers that hear the same announcements share the result: it is asked for again and again. */
const heard = new WeakMap<Site, Map<string, Heard>>();

function heardBy(site: Site, routers: readonly Router[]): Heard {
    const known = heard.get(site) ?? new Map<string, Heard>();
    heard.set(site, known);
    const advertisements = site.advertisements.filter((one) =>
        routers.some((router) => advertisesTo(one, router)),
    );
    const key = advertisements.map(({ name }) => name).join(" ");
    const found = known.get(key) ?? {
        ipv4: announcedBy(site, advertisements, "ipv4"),
        ipv6: announcedBy(site, advertisements, "ipv6"),
    };
    known.set(key, found);
    return found;
}

function announcedBy(
    site: Site,
    advertisements: readonly Advertisement[],
    family: Family,
): Announced[] {
    const byLength = new Map<number, AddressRange[]>();
    for (const { config, lengths } of advertisements) {
        const length = lengths[family];
        const ranges = byLength.get(length) ?? [];
        byLength.set(length, ranges);
        for (const { range } of config.pools.flatMap((pool) => site.pools.get(pool) ?? [])) {
            if (range.family === family) ranges.push(widen(range, length));
        }
    }
    return [...byLength]
        .map(([length, ranges]) => ({ length, ranges: mergeRanges(ranges) }))
        .filter(({ ranges }) => ranges.length > 0)
        .sort((a, b) => b.length - a.length);
}

/** How many different prefixes that is. */
export function countPrefixes(announced: readonly Announced[], family: Family): bigint {
    return announced
        .flatMap(({ length, ranges }) =>
            ranges.map(({ first, last }) => (last - first + 1n) >> BigInt(bitsOf(family) - length)),
        )
        .reduce((sum, count) => sum + count, 0n);
}

/**
 * Limit of accepted prefixes of one session: what the pools can produce, but at most 10,000, plus
 * a tenth (at least 10) of headroom so that a pool may grow before the firewall is reached.
 */
export function maximumPrefix(count: bigint): number {
    const bounded = Number(count < MOST_PREFIXES ? count : MOST_PREFIXES);
    return bounded + Math.max(10, Math.ceil(bounded / 10));
}

/** Permits exactly what the cluster can announce; everything else meets the implicit deny. */
export function inboundList(
    site: Site,
    routers: readonly Router[],
    family: Family,
): PrefixListState {
    const rules = rulesFor(announcedTo(site, routers, family), family);
    return {
        name: listName(site.owner, "in", family),
        description: `pools of ${site.owner}`,
        family,
        rules,
    };
}

const ruled = new WeakMap<readonly Announced[], PrefixRule[]>();

function rulesFor(announced: readonly Announced[], family: Family): PrefixRule[] {
    const known = ruled.get(announced);
    if (known) return known;
    const bits = bitsOf(family);
    const rules = announced.flatMap(({ length, ranges }) =>
        ranges
            .flatMap(coverOf)
            .flatMap((prefix) => exactLength(formatPrefix(prefix), prefix.length, length, bits)),
    );
    // FRR takes a list without rules for "permit everything".
    const numbered = number(rules.length > 0 ? rules : [{ action: "deny", any: true }]);
    ruled.set(announced, numbered);
    return numbered;
}

export function outboundList(site: Site, family: Family): PrefixListState {
    return {
        name: listName(site.owner, "out", family),
        description: `nothing towards ${site.owner}`,
        family,
        rules: number([{ action: "deny", any: true }]),
    };
}

/**
 * Rules that permit the prefixes of exactly `length` inside `prefix`.
 *
 * pfSense's page refuses `ge` and `le` of the same value, so the longer ones are denied first
 * where a mere `ge` would let them through (package's frr_validation.inc).
 */
function exactLength(
    prefix: string,
    own: number,
    length: number,
    bits: number,
): Omit<PrefixRule, "seq">[] {
    if (own === length) return [{ action: "permit", prefix }];
    const permit: Omit<PrefixRule, "seq"> = { action: "permit", prefix, ge: length };
    return length === bits ? [permit] : [{ action: "deny", prefix, ge: length + 1 }, permit];
}

function number(rules: readonly Omit<PrefixRule, "seq">[]): PrefixRule[] {
    return rules.map((rule, index) => ({ seq: (index + 1) * 10, ...rule }));
}
