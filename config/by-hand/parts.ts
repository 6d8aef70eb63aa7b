import type { ByHandPlan, PrefixRule, RouterNeighbour } from "../plan";

/** What stands where a secret will be. */
export const placeholder = (key: string): string => `<the value of ${key}>`;

/** A rule of a prefix list in FRR's words, which pfSense's and OPNsense's pages use as well. */
export function matchText({ prefix, any, ge, le }: PrefixRule): string {
    const bounds = `${ge === undefined ? "" : ` ge ${ge}`}${le === undefined ? "" : ` le ${le}`}`;
    return `${any ? "any" : prefix}${bounds}`;
}

/** What a packet filter in front of the router's BGP must let in; one sentence. */
export function packetFilter({ neighbours, port, bfd }: ByHandPlan): string {
    const ports = `TCP ${port}${bfd ? ` and UDP ${bfdPort(neighbours)} (BFD)` : ""}`;
    return `Firewall rule: let ${ports} in from ${neighbours.map(({ address }) => address).join(", ")}.`;
}

/** RFC 5881 for directly connected neighbours, RFC 5883 beyond. */
const bfdPort = (neighbours: readonly RouterNeighbour[]): number =>
    neighbours.some(({ ebgpMultihop }) => ebgpMultihop !== undefined) ? 4784 : 3784;
