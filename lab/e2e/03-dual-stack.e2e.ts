import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { Site } from "../bring-up";
import { setLink } from "../network";
import * as network from "../site";
import { root } from "../stack/stack";
import { changesNothing, firewallNames, poll, sessions, theSite, up } from "./support";
import { key } from "../stack/stack";

type Json = Record<string, unknown>;

const pool = ["192.168.35.0/24", "fd00:35::1-fd00:35::ff"];
const both = ({ address, address6 }: network.Host) => [address, address6];
const neighbours = network.nodes.flatMap(both).sort((a, b) => a.localeCompare(b));

/** The example that people copy, with this site's addresses and its second firewall. */
describe("examples/Pulumi.dual-stack-bfd.yaml", () => {
    let site: Site;
    let stackFile: string;
    let addresses: string[];

    before(async () => {
        site = await theSite();
        stackFile = site.stack.read();
        const gone = await site.stack.destroy();
        assert.ok(gone.ok, gone.text);
        const file = join(root, "examples", "Pulumi.dual-stack-bfd.yaml");
        const { config } = parse(readFileSync(file, "utf8")) as { config: Record<string, Json> };
        site.stack.edit((stack) => {
            const dev = stack.toJS() as { config: Record<string, Json> };
            stack.setIn(key("cluster", "podCidrs"), network.podNetworks);
            stack.setIn(key("cluster", "serviceCidrs"), network.serviceNetworks);
            stack.setIn(key("metallb"), {
                ...config["metallb-pfsense:metallb"],
                chart: dev.config["metallb-pfsense:metallb"]!.chart,
                pools: { both: { addresses: pool } },
            });
            stack.setIn(key("bgp"), {
                ...config["metallb-pfsense:bgp"],
                ...ownAddresses(dev.config["metallb-pfsense:bgp"]!),
                // The example's 90 s are the time without BFD; nobody waits for them here.
                timers: { hold: 9, connect: 2 },
            });
        });
        await up(site);
        await site.kubectl.apply(dualStackService);
        addresses = await poll("both addresses", async () => {
            const path = "jsonpath={.status.loadBalancer.ingress[*].ip}";
            const get = ["-n", "demo", "get", "service", "web-both", "-o", path];
            const ingress = (await site.kubectl.run(get)).stdout.split(" ").filter(Boolean);
            return ingress.length === 2 && ingress.sort();
        });
    });
    after(async () => {
        await site.kubectl.run([
            "-n",
            "demo",
            "delete",
            "service",
            "web-both",
            "--ignore-not-found",
        ]);
        const outcome = await site.stack.destroy();
        assert.ok(outcome.ok, outcome.text);
        site.stack.write(stackFile);
        await up(site);
    });

    it("has a session of each family per node and firewall, and nothing differs after it", async () => {
        for (const name of firewallNames) {
            const { [network.core.address]: core, ...ours } = await sessions(site, name);
            assert.ok(core);
            assert.deepEqual(
                Object.entries(ours).map(([neighbour, { state }]) => `${neighbour} ${state}`),
                neighbours.map((neighbour) => `${neighbour} Established`),
            );
        }
        await changesNothing(site);
    });

    it("gives a service an address of each family, which answer through each firewall", async () => {
        assert.match(addresses.join(" "), /^192\.168\.35\.\d+ fd00:35::[0-9a-f]+$/);
        for (const { clientSide, clientSide6 } of network.firewalls) {
            for (const address of addresses) {
                const gateway = address.includes(":") ? clientSide6 : clientSide;
                const route = ["ip", "-n", network.client.name, "route"];
                await site.box.run([...route, "replace", address, "via", gateway]);
                try {
                    await poll(`${address} by ${gateway}`, () => answer(address));
                } finally {
                    await site.box.run([...route, "del", address]);
                }
            }
        }
    });

    it("has BFD up at both ends of every session, with the profile's numbers at both", async () => {
        for (const name of firewallNames) {
            const peers = await site.firewalls[name]!.vtysh("show bfd peers json");
            assert.deepEqual(upPeers(peers), neighbours);
            assert.deepEqual(numbers(peers), ["200 / 200 × 4, of the other end 200 / 200 × 4"]);
        }
        const routers = network.firewalls.flatMap(both).sort((a, b) => a.localeCompare(b));
        const select = ["--selector", "app.kubernetes.io/component=frr-k8s", "-o", "name"];
        const get = ["-n", "metallb-system", "get", "pods", ...select];
        const pods = (await site.kubectl.run(get)).stdout.trim().split("\n");
        assert.equal(pods.length, network.nodes.length, pods.join());
        for (const pod of pods) {
            const vtysh = [pod, "-c", "frr", "--", "vtysh", "-c", "show bfd peers json"];
            const { stdout } = await site.kubectl.run(["-n", "metallb-system", "exec", ...vtysh]);
            assert.deepEqual(upPeers(stdout), routers);
            assert.deepEqual(numbers(stdout), ["200 / 200 × 4, of the other end 200 / 200 × 4"]);
        }
    });

    it("takes other numbers to both ends, FRR's own among them, and resets no session", async () => {
        const profile = key("bgp", "bfdProfiles", "fast");
        const example = site.stack.read();
        const before = await sessions(site, firewallNames[0]!);
        for (const [text, change] of [
            ["300 / 300 × 3", () => site.stack.edit((stack) => stack.setIn(profile, {}))],
            ["200 / 200 × 4", () => site.stack.write(example)],
        ] as const) {
            change();
            await up(site);
            for (const name of firewallNames) {
                await poll(`${text} on ${name}`, async () => {
                    const peers = await site.firewalls[name]!.vtysh("show bfd peers json");
                    return numbers(peers).join() === `${text}, of the other end ${text}`;
                });
            }
        }
        const after = await sessions(site, firewallNames[0]!);
        const times = (seen: typeof after) => neighbours.map((one) => seen[one]!.established);
        assert.deepEqual(times(after), times(before));
    });

    it("loses a dead node's routes in the time of BFD's profile, and without BFD in the hold time", async () => {
        const withBfd = await timeToLose("wn2");
        site.stack.edit((stack) => stack.deleteIn(key("bgp", "bfd")));
        await up(site);
        for (const name of firewallNames) {
            assert.deepEqual(upPeers(await site.firewalls[name]!.vtysh("show bfd peers json")), []);
        }
        const without = await timeToLose("wn2");
        const seconds = (times: number[]) => times.map((ms) => (ms / 1000).toFixed(1)).join(" / ");
        console.log(
            `      IPv4 / IPv6 gone after ${seconds(withBfd)} s with BFD, ${seconds(without)} s without`,
        );
        // Four packets of 200 ms each, and the time that a look takes.
        for (const took of withBfd) assert.ok(took < 2_000, `${took} ms`);
        for (const took of without) assert.ok(took > 3_000 && took < 12_000, `${took} ms`);
    });

    const answer = async (address: string) => {
        const host = address.includes(":") ? `[${address}]` : address;
        const argv = ["curl", "-sS", "-g", "--fail", "--max-time", "2", `http://${host}/`];
        const { stdout } = await site.box.run(argv, { netns: network.client.name });
        return stdout.includes("hello from web-");
    };

    /** Milliseconds from the cut of a node's cable until fw-a has one next hop, for each address. */
    async function timeToLose(node: string): Promise<number[]> {
        await Promise.all(addresses.map((address) => hops(address, 2)));
        await setLink(site.box, node, "down");
        const started = Date.now();
        try {
            const lost = async (address: string) => {
                await hops(address, 1);
                return Date.now() - started;
            };
            return await Promise.all(addresses.map(lost));
        } finally {
            await setLink(site.box, node, "up");
        }
    }

    /** In the firewall's kernel, because BGP's next hops of IPv6 are link-local addresses. */
    async function hops(address: string, count: number): Promise<void> {
        const family = address.includes(":") ? "-6" : "-4";
        const argv = ["ip", family, "-j", "route", "show", address, "proto", "bgp"];
        const look = async () => {
            const { stdout } = await site.box.run(argv, { netns: firewallNames[0]! });
            const routes = JSON.parse(stdout || "[]") as { nexthops?: unknown[] }[];
            const found = routes.flatMap(({ nexthops }) => nexthops ?? [{}]);
            if (found.length !== count) throw new Error(stdout);
            return true;
        };
        await poll(`${count} next hops`, look, { intervalMs: 20, timeoutMs: 30_000 });
    }
});

