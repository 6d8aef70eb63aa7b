import { Box } from "./box";
import * as site from "./site";

/**
 * Makes the site's networks: a bridge for nodes and firewalls, one for the clients behind them.
 *
 * Every end of every link is created inside a namespace of the box, so nothing has a way out.
 */
export async function createNetwork(box: Box): Promise<void> {
    const hosts = [
        site.controlPlane.name,
        site.repository.name,
        site.client.name,
        site.core.name,
        ...site.nodes.map((node) => node.name),
        ...site.firewalls.map((firewall) => firewall.name),
    ];
    await script(box, [
        ...["lan", "wan", ...hosts].flatMap(namespace),
        ...bridge("lan"),
        ...bridge("wan"),
    ]);
    await script(box, [
        ...attach("lan", site.controlPlane),
        ...attach("lan", site.repository),
        ...site.nodes.flatMap((node) => attach("lan", node)),
        ...site.firewalls.flatMap((firewall) => [
            ...attach("lan", firewall),
            ...attach("wan", clientSide(firewall), "eth1"),
            ...sysctl(firewall.name, [
                "net.ipv4.ip_forward=1",
                "net.ipv4.fib_multipath_hash_policy=1",
                "net.ipv6.conf.all.forwarding=1",
                "net.ipv6.fib_multipath_hash_policy=1",
            ]),
        ]),
        ...attach("wan", site.client),
        ...attach("wan", site.core),
    ]);
    await script(box, [
        ...site.nodes.flatMap(nodeRoutes),
        ...[site.client, site.core].flatMap(({ name }) => byFirewalls(name, clientSide)),
    ]);
}

const clientSide = ({ name, clientSide, clientSide6 }: site.FirewallSite): site.Host => ({
    name,
    address: clientSide,
    address6: clientSide6,
});

function nodeRoutes(node: site.Node): string[] {
    const others = site.nodes.filter((other) => other !== node);
    const toPods = [site.controlPlane.name, site.repository.name];
    return [
        ...sysctl(node.name, ["net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1"]),
        ...byFirewalls(node.name, (firewall) => firewall),
        ...others.flatMap((other) => podRoutes(node.name, other)),
        // The API server dials webhooks at their pod's address; the repository answers pods.
        ...toPods.flatMap((name) => podRoutes(name, node)),
    ];
}

const podRoutes = (host: string, node: site.Node) => [
    `ip -n ${host} route add ${node.podRange} via ${node.address}`,
    `ip -n ${host} route add ${node.podRange6} via ${node.address6}`,
];

/** Default routes by every firewall, at the addresses of that side. */
function byFirewalls(host: string, side: (firewall: site.FirewallSite) => site.Host): string[] {
    const hops = (family: "address" | "address6") =>
        site.firewalls.map((firewall) => `nexthop via ${side(firewall)[family]}`).join(" ");
    return [
        `ip -n ${host} route add default ${hops("address")}`,
        `ip -n ${host} -6 route add default ${hops("address6")}`,
    ];
}

const bridged = "/proc/sys/net/bridge/bridge-nf-call-iptables";

/** As on Debian's kernel, where no bridge hands its packets to netfilter unless somebody asks. */
const namespace = (name: string) => [
    `ip netns add ${name}`,
    `ip -n ${name} link set lo up`,
    // As an address of a firewall's or node's own configuration: there again with the link.
    ...sysctl(name, ["net.ipv6.conf.all.keep_addr_on_down=1"]),
    `nsenter --net=/run/netns/${name} bash -c 'test ! -e ${bridged} || echo 0 > ${bridged}'`,
];

const bridge = (name: string) => [
    `ip -n ${name} link add br0 type bridge`,
    `ip -n ${name} link set br0 up`,
];

// nodad: an address that is still being asked for cannot be listened on.
const attach = (network: string, host: site.Host, link = "eth0") => [
    `ip -n ${network} link add v${host.name} type veth peer name ${link} netns ${host.name}`,
    `ip -n ${network} link set v${host.name} master br0 up`,
    `ip -n ${host.name} link set ${link} up`,
    `ip -n ${host.name} addr add ${host.address}/24 dev ${link}`,
    `ip -n ${host.name} addr add ${host.address6}/64 dev ${link} nodad`,
];

const sysctl = (netns: string, settings: string[]) => [
    `nsenter --net=/run/netns/${netns} sysctl -qw ${settings.join(" ")}`,
];

async function script(box: Box, lines: string[]): Promise<void> {
    await box.run(["bash", "-e"], {}, { input: lines.join("\n") });
}

/**
 * Cuts or mends the link of a host at its bridge, as a pulled cable would.
 *
 * Not at the host's end: a node that takes its own link down forgets its routes.
 */
export async function setLink(box: Box, host: string, state: "up" | "down"): Promise<void> {
    await box.run(["ip", "-n", "lan", "link", "set", `v${host}`, state]);
}
