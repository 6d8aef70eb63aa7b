import type { FirewallState, NeighbourState, PrefixListState, PrefixRule } from "./plan";

/** The lines to type on a router that is configured by hand, in FRR's words (vtysh). */
export function byHandText(wanted: FirewallState, password: string | undefined): string {
    const lines = [
        "configure terminal",
        ...wanted.prefixLists.flatMap(listLines),
        `router bgp ${wanted.bgp.asn}`,
        ` bgp router-id ${wanted.bgp.routerId}`,
        ...wanted.neighbours.flatMap((neighbour) => neighbourLines(neighbour, password)),
        ...(["ipv4", "ipv6"] as const).flatMap((family) => familyLines(wanted, family)),
        "end",
        "write memory",
    ];
    return lines.join("\n");
}

function listLines(list: PrefixListState): string[] {
    const ip = list.family === "ipv4" ? "ip" : "ipv6";
    return list.rules.map((rule) => `${ip} prefix-list ${list.name} ${ruleText(rule)}`);
}

function ruleText({ seq, action, prefix, any, ge, le }: PrefixRule): string {
    const bounds = `${ge === undefined ? "" : ` ge ${ge}`}${le === undefined ? "" : ` le ${le}`}`;
    return `seq ${seq} ${action} ${any ? "any" : prefix}${bounds}`;
}

function neighbourLines(neighbour: NeighbourState, password: string | undefined): string[] {
    const { address, timers, ebgpMultihop } = neighbour;
    const set = (text: string) => ` neighbor ${address} ${text}`;
    return [
        set(`remote-as ${neighbour.asn}`),
        set(`description ${neighbour.description}`),
        ...(password === undefined ? [] : [set(`password <the value of ${password}>`)]),
        ...(timers ? [set(`timers ${timers.keepalive} ${timers.hold}`)] : []),
        ...(ebgpMultihop === undefined ? [] : [set(`ebgp-multihop ${ebgpMultihop}`)]),
        ...(neighbour.bfd ? [set("bfd")] : []),
    ];
}

function familyLines(wanted: FirewallState, family: "ipv4" | "ipv6"): string[] {
    const neighbours = wanted.neighbours.filter((neighbour) => neighbour.family === family);
    if (neighbours.length === 0) return [];
    return [
        ` address-family ${family} unicast`,
        ...neighbours.flatMap(({ address, prefixListIn, prefixListOut, maximumPrefix }) =>
            [
                "activate",
                `prefix-list ${prefixListIn} in`,
                `prefix-list ${prefixListOut} out`,
                `maximum-prefix ${maximumPrefix}`,
            ].map((text) => `  neighbor ${address} ${text}`),
        ),
        " exit-address-family",
    ];
}
