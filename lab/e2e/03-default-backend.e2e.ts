import assert from "node:assert/strict";
import type { Site } from "../bring-up";
import { demoAddress } from "../report";
import { setLink } from "../network";
import * as network from "../site";
import {
    changesNothing,
    firewallNames,
    nextHops,
    nodeAddresses,
    poll,
    sessions,
    theSite,
    told,
    up,
} from "./support";
import { key } from "../stack/stack";
import { nobodyMissed, startTraffic } from "./traffic";

/** What a user has who writes no backend: MetalLB's own default, with BFD. */
describe("the default backend, frr-k8s", () => {
    let site: Site;
    let stackFile: string;

    before(async () => {
        site = await theSite();
        stackFile = site.stack.read();
        const outcome = await site.stack.destroy();
        assert.ok(outcome.ok, outcome.text);
        site.stack.edit((stack) => {
            stack.deleteIn(key("metallb", "backend"));
            stack.setIn(key("bgp", "bfdProfiles"), {
                fast: { receiveInterval: 300, transmitInterval: 300 },
            });
            stack.setIn(key("bgp", "bfd"), "fast");
            stack.setIn(key("metallb", "pools", "lan"), {
                addresses: ["192.168.33.200-192.168.33.209"],
                autoAssign: false,
            });
            stack.setIn(key("metallb", "l2"), { lan: { pools: ["lan"] } });
        });
    });
    after(async () => {
        const outcome = await site.stack.destroy();
        assert.ok(outcome.ok, outcome.text);
        site.stack.write(stackFile);
        const back = await site.stack.up();
        assert.ok(back.ok, told(back) + back.text);
    });

    const cut = (node: string, state: "up" | "down") => setLink(site.box, node, state);
    const seconds = (since: number) => `${((Date.now() - since) / 1000).toFixed(1)} s`;

    const established = async () => {
        for (const name of firewallNames) {
            const seen = await sessions(site, name);
            for (const node of nodeAddresses) assert.equal(seen[node]?.state, "Established", node);
        }
    };

    it("comes up from nothing, and nothing differs after it", async () => {
        const started = Date.now();
        await up(site);
        console.log(`      up took ${seconds(started)}`);
        await established();
        const { stdout: pods } = await site.kubectl.run([
            "-n",
            "metallb-system",
            "get",
            "pods",
            "-o",
            "name",
        ]);
        assert.match(pods, /frr-k8s/);
        await changesNothing(site);
    });

    it("routes the address to every node, with BFD at both ends", async () => {
        const address = await poll("an address", async () => demoAddress(site.kubectl));
        for (const name of firewallNames) {
            await poll(`next hops of ${name}`, async () => {
                const hops = await nextHops(site, name, address);
                return hops.join() === nodeAddresses.join();
            });
            const { stdout } = await site.firewalls[name]!.run([
                "/usr/local/bin/vtysh",
                "-c",
                "show bfd peers json",
            ]);
            const peers = JSON.parse(stdout) as { peer: string; status: string }[];
            assert.deepEqual(
                peers.map(({ peer, status }) => `${peer} ${status}`).sort(),
                nodeAddresses.map((node) => `${node} up`),
            );
        }
    });

    it("takes a node from one firewall and gives it back, and nobody misses a request", async () => {
        const address = (await demoAddress(site.kubectl))!;
        const traffic = await startTraffic(site, address);
        site.stack.edit((stack) => stack.setIn(key("bgp", "routers", "fw-b", "nodes"), ["wn1"]));
        await up(site);
        const seen = await sessions(site, "fw-b");
        assert.equal(seen[nodeAddresses[1]!], undefined);
        site.stack.edit((stack) => stack.deleteIn(key("bgp", "routers", "fw-b", "nodes")));
        await up(site);
        await nobodyMissed(traffic);
        await established();
    });

    it("takes a dead node's routes away in the time of BFD's profile, not in that of BGP", async () => {
        const address = (await demoAddress(site.kubectl))!;
        const hops = async () => (await nextHops(site, "fw-a", address)).join();
        await cut("wn2", "down");
        const started = Date.now();
        try {
            await poll("the route by wn1 alone", async () => (await hops()) === nodeAddresses[0], {
                intervalMs: 20,
                timeoutMs: 8_000,
            });
            const took = Date.now() - started;
            console.log(`      gone after ${seconds(started)}; the hold time is 9 s`);
            // Three packets of 300 ms each, and the time that a look takes.
            assert.ok(took < 2_000, `${took} ms`);
        } finally {
            await cut("wn2", "up");
        }
        await poll("both next hops again", async () => (await hops()) === nodeAddresses.join());
    });

    it("answers for a pool of the local network by ARP, and from another node when one is cut off", async () => {
        await site.kubectl.apply(lanService);
        const get = ["-n", "demo", "get", "service", "web-lan"];
        const address = await poll("an address of the local network", async () => {
            const path = ["-o", "jsonpath={.status.loadBalancer.ingress[0].ip}"];
            return (await site.kubectl.run([...get, ...path])).stdout.trim() || undefined;
        });
        assert.match(address, /^192\.168\.33\.20\d$/);
        const where = { netns: network.controlPlane.name };
        const answers = async () => {
            const argv = ["curl", "-sS", "--fail", "--max-time", "1", `http://${address}/`];
            return (await site.box.run(argv, where)).stdout.includes("hello from web-");
        };
        const owner = async () => {
            const { stdout } = await site.box.run(["ip", "neigh", "show", address], where);
            const mac = /lladdr (\S+)/.exec(stdout)?.[1];
            for (const { name } of network.nodes) {
                const link = await site.box.run(["ip", "-n", name, "link", "show", "eth0"]);
                if (mac !== undefined && link.stdout.includes(mac)) return name;
            }
            return undefined;
        };
        try {
            await poll("an answer", answers);
            const first = await poll("the node that answers", owner);
            await cut(first, "down");
            const started = Date.now();
            try {
                await poll("the other node", async () => {
                    await answers().catch(() => false);
                    const now = await owner();
                    return now !== undefined && now !== first;
                });
                console.log(`      moved to the other node after ${seconds(started)}`);
                await poll("an answer of it", answers);
            } finally {
                await cut(first, "up");
            }
        } finally {
            await site.kubectl.run(["-n", "demo", "delete", "service", "web-lan"]);
        }
        await poll("all sessions", async () => {
            await established();
            return true;
        });
    });
});

const lanService = `apiVersion: v1
kind: Service
metadata:
    name: web-lan
    namespace: demo
    annotations: { metallb.io/address-pool: lan }
spec:
    type: LoadBalancer
    selector: { app: web }
    ports: [{ port: 80, targetPort: 9898 }]
`;