const ownAddresses = (dev: Json): Json => ({
    nodes: Object.fromEntries(network.nodes.map((node) => [node.name, both(node)])),
    routers: Object.fromEntries(
        network.firewalls.map((firewall) => {
            const { pfsense } = (dev.routers as Record<string, { pfsense: { hostKey: string } }>)[
                firewall.name
            ]!;
            const connected = ["192.168.33.0/24", "fd00:33::/64"];
            const passRule = { interface: "lan" };
            const { hostKey } = pfsense;
            return [
                firewall.name,
                {
                    address: both(firewall),
                    asn: network.firewallAsn,
                    connected,
                    pfsense: { hostKey, passRule },
                },
            ];
        }),
    ),
    asn: network.clusterAsn,
});

/** Peers whose session of BFD is up, in order. */
const upPeers = (json: string) =>
    (JSON.parse(json) as { peer: string; status: string }[])
        .filter(({ status }) => status === "up")
        .map(({ peer }) => peer)
        .sort((a, b) => a.localeCompare(b));

/** BFD's numbers of all sessions: one text where they are the same. */
const numbers = (json: string) => {
    const peers = JSON.parse(json) as Record<string, number>[];
    const told = (one: Record<string, number>, end: string) =>
        `${one[`${end}receive-interval`]} / ${one[`${end}transmit-interval`]} × ${one[`${end}detect-multiplier`]}`;
    return [
        ...new Set(
            peers.map((one) => `${told(one, "")}, of the other end ${told(one, "remote-")}`),
        ),
    ];
};

const dualStackService = `apiVersion: v1
kind: Service
metadata: { name: web-both, namespace: demo }
spec:
    type: LoadBalancer
    ipFamilyPolicy: RequireDualStack
    selector: { app: web }
    ports: [{ port: 80, targetPort: 9898 }]
`;
