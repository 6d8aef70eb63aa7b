import type { ByHandPlan, PrefixListState, RouterNeighbour } from "../plan";
import { matchText, packetFilter, placeholder } from "./parts";

/**
 * pfSense's package FRR: the fields of its pages, one page or entry a line.
 *
 * Fields by their labels in docs.netgate.com/pfsense/en/latest/packages/frr (bgp, bfd/peers).
 */
export function pfsenseText(router: ByHandPlan): string {
    return ["pfSense, Services > FRR", ...pageLines(router), packetFilter(router)].join("\n");
}

/** The pages alone, in the order in which one entry can name another. */
export function pageLines(router: ByHandPlan): string[] {
    const { bgp, prefixLists, neighbours, password } = router;
    return [
        `Global Settings > Prefix Lists: ${prefixLists.map(listFields).join("; ")}`,
        `BGP > BGP: Enable; Local AS ${bgp.asn}; Router ID ${bgp.routerId}`,
        ...bfdLines(router),
        ...neighbours.map(
            (neighbour) => `BGP > Neighbors: ${neighbourFields(neighbour, password)}`,
        ),
    ];
}

/**
 * A neighbour's check mark alone makes a session with FRR's own numbers; a peer gives it others.
 * Not so a multihop session's, whose local address the package leaves out (frr_bfd.inc).
 */
function bfdLines({ bfd, neighbours }: ByHandPlan): string[] {
    if (!bfd) return [];
    const numbers: readonly [label: string, value: number | undefined][] = [
        ["Detect Multiplier", bfd.detectMultiplier],
        ["Receive Interval", bfd.receiveInterval],
        ["Transmit Interval", bfd.transmitInterval],
        ["Echo Interval", bfd.echoInterval],
    ];
    const settings = [
        ...numbers.flatMap(([label, value]) => (value === undefined ? [] : [`${label} ${value}`])),
        ...(bfd.echoMode ? ["Echo Mode"] : []),
    ];
    if (settings.length === 0) return ["BFD: Enable"];
    const near = neighbours.filter(({ ebgpMultihop }) => ebgpMultihop === undefined);
    return [
        "BFD: Enable",
        ...near.map(
            ({ address }) => `BFD > Peers: Peer Address ${address}; ${settings.join("; ")}`,
        ),
        ...(near.length < neighbours.length
            ? [`BFD: no page gives these to multihop sessions: ${settings.join("; ")}`]
            : []),
    ];
}

function listFields({ name, family, rules }: PrefixListState): string {
    const type = family === "ipv4" ? "IPv4" : "IPv6";
    const fields = rules.map((rule) => `seq ${rule.seq} ${rule.action} ${matchText(rule)}`);
    return `${name} (${type}): ${fields.join(", ")}`;
}

function neighbourFields(neighbour: RouterNeighbour, password: string | undefined): string {
    const { timers, ebgpMultihop } = neighbour;
    return [
        `Name/Address ${neighbour.address}`,
        `Description ${neighbour.description}`,
        `Remote AS ${neighbour.asn}`,
        password === undefined
            ? "Password Type None"
            : `Password ${placeholder(password)}, Password Type Both, bidirectional`,
        ...(timers ? [`Keep Alive ${timers.keepalive}, Hold Time ${timers.hold}`] : []),
        ...(ebgpMultihop === undefined ? [] : [`EBGP Multi-Hop ${ebgpMultihop}`]),
        ...(neighbour.bfd ? ["BFD Enable"] : []),
        `Prefix List Filter in ${neighbour.prefixListIn}, out ${neighbour.prefixListOut}`,
        `Maximum Prefix ${neighbour.maximumPrefix}`,
    ].join("; ");
}
