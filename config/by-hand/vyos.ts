import type { ByHandPlan, PrefixListState, PrefixRule, RouterNeighbour } from "../plan";
import { packetFilter, placeholder } from "./parts";

/**
 * VyOS 1.4 or newer: commands of the configuration mode, prefix lists before what names them.
 *
 * Nodes by docs.vyos.io (configuration/policy/prefix-list, protocols/bgp, protocols/bfd) and the
 * interface definitions of github.com/vyos/vyos-1x. A prefix list has no `any` there, and a
 * neighbour exchanges the routes of those families only that stand under it.
 */
export function vyosText(router: ByHandPlan): string {
    const { bgp, prefixLists, neighbours } = router;
    return [
        "# VyOS 1.4 or newer",
        "configure",
        ...prefixLists.flatMap(listCommands),
        ...profileCommands(router),
        `set protocols bgp system-as '${bgp.asn}'`,
        `set protocols bgp parameters router-id '${bgp.routerId}'`,
        ...neighbours.flatMap((neighbour) => neighbourCommands(neighbour, router)),
        "commit",
        "save",
        `# ${packetFilter(router)}`,
    ].join("\n");
}

function listCommands({ name, family, description, rules }: PrefixListState): string[] {
    const list = `set policy prefix-list${family === "ipv4" ? "" : "6"} ${name}`;
    return [
        `${list} description '${description}'`,
        ...rules.flatMap((rule) => {
            const { prefix, ge, le } = spelledOut(rule, family);
            return [
                `action '${rule.action}'`,
                `prefix '${prefix}'`,
                ...(ge === undefined ? [] : [`ge '${ge}'`]),
                ...(le === undefined ? [] : [`le '${le}'`]),
            ].map((text) => `${list} rule ${rule.seq} ${text}`);
        }),
    ];
}

function spelledOut(rule: PrefixRule, family: "ipv4" | "ipv6"): Omit<PrefixRule, "any"> {
    if (!rule.any) return rule;
    return family === "ipv4"
        ? { ...rule, prefix: "0.0.0.0/0", le: 32 }
        : { ...rule, prefix: "::/0", le: 128 };
}

function profileCommands({ bfd }: ByHandPlan): string[] {
    if (!bfd) return [];
    const settings: readonly [node: string, value: number | undefined][] = [
        ["interval multiplier", bfd.detectMultiplier],
        ["interval receive", bfd.receiveInterval],
        ["interval transmit", bfd.transmitInterval],
        ["interval echo-interval", bfd.echoInterval],
        ["minimum-ttl", bfd.minimumTtl],
    ];
    const profile = `set protocols bfd profile ${bfd.name}`;
    return [
        profile,
        ...settings.flatMap(([node, value]) =>
            value === undefined ? [] : [`${profile} ${node} '${value}'`],
        ),
        ...(bfd.echoMode ? [`${profile} echo-mode`] : []),
    ];
}

function neighbourCommands(neighbour: RouterNeighbour, { password, bfd }: ByHandPlan): string[] {
    const { address, family, timers, ebgpMultihop } = neighbour;
    const unicast = `address-family ${family}-unicast`;
    return [
        `remote-as '${neighbour.asn}'`,
        `description '${neighbour.description}'`,
        ...(password === undefined ? [] : [`password '${placeholder(password)}'`]),
        ...(timers
            ? [`timers keepalive '${timers.keepalive}'`, `timers holdtime '${timers.hold}'`]
            : []),
        ...(ebgpMultihop === undefined ? [] : [`ebgp-multihop '${ebgpMultihop}'`]),
        ...(bfd ? [`bfd profile '${bfd.name}'`] : []),
        `${unicast} prefix-list import '${neighbour.prefixListIn}'`,
        `${unicast} prefix-list export '${neighbour.prefixListOut}'`,
        `${unicast} maximum-prefix '${neighbour.maximumPrefix}'`,
    ].map((text) => `set protocols bgp neighbor ${address} ${text}`);
}
