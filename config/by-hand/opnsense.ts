import type { ByHandPlan, PrefixListState, RouterNeighbour } from "../plan";
import { matchText, packetFilter, placeholder } from "./parts";

/**
 * OPNsense's plugin os-frr: the fields of its pages, one entry a line, lists before what names them.
 *
 * Fields by their labels in github.com/opnsense/plugins, net/frr, controllers/OPNsense/Quagga/forms
 * (os-frr 1.54). What the pages do not have (a limit of prefixes, BFD's echo mode and least TTL) is named
 * at the end.
 */
export function opnsenseText(router: ByHandPlan): string {
    const { bgp, prefixLists, neighbours } = router;
    return [
        "OPNsense, plugin os-frr; some fields are shown in advanced mode only",
        "Routing > General: Enable",
        `Routing > BGP > General: enable; BGP AS Number ${bgp.asn}; Router ID ${bgp.routerId}`,
        ...prefixLists
            .flatMap(listFields)
            .map((fields) => `Routing > BGP > Prefix Lists: ${fields}`),
        ...neighbours.map((one) => `Routing > BGP > Neighbors: ${neighbourFields(one, router)}`),
        ...bfdLines(router),
        missing(router),
        `${packetFilter(router)} (Routing > General, Firewall rules: makes them itself)`,
    ].join("\n");
}

function listFields({ name, family, description, rules }: PrefixListState): string[] {
    return rules.map((rule) =>
        [
            `Description ${description}`,
            `Name ${name}`,
            `IP Version ${family === "ipv4" ? "IPv4" : "IPv6"}`,
            `Sequence Number ${rule.seq}`,
            `Action ${rule.action === "permit" ? "Permit" : "Deny"}`,
            `Network ${matchText(rule)}`,
        ].join("; "),
    );
}

function neighbourFields(neighbour: RouterNeighbour, { password, addresses }: ByHandPlan): string {
    const { timers, ebgpMultihop, family } = neighbour;
    return [
        `Description ${neighbour.description}`,
        `Peer-IP ${neighbour.address}`,
        `Remote AS ${neighbour.asn}`,
        ...(password === undefined
            ? []
            : [
                  `BGP MD5 Password ${placeholder(password)}`,
                  `Local Initiater IP ${addresses[family]}`,
              ]),
        // The plugin makes a TTL of 255 of it, which is the only one wanted here.
        ...(ebgpMultihop === undefined ? [] : ["Multi-Hop"]),
        ...(neighbour.bfd ? ["BFD"] : []),
        ...(timers ? [`Keepalive ${timers.keepalive}; Hold Down Time ${timers.hold}`] : []),
        `Prefix-List In ${neighbour.prefixListIn} (any entry of it)`,
        `Prefix-List Out ${neighbour.prefixListOut}`,
    ].join("; ");
}

function bfdLines({ bfd, neighbours, addresses }: ByHandPlan): string[] {
    if (!bfd) return [];
    const settings = [
        ["Detect multiplier", bfd.detectMultiplier],
        ["Receive interval", bfd.receiveInterval],
        ["Transmit interval", bfd.transmitInterval],
    ].flatMap(([label, value]) => (value === undefined ? [] : [`${label} ${value}`]));
    const entries = neighbours.map(({ address, description, family, ebgpMultihop }) =>
        [
            `Description ${description}`,
            `Peer-IP ${address}`,
            ...(ebgpMultihop === undefined ? [] : ["Multihop"]),
            ...(ebgpMultihop === undefined && family === "ipv4"
                ? []
                : [`Local Address ${addresses[family]}`]),
            ...settings,
        ].join("; "),
    );
    return [
        "Routing > BFD > General: Enable",
        // Without settings of their own the sessions come from the neighbours' check marks.
        ...(settings.length === 0
            ? []
            : entries.map((fields) => `Routing > BFD > Neighbors: ${fields}`)),
    ];
}

function missing({ neighbours, bfd }: ByHandPlan): string {
    const limits = [...new Set(neighbours.map(({ maximumPrefix }) => maximumPrefix))];
    return `Not on these pages: ${[
        `the most prefixes of a session (${limits.join(" and ")})`,
        ...(bfd?.echoMode ? ["BFD's echo mode"] : []),
        ...(bfd?.minimumTtl === undefined ? [] : [`BFD's least TTL (${bfd.minimumTtl})`]),
    ].join(", ")}.`;
}
