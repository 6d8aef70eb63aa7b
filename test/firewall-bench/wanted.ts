import type { FirewallState, NeighbourState } from "../../config/plan";

export const owner = "bench";
export const password = "s3cret-md5";
export const clusterAsn = 64500;

/** A neighbour as the plan makes it for node number `index`, counted from 0: 192.168.33.21 and on. */
export function neighbour(index: number, change: Partial<NeighbourState> = {}): NeighbourState {
    const last = 21 + index;
    const address = last < 255 ? `192.168.33.${last}` : `10.33.${last >> 8}.${last & 255}`;
    return {
        address,
        description: `wn${index + 1}`,
        asn: clusterAsn,
        family: "ipv4",
        timers: { keepalive: 3, hold: 9 },
        bfd: false,
        updateSource: "lan",
        prefixListIn: "BENCH-IN",
        prefixListOut: "BENCH-OUT",
        maximumPrefix: 20,
        passwordType: "both-bidir",
        ...change,
    };
}

/** Addresses of the two nodes of most tests, as `neighbour(0)` and `neighbour(1)` have them. */
export const nodes: readonly string[] = ["192.168.33.21", "192.168.33.22"];

/** The wanted state for a cluster of `count` nodes. */
export function wantedState(count: number, change: Partial<FirewallState> = {}): FirewallState {
    return {
        version: 1,
        owner,
        bgp: { asn: 64501, routerId: "192.168.33.2" },
        neighbours: Array.from({ length: count }, (_, index) => neighbour(index)),
        prefixLists: [
            {
                name: "BENCH-IN",
                description: "pools of the cluster",
                family: "ipv4",
                rules: [{ seq: 10, action: "permit", prefix: "192.168.32.0/24", ge: 32 }],
            },
            {
                name: "BENCH-OUT",
                description: "nothing goes out",
                family: "ipv4",
                rules: [{ seq: 10, action: "deny", any: true }],
            },
        ],
        adopt: false,
        allowCarp: false,
        ...change,
    };
}

/** The wanted state of another stack, with a node and lists of its own. */
export function otherStack(index: number) {
    const prefixListIn = `S${index}-IN`;
    const prefixListOut = `S${index}-OUT`;
    const [input, output] = wantedState(0).prefixLists;
    return wantedState(0, {
        owner: `stack${index}`,
        neighbours: [neighbour(10 + index, { prefixListIn, prefixListOut })],
        prefixLists: [
            { ...input!, name: prefixListIn },
            { ...output!, name: prefixListOut },
        ],
    });
}
