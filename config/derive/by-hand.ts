import type { FirewallState, NeighbourState, PrefixListState, PrefixRule } from "../plan";
import type { BgpConfig } from "../schema";

/** What to type on a router that is configured by hand, besides its wanted state. */
export interface ByHand {
    readonly wanted: FirewallState;
    /** Config key of the password; absent: sessions without one. */
    readonly password?: string;
    /** TCP port that the nodes connect to. */
    readonly port: number;
    readonly bfd?: { readonly name: string; readonly profile: BgpConfig["bfdProfiles"][string] };
}

/** The lines for FRR's vtysh, then the same as fields of pfSense's pages. */
export function byHandText(router: ByHand): string {
    const { wanted } = router;
    return [
        "FRR (vtysh):",
        ...frrLines(router).map((line) => `  ${line}`),
        "",
        "The same on pfSense (Services > FRR):",
        ...pageLines(router).map((line) => `  ${line}`),
        "",
        `Firewall rule: let TCP ${router.port}${router.bfd ? ` and UDP ${bfdPort(wanted)} (BFD)` : ""} in from ${wanted.neighbours.map(({ address }) => address).join(", ")}.`,
    ].join("\n");
}

function frrLines(router: ByHand): string[] {
    const { port } = router;
    return [
        ...(port === 179 ? [] : [`! bgpd must listen on port ${port}: start it with -p ${port}`]),
        "configure terminal",
        ...configurationLines(router),
        "end",
        "write memory",
    ];
}

/** FRR's configuration for the router's end of every session, as in frr.conf. */
export const frrText = (router: ByHand): string => configurationLines(router).join("\n");

function configurationLines(router: ByHand): string[] {
    const { wanted } = router;
    return [
        ...wanted.prefixLists.flatMap(listLines),
        ...profileLines(router),
        ...(router.bfd ? [] : bfdPeerLines(wanted)),
        `router bgp ${wanted.bgp.asn}`,
        ` bgp router-id ${wanted.bgp.routerId}`,
        ...wanted.neighbours.flatMap((neighbour) => neighbourLines(neighbour, router)),
        ...(["ipv4", "ipv6"] as const).flatMap((family) => familyLines(wanted, family)),
    ];
}

function listLines(list: PrefixListState): string[] {
    const ip = list.family === "ipv4" ? "ip" : "ipv6";
    return list.rules.map((rule) => `${ip} prefix-list ${list.name} ${ruleText(rule)}`);
}

function ruleText({ seq, action, prefix, any, ge, le }: PrefixRule): string {
    const bounds = `${ge === undefined ? "" : ` ge ${ge}`}${le === undefined ? "" : ` le ${le}`}`;
    return `seq ${seq} ${action} ${any ? "any" : prefix}${bounds}`;
}

function profileLines({ bfd }: ByHand): string[] {
    if (!bfd) return [];
    const { profile } = bfd;
    const settings: readonly [line: string, value: number | undefined][] = [
        ["detect-multiplier", profile.detectMultiplier],
        ["receive-interval", profile.receiveInterval],
        ["transmit-interval", profile.transmitInterval],
        ["minimum-ttl", profile.minimumTtl],
    ];
    return [
        "bfd",
        ` profile ${bfd.name}`,
        ...settings.flatMap(([line, value]) => (value === undefined ? [] : [`  ${line} ${value}`])),
        ...(profile.echoMode ? ["  echo-mode"] : []),
        " exit",
        "exit",
    ];
}

/** Numbers of BFD as pfSense's package gives them, which knows no profile. */
function bfdPeerLines({ neighbours }: FirewallState): string[] {
    const peers = neighbours.flatMap(({ address, bfdTimers }) =>
        bfdTimers
            ? [
                  ` peer ${address}`,
                  `  detect-multiplier ${bfdTimers.detectMultiplier}`,
                  `  receive-interval ${bfdTimers.receiveInterval}`,
                  `  transmit-interval ${bfdTimers.transmitInterval}`,
                  " exit",
              ]
            : [],
    );
    return peers.length > 0 ? ["bfd", ...peers, "exit"] : [];
}

