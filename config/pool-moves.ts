import {
    type AddressRange,
    formatRange,
    intersection,
    mergeRanges,
    parseAddress,
    parseRange,
} from "./addresses";

/** A pool as the cluster has it. */
export interface PoolNow {
    readonly name: string;
    readonly addresses: readonly string[];
    /** Made by this program. */
    readonly ours: boolean;
}

/** A Service of type LoadBalancer as the cluster has it. */
export interface ServiceNow {
    readonly namespace: string;
    readonly name: string;
    readonly addresses: readonly string[];
    /** Pool that it asks for by annotation. */
    readonly asksFor?: string;
}

/** The part of a wanted pool that decides who may have its addresses. */
export interface PoolWanted {
    readonly addresses: readonly string[];
    /** Namespaces that alone may have them; empty: all. */
    readonly namespaces: readonly string[];
}

/** An address of a live service that another pool has afterwards, or none. */
export interface Affected {
    readonly service: ServiceNow;
    readonly address: string;
    readonly from: string;
    /** Absent: the service loses the address. */
    readonly to?: string;
}

/** What has to happen before and around a change of the pools. */
export interface PoolMove {
    /** What a pool keeps while others take its ranges over; nothing: it goes. */
    readonly letGo: Readonly<Record<string, readonly string[]>>;
    /** Pools that take ranges over, by the pool that lets go of them. */
    readonly takers: Readonly<Record<string, readonly string[]>>;
    readonly affected: readonly Affected[];
    /** What cannot be done, one sentence each. */
    readonly problems: readonly string[];
}

/**
 * How to come from the pools that are there to those that are wanted: MetalLB's webhook allows no two
 * pools with one address, so that a range has to be let go before another pool takes it, and its
 * controller gives a service whose pool lets go another address at once (internal/allocator).
 * @param wanted checked pools: no two of them overlap
 */
export function poolMove(
    now: readonly PoolNow[],
    wanted: Readonly<Record<string, PoolWanted>>,
    services: readonly ServiceNow[],
): PoolMove {
    const present = now.map((pool) => ({ ...pool, ranges: pool.addresses.map(parseRange) }));
    const planned = Object.entries(wanted).map(([name, pool]) => ({
        ...pool,
        name,
        ranges: pool.addresses.map(parseRange),
    }));
    const { letGo, takers, problems } = lettingGo(present, planned);
    const affected = services.flatMap((service) =>
        service.addresses.flatMap((address) => {
            const from = holderOf(present, address);
            if (!from?.ours) return [];
            const to = holderOf(planned, address);
            const may =
                to &&
                (to.name === from.name ||
                    ((service.asksFor === undefined || service.asksFor === to.name) &&
                        (to.namespaces.length === 0 || to.namespaces.includes(service.namespace))));
            if (may && to.name === from.name) return [];
            return [{ service, address, from: from.name, ...(may && { to: to.name }) }];
        }),
    );
    return { letGo, takers, affected, problems };
}

interface Ranges {
    readonly name: string;
    readonly ranges: readonly AddressRange[];
}

/** In such an order that no two pools have one address at any moment. */
function lettingGo(
    present: readonly (Ranges & { readonly ours: boolean })[],
    planned: readonly Ranges[],
): Pick<PoolMove, "letGo" | "takers" | "problems"> {
    const takers: Record<string, string[]> = {};
    const letGo: Record<string, string[]> = {};
    const problems: string[] = [];
    for (const { name: pool, ranges, ours } of present) {
        const taking = planned.filter(
            (other) => other.name !== pool && overlap(other.ranges, ranges),
        );
        const names = taking.map(({ name }) => name);
        if (ours && names.length > 0) takers[pool] = names;
        if (ours || names.length === 0) continue;
        problems.push(
            `The pool ${pool} in the cluster, which this program has not made, has addresses of ${names.join(", ")}: delete it, or take other addresses.`,
        );
    }
    const state = new Map(present.map(({ name, ranges }) => [name, ranges]));
    let open = Object.keys(takers);
    for (let before = 0; open.length !== before;) {
        before = open.length;
        open = open.filter((pool) => {
            const stays = planned.find(({ name }) => name === pool);
            const others = stays
                ? [...state].flatMap(([name, ranges]) => (name === pool ? [] : ranges))
                : planned.flatMap(({ ranges }) => ranges);
            const keeps = without(stays?.ranges ?? state.get(pool)!, others);
            if (stays && keeps.length === 0) return true;
            letGo[pool] = keeps.map(rangeText);
            state.set(pool, keeps);
            return false;
        });
    }
    const swaps = open.map(
        (pool) =>
            `The pool ${pool} gives its addresses to ${takers[pool]!.join(", ")} and takes only addresses that another pool still has: change one pool first, run up, then the other.`,
    );
    return { letGo, takers, problems: [...problems, ...swaps] };
}

const overlap = (some: readonly AddressRange[], others: readonly AddressRange[]): boolean =>
    some.some((one) => others.some((other) => intersection(one, other)));

function holderOf<P extends { readonly ranges: readonly AddressRange[] }>(
    pools: readonly P[],
    address: string,
): P | undefined {
    const { family, value } = parseAddress(address);
    return pools.find(({ ranges }) => overlap(ranges, [{ family, first: value, last: value }]));
}

/** These ranges without the addresses of the others. */
function without(ranges: readonly AddressRange[], others: readonly AddressRange[]): AddressRange[] {
    return ranges.flatMap((range) => {
        const taken = others.flatMap((other) => intersection(range, other) ?? []);
        const left: AddressRange[] = [];
        let first = range.first;
        for (const gap of mergeRanges(taken)) {
            if (gap.first > first) left.push({ ...range, first, last: gap.first - 1n });
            first = gap.last + 1n;
        }
        return first > range.last ? left : [...left, { ...range, first }];
    });
}

/** MetalLB takes no single address as a range. */
function rangeText(range: AddressRange): string {
    const text = formatRange(range);
    return range.first === range.last ? `${text}-${text}` : text;
}
