import type { Box } from "../../lab/box";
import { clusterAsn } from "./wanted";

const nodes = [21, 22, 23];

/** Nodes 192.168.33.21 to .23, a firewall between them and a client 192.168.34.10, on one bridge. */
export async function startNetwork(box: Box): Promise<void> {
    const hosts = ["fw", "client", ...nodes.map((last) => `n${last}`)];
    const lines = [
        ...["lan", ...hosts].flatMap((name) => [
            `ip netns add ${name}`,
            `ip -n ${name} link set lo up`,
        ]),
        "ip -n lan link add br0 type bridge",
        "ip -n lan link set br0 up",
        ...attach("fw", "192.168.33.2"),
        ...nodes.flatMap((last) => [
            ...attach(`n${last}`, `192.168.33.${last}`),
            `ip -n n${last} route add default via 192.168.33.2`,
            `ip -n n${last} addr add 192.168.32.1/32 dev lo`,
            `ip -n n${last} addr add 192.168.32.2/32 dev lo`,
        ]),
        "ip -n fw link add eth1 type veth peer name eth0 netns client",
        "ip -n fw link set eth1 up",
        "ip -n fw addr add 192.168.34.2/24 dev eth1",
        "ip -n client link set eth0 up",
        "ip -n client addr add 192.168.34.10/24 dev eth0",
        "ip -n client route add default via 192.168.34.2",
        "nsenter --net=/run/netns/fw sysctl -qw net.ipv4.ip_forward=1 net.ipv4.fib_multipath_hash_policy=1",
    ];
    await box.run(["bash", "-e"], {}, { input: lines.join("\n") });
}

const attach = (host: string, address: string) => [
    `ip -n lan link add v${host} type veth peer name eth0 netns ${host}`,
    `ip -n lan link set v${host} master br0 up`,
    `ip -n ${host} link set eth0 up`,
    `ip -n ${host} addr add ${address}/24 dev eth0`,
];

const speakerConfig = (last: number, password: string) => `frr defaults traditional
router bgp ${clusterAsn}
 bgp router-id 192.168.33.${last}
 no bgp ebgp-requires-policy
 no bgp network import-check
 neighbor 192.168.33.2 remote-as 64501
 neighbor 192.168.33.2 password ${password}
 neighbor 192.168.33.2 timers 3 9
 neighbor 192.168.33.2 timers connect 1
 address-family ipv4 unicast
  network 192.168.32.1/32
  network 192.168.32.2/32
  network 10.66.0.0/16
 exit-address-family
`;

/**
 * A real bgpd in the place of a node. It dials and does not listen, as MetalLB's speaker does, and
 * announces one network more than the firewall may accept.
 */
export async function startSpeaker(box: Box, last: number, password: string): Promise<void> {
    const name = `n${last}`;
    const file = `/run/frr/${name}/bgpd.conf`;
    const input = `mkdir -p /run/frr/${name}
cat > ${file} <<'END'
${speakerConfig(last, password)}END
chown -R frr:frr /run/frr/${name}`;
    await box.run(["bash", "-e"], {}, { input });
    const argv = ["/usr/lib/frr/bgpd", "-N", name, "-Z", "-n", "-p", "0", "-A", "127.0.0.1"];
    await box.spawn(`speaker-${name}`, [...argv, "-f", file], { netns: name });
}
