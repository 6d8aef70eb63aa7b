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
        ...attach("lan", site.controlPlane.name, site.controlPlane.address),
        ...attach("lan", site.repository.name, site.repository.address),
        ...site.nodes.flatMap((node) => attach("lan", node.name, node.address)),
        ...site.firewalls.flatMap((firewall) => [
            ...attach("lan", firewall.name, firewall.address),
            ...attach("wan", firewall.name, firewall.clientSide, "eth1"),
            ...sysctl(firewall.name, [
                "net.ipv4.ip_forward=1",
                "net.ipv4.fib_multipath_hash_policy=1",
            ]),
        ]),
        ...attach("wan", site.client.name, site.client.address),
        ...attach("wan", site.core.name, site.core.address),
    ]);
    await script(box, [
        ...site.nodes.flatMap(nodeRoutes),
        `ip -n ${site.client.name} route add default ${nextHops((firewall) => firewall.clientSide)}`,
        `ip -n ${site.core.name} route add default ${nextHops((firewall) => firewall.clientSide)}`,
    ]);
}

function nodeRoutes(node: site.Node): string[] {
    const others = site.nodes.filter((other) => other !== node);
    const toPods = [site.controlPlane.name, site.repository.name];
    return [
        ...sysctl(node.name, ["net.ipv4.ip_forward=1"]),
        `ip -n ${node.name} route add default ${nextHops((firewall) => firewall.address)}`,
        ...others.map((o) => `ip -n ${node.name} route add ${o.podRange} via ${o.address}`),
        // The API server dials webhooks at their pod's address; the repository answers pods.
        ...toPods.map((name) => `ip -n ${name} route add ${node.podRange} via ${node.address}`),
    ];
}

const nextHops = (address: (firewall: site.FirewallSite) => string) =>
    site.firewalls.map((firewall) => `nexthop via ${address(firewall)}`).join(" ");

const bridged = "/proc/sys/net/bridge/bridge-nf-call-iptables";

/** As on Debian's kernel, where no bridge hands its packets to netfilter unless somebody asks. */
const namespace = (name: string) => [
    `ip netns add ${name}`,
    `ip -n ${name} link set lo up`,
    `nsenter --net=/run/netns/${name} bash -c 'test ! -e ${bridged} || echo 0 > ${bridged}'`,
];

const bridge = (name: string) => [
    `ip -n ${name} link add br0 type bridge`,
    `ip -n ${name} link set br0 up`,
];

const attach = (network: string, host: string, address: string, link = "eth0") => [
    `ip -n ${network} link add v${host} type veth peer name ${link} netns ${host}`,
    `ip -n ${network} link set v${host} master br0 up`,
    `ip -n ${host} link set ${link} up`,
    `ip -n ${host} addr add ${address}/24 dev ${link}`,
];

const sysctl = (netns: string, settings: string[]) => [
    `nsenter --net=/run/netns/${netns} sysctl -qw ${settings.join(" ")}`,
];

async function script(box: Box, lines: string[]): Promise<void> {
    await box.run(["bash", "-e"], {}, { input: lines.join("\n") });
}

/** Cuts or mends the link of a host at its bridge, as a pulled cable would. */
export async function setLink(box: Box, host: string, state: "up" | "down"): Promise<void> {
    await box.run(["ip", "-n", "lan", "link", "set", `v${host}`, state]);
}
