import type { ByHandPlan, NeighbourState, PrefixListState, RouterNeighbour } from "../plan";
import { matchText, packetFilter, placeholder } from "./parts";

/** What FRR's configuration is made of; a firewall's wanted state has it, too, but no profile. */
type FrrEnd = Pick<ByHandPlan, "bgp" | "prefixLists" | "password" | "bfd"> & {
    readonly neighbours: readonly (RouterNeighbour &
        Pick<NeighbourState, "bfdTimers" | "shutdown">)[];
};

/** FRR: lines for vtysh, to be pasted as a whole or read by `vtysh < file`. */
export function frrText(router: ByHandPlan): string {
    return [...vtyshLines(router), `! ${packetFilter(router)}`].join("\n");
}

/** The session in vtysh, with what cannot be set in it as comments. */
export function vtyshLines(router: ByHandPlan): string[] {
    const { port, bfd } = router;
    return [
        ...(port === 179 ? [] : [`! bgpd must listen on port ${port}: start it with -p ${port}`]),
        ...(bfd ? ["! bfdd must run: bfdd=yes in /etc/frr/daemons"] : []),
        "configure terminal",
        ...configurationLines(router),
        "end",
        "write memory",
    ];
}

/** FRR's configuration for the router's end of every session, as in frr.conf. */
export const frrConfiguration = (router: FrrEnd): string => configurationLines(router).join("\n");

/**
 * Prefix lists first: a neighbour whose list is not there yet has all of its routes denied.
 * (docs.frrouting.org/en/latest/bgp.html, bfd.html and filter.html)
 */
function configurationLines(router: FrrEnd): string[] {
    const { bgp, neighbours, prefixLists } = router;
    return [
        ...prefixLists.flatMap(listLines),
        ...(router.bfd ? profileLines(router) : bfdPeerLines(router)),
        `router bgp ${bgp.asn}`,
        ` bgp router-id ${bgp.routerId}`,
        ...neighbours.flatMap((neighbour) => neighbourLines(neighbour, router)),
        ...(["ipv4", "ipv6"] as const).flatMap((family) => familyLines(neighbours, family)),
    ];
}

function listLines({ name, family, rules }: PrefixListState): string[] {
    const ip = family === "ipv4" ? "ip" : "ipv6";
    return rules.map(
        (rule) => `${ip} prefix-list ${name} seq ${rule.seq} ${rule.action} ${matchText(rule)}`,
    );
}

function profileLines({ bfd }: FrrEnd): string[] {
    if (!bfd) return [];
    const settings: readonly [line: string, value: number | undefined][] = [
        ["detect-multiplier", bfd.detectMultiplier],
        ["receive-interval", bfd.receiveInterval],
        ["transmit-interval", bfd.transmitInterval],
        ["echo receive-interval", bfd.echoInterval],
        ["echo transmit-interval", bfd.echoInterval],
        ["minimum-ttl", bfd.minimumTtl],
    ];
    return [
        "bfd",
        ` profile ${bfd.name}`,
        ...settings.flatMap(([line, value]) => (value === undefined ? [] : [`  ${line} ${value}`])),
        ...(bfd.echoMode ? ["  echo-mode"] : []),
        " exit",
        "exit",
    ];
}

/** Numbers of BFD as pfSense's package gives them, which knows no profile of a neighbour. */
function bfdPeerLines({ neighbours }: FrrEnd): string[] {
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

function neighbourLines(
    neighbour: FrrEnd["neighbours"][number],
    { password, bfd }: FrrEnd,
): string[] {
    const { address, timers, ebgpMultihop, shutdown } = neighbour;
    const set = (text: string) => ` neighbor ${address} ${text}`;
    return [
        set(`remote-as ${neighbour.asn}`),
        set(`description ${neighbour.description}`),
        ...(password === undefined ? [] : [set(`password ${placeholder(password)}`)]),
        ...(shutdown === undefined ? [] : [set(`shutdown message "${shutdown}"`)]),
        ...(timers ? [set(`timers ${timers.keepalive} ${timers.hold}`)] : []),
        ...(ebgpMultihop === undefined ? [] : [set(`ebgp-multihop ${ebgpMultihop}`)]),
        ...(neighbour.bfd ? [set(bfd ? `bfd profile ${bfd.name}` : "bfd")] : []),
    ];
}

function familyLines(all: readonly RouterNeighbour[], family: "ipv4" | "ipv6"): string[] {
    const neighbours = all.filter((neighbour) => neighbour.family === family);
    // FRR exchanges IPv4 routes with every neighbour that nobody takes out of it.
    const others = family === "ipv4" ? all.filter((one) => one.family === "ipv6") : [];
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