function neighbourLines(neighbour: NeighbourState, { password, bfd }: ByHand): string[] {
    const { address, timers, ebgpMultihop } = neighbour;
    const set = (text: string) => ` neighbor ${address} ${text}`;
    return [
        set(`remote-as ${neighbour.asn}`),
        set(`description ${neighbour.description}`),
        ...(password === undefined ? [] : [set(`password <the value of ${password}>`)]),
        ...(timers ? [set(`timers ${timers.keepalive} ${timers.hold}`)] : []),
        ...(ebgpMultihop === undefined ? [] : [set(`ebgp-multihop ${ebgpMultihop}`)]),
        ...(bfd ? [set(`bfd profile ${bfd.name}`)] : neighbour.bfd ? [set("bfd")] : []),
    ];
}

function familyLines(wanted: FirewallState, family: "ipv4" | "ipv6"): string[] {
    const neighbours = wanted.neighbours.filter((neighbour) => neighbour.family === family);
    // FRR exchanges IPv4 routes with every neighbour that nobody takes out of it.
    const others =
        family === "ipv4" ? wanted.neighbours.filter((one) => one.family === "ipv6") : [];
    if (neighbours.length + others.length === 0) return [];
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
        ...others.map(({ address }) => `  no neighbor ${address} activate`),
        " exit-address-family",
    ];
}

function pageLines({ wanted, password, bfd }: ByHand): string[] {
    const { bgp, prefixLists, neighbours } = wanted;
    return [
        `Global Settings > Prefix Lists: ${prefixLists.map(listFields).join("; ")}`,
        `BGP > BGP: Enable; Local AS ${bgp.asn}; Router ID ${bgp.routerId}`,
        ...(bfd ? ["BFD: Enable"] : []),
        ...neighbours.flatMap(bfdPeerFields),
        ...neighbours.map(
            (neighbour) => `BGP > Neighbors: ${neighbourFields(neighbour, password)}`,
        ),
    ];
}

function bfdPeerFields({ address, bfdTimers }: NeighbourState): string[] {
    if (!bfdTimers) return [];
    const { detectMultiplier, receiveInterval, transmitInterval } = bfdTimers;
    return [
        `BFD > BFD Peers: Peer ${address}; Detect Multiplier ${detectMultiplier}; Receive Interval ${receiveInterval}; Transmit Interval ${transmitInterval}`,
    ];
}

function listFields({ name, family, rules }: PrefixListState): string {
    const type = family === "ipv4" ? "IPv4" : "IPv6";
    return `${name} (${type}): ${rules.map(ruleText).join(", ")}`;
}

function neighbourFields(neighbour: NeighbourState, password: string | undefined): string {
    const { timers, ebgpMultihop } = neighbour;
    return [
        `Name/Address ${neighbour.address}`,
        `Description ${neighbour.description}`,
        `Remote AS ${neighbour.asn}`,
        password === undefined
            ? "Password Type None"
            : `Password <the value of ${password}>, Password Type Both, bidirectional`,
        ...(timers ? [`Keep Alive ${timers.keepalive}, Hold Time ${timers.hold}`] : []),
        ...(ebgpMultihop === undefined ? [] : [`EBGP Multi-Hop ${ebgpMultihop}`]),
        ...(neighbour.bfd ? ["BFD Enable"] : []),
        `Prefix List Filter in ${neighbour.prefixListIn}, out ${neighbour.prefixListOut}`,
        `Maximum Prefix ${neighbour.maximumPrefix}`,
    ].join("; ");
}

/** RFC 5881 for directly connected neighbours, RFC 5883 beyond. */
const bfdPort = ({ neighbours }: FirewallState): number =>
    neighbours.some(({ ebgpMultihop }) => ebgpMultihop !== undefined) ? 4784 : 3784;
