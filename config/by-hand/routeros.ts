import type { ByHandPlan, PrefixListState, PrefixRule, RouterNeighbour } from "../plan";
import { packetFilter, placeholder } from "./parts";

/**
 * MikroTik RouterOS 7.20 or newer, which has BGP instances: commands for its terminal or /import.
 *
 * Menus and arguments by manual.mikrotik.com (cli-reference/routing/bgp, bfd, filter). Filters are
 * chains of rules whose default is to reject. Two things differ from the plan: the limit of
 * prefixes has steps, powers of ten, of which the next larger one is taken, and BFD has neither
 * echo packets nor a least TTL.
 */
export function routerosText(router: ByHandPlan): string {
    const { owner, bgp, prefixLists, neighbours, password } = router;
    return [
        `# RouterOS 7.20 or newer${password === undefined ? "" : "; a $ in the password is typed \\$"}`,
        "/routing/filter/rule",
        ...prefixLists.flatMap(listCommands),
        ...bfdCommands(router),
        "/routing/bgp/instance",
        `add name="${owner}" as=${bgp.asn} router-id=${bgp.routerId}`,
        "/routing/bgp/connection",
        ...neighbours.map((neighbour) => `add ${connection(neighbour, router)}`),
        ...differences(router).map((text) => `# ${text}`),
        `# ${packetFilter(router)}`,
    ].join("\n");
}

function listCommands({ name, description, rules }: PrefixListState): string[] {
    return rules.map(
        (rule) => `add chain="${name}" comment="${description}" rule="${ruleText(rule)}"`,
    );
}

function ruleText({ action, prefix, any, ge, le }: PrefixRule): string {
    const does = action === "permit" ? "accept" : "reject";
    if (any) return does;
    const exact = ge === undefined && le === undefined;
    const conditions = [
        `dst ${exact ? "==" : "in"} ${prefix}`,
        ...(ge === undefined ? [] : [`dst-len >= ${ge}`]),
        ...(le === undefined ? [] : [`dst-len <= ${le}`]),
    ];
    return `if (${conditions.join(" && ")}) { ${does} }`;
}

/** Without an entry that allows them RouterOS makes no BFD sessions. */
function bfdCommands({ bfd, neighbours }: ByHandPlan): string[] {
    if (!bfd) return [];
    return [
        "/routing/bfd/configuration",
        [
            `add addresses=${neighbours.map(({ address }) => address).join(",")}`,
            ...(bfd.receiveInterval === undefined ? [] : [`min-rx=${bfd.receiveInterval}ms`]),
            ...(bfd.transmitInterval === undefined ? [] : [`min-tx=${bfd.transmitInterval}ms`]),
            ...(bfd.detectMultiplier === undefined ? [] : [`multiplier=${bfd.detectMultiplier}`]),
        ].join(" "),
    ];
}

function connection(neighbour: RouterNeighbour, router: ByHandPlan): string {
    const { owner, bgp, addresses, port, password } = router;
    const { family, timers } = neighbour;
    const version = family === "ipv4" ? "v4" : "v6";
    return [
        `name="${owner}-${neighbour.description}-${version}"`,
        `instance="${owner}"`,
        `remote.address=${neighbour.address}`,
        `remote.as=${neighbour.asn}`,
        `local.role=${neighbour.asn === bgp.asn ? "ibgp" : "ebgp"}`,
        `local.address=${addresses[family]}`,
        ...(port === 179 ? [] : [`local.port=${port}`]),
        `afi=${family === "ipv4" ? "ip" : "ipv6"}`,
        ...(neighbour.ebgpMultihop === undefined ? [] : ["multihop=yes"]),
        ...(timers ? [`hold-time=${timers.hold}s keepalive-time=${timers.keepalive}s`] : []),
        ...(password === undefined ? [] : [`tcp-md5-key="${placeholder(password)}"`]),
        ...(neighbour.bfd ? ["use-bfd=yes"] : []),
        `input.filter="${neighbour.prefixListIn}"`,
        `input.limit-process-routes-${family}=${nextStep(neighbour.maximumPrefix)}`,
        `output.filter-chain="${neighbour.prefixListOut}"`,
    ].join(" ");
}

function differences({ neighbours, bfd }: ByHandPlan): string[] {
    const limits = [...new Set(neighbours.map(({ maximumPrefix }) => maximumPrefix))];
    return [
        ...limits
            .filter((limit) => nextStep(limit) !== limit)
            .map((limit) => `A limit of ${limit} prefixes is one of ${nextStep(limit)} here.`),
        ...(bfd?.echoMode ? ["BFD has no echo mode here."] : []),
        ...(bfd?.minimumTtl === undefined ? [] : ["BFD has no least TTL here."]),
    ];
}

/** The steps are 10, 100 and so on to ten million. */
const nextStep = (limit: number): number =>
    Math.min(10 ** Math.max(1, Math.ceil(Math.log10(limit))), 10_000_000);
