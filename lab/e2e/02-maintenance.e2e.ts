import assert from "node:assert/strict";
import type { Site } from "../bring-up";
import { setLink } from "../network";
import { demoAddress } from "../report";
import {
    assertHolds,
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
import { nobodyMissed, startTraffic, watchRoutes } from "./traffic";

const bgp = (...path: string[]) => ["config", "metallb-pfsense:bgp", ...path];
/** Of the lab's stack, milliseconds. */
const holdTime = 9_000;
const pause = (milliseconds: number) => new Promise((wake) => setTimeout(wake, milliseconds));
const [wn1, wn2] = nodeAddresses as [string, string];

/** Drained, taken out of service and brought back, with a client that asks all the while. */
describe("maintenance", () => {
    let site: Site;
    let stackFile: string;
    let address: string;
    /** Prefixes that each node announces. */
    let announced: number;

    before(async () => {
        site = await theSite();
        stackFile = site.stack.read();
        address = (await demoAddress(site.kubectl))!;
        // As after `kubectl drain`: who still gets a request answers it without the drained node.
        await trafficPolicy("Local");
        for (const name of firewallNames) await routed(name, wn1, wn2);
        announced = (await accepted("fw-a"))[0]!;
        assert.ok(announced > 0);
    });
    after(async () => {
        // First of all: no `up` of the files after this one is proven while a node has no pod.
        await trafficPolicy("Cluster");
        await backToTheFile();
    });

    const trafficPolicy = (externalTrafficPolicy: "Local" | "Cluster") => {
        const patch = JSON.stringify({ spec: { externalTrafficPolicy } });
        const service = ["-n", "demo", "service", "web"];
        return site.kubectl.run(["patch", ...service, "--type", "merge", "-p", patch]);
    };
    /** Waits until the firewall has exactly these next hops, which is a moment after BGP has them. */
    const routed = (firewall: string, ...hops: readonly string[]) =>
        poll(`next hops ${hops.join() || "(none)"} of ${firewall}`, async () => {
            return (await nextHops(site, firewall, address)).join() === hops.join();
        });
    const established = async (firewall: string) => {
        const seen = await sessions(site, firewall);
        return nodeAddresses.map((node) => [seen[node]?.state, seen[node]?.established]);
    };
    const upAgain = (firewall: string) =>
        poll(`the sessions of ${firewall}`, async () =>
            (await established(firewall)).every(([state]) => state === "Established"),
        );
    const everywhere = async () => [await established("fw-a"), await established("fw-b")];
    /** Prefixes of wn1 and wn2 right now: an `up` has waited for what it promises. */
    const accepted = async (firewall: string) => {
        const seen = await sessions(site, firewall);
        return nodeAddresses.map((node) => seen[node]?.prefixesAccepted);
    };
    const backToTheFile = async () => {
        site.stack.write(stackFile);
        await up(site);
        for (const name of firewallNames) await routed(name, wn1, wn2);
    };

    it("of a node: drained, cut off and brought back, and no request is lost", async () => {
        const before = await everywhere();
        const traffic = await startTraffic(site, address);
        site.stack.edit((stack) =>
            stack.setIn(bgp("nodes", "wn2"), { address: wn2, maintenance: true }),
        );
        const preview = await site.stack.preview();
        assertHolds(
            told(preview),
            "  cluster      advertisement recipe changed: nodeSelectors\n",
            "  fw-a         nothing\n",
            "  sessions     all stay\n",
            "  maintenance  node wn2: announces nothing; its sessions stay and carry nothing\n",
        );
        await up(site);
        for (const name of firewallNames) {
            assert.deepEqual(await accepted(name), [announced, 0]);
            await routed(name, wn1);
        }
        assert.deepEqual(await everywhere(), before);
        await changesNothing(site);

        await setLink(site.box, "wn2", "down");
        try {
            await pause(3_000);
        } finally {
            await setLink(site.box, "wn2", "up");
        }
        // By then a session that has missed too much has ended.
        await pause(holdTime);
        for (const name of firewallNames) await upAgain(name);
        const mended = await everywhere();

        await backToTheFile();
        await nobodyMissed(traffic);
        assert.deepEqual(await everywhere(), mended);
    });

    it("of a node: shut with a message once it is drained, and open again", async () => {
        const maintenance = (value: boolean | "shut") =>
            site.stack.edit((stack) => {
                stack.setIn(bgp("nodes", "wn2"), { address: wn2, maintenance: value });
                // A native speaker that is refused doubles its wait, up to two minutes.
                stack.setIn(bgp("check", "deadline"), 150);
            });
        const before = await everywhere();
        const traffic = await startTraffic(site, address);
        maintenance("shut");
        const refusal = `Neighbour ${wn2} is to be shut and still carries ${announced} prefixes: drain it first, with maintenance: true and an up.`;
        assertHolds(told(await site.stack.preview()), `fw-a: ${refusal}`);
        const refused = await site.stack.up();
        assert.equal(refused.ok, false, refused.text);
        assertHolds(told(refused) + refused.text, refusal);
        assert.deepEqual(await everywhere(), before);

        maintenance(true);
        await up(site);
        maintenance("shut");
        const preview = await site.stack.preview();
        assertHolds(
            told(preview),
            `  fw-a         neighbour ${wn2} changed: shutdown, shutdownmessage\n`,
            `  sessions     with fw-a: shut ${wn2}\n`,
            "  maintenance  node wn2: announces nothing; the firewall's end shuts its sessions\n",
            "  outage       none expected\n",
        );
        await up(site);
        for (const [index, name] of firewallNames.entries()) {
            const [kept, shut] = await established(name);
            assert.deepEqual(kept, before[index]![0]);
            assert.notEqual(shut![0], "Established");
            const running = await site.firewalls[name]!.vtysh("show running-config");
            assertHolds(running, `neighbor ${wn2} shutdown message`, "maintenance of wn2");
            await routed(name, wn1);
        }
        await changesNothing(site);

        maintenance(false);
        await up(site);
        await nobodyMissed(traffic);
        await backToTheFile();
        for (const name of firewallNames)
            assert.doesNotMatch(
                await site.firewalls[name]!.vtysh("show running-config"),
                /shutdown/,
            );
    }).timeout(600_000);

    it("of a firewall: drained, FRR restarted and back, and the other has the route all the while", async () => {
        const before = await everywhere();
        const routes = await watchRoutes(site, address);
        site.stack.edit((stack) => stack.setIn(bgp("routers", "fw-b", "maintenance"), true));
        const preview = await site.stack.preview();
        assertHolds(
            told(preview),
            "  cluster      advertisement recipe changed: peers\n",
            "  fw-b         nothing\n",
            "  sessions     all stay\n",
            "  maintenance  router fw-b: is told nothing; its sessions stay and carry nothing\n",
        );
        await up(site);
        assert.deepEqual(await accepted("fw-a"), [announced, announced]);
        assert.deepEqual(await accepted("fw-b"), [0, 0]);
        await routed("fw-a", wn1, wn2);
        await routed("fw-b");
        assert.deepEqual(await everywhere(), before);

        await site.firewalls["fw-b"]!.run(["/usr/local/etc/rc.d/frr", "restart"]);
        await upAgain("fw-b");
        assert.deepEqual(await accepted("fw-b"), [0, 0]);
        assert.deepEqual(await established("fw-a"), before[0]);

        await backToTheFile();
        await nobodyMissed(routes);
        assert.deepEqual(await established("fw-a"), before[0]);
    });

    it("of all nodes or all routers is refused, and nothing is touched", async () => {
        site.stack.edit((stack) => {
            for (const name of firewallNames)
                stack.setIn(bgp("routers", name, "maintenance"), true);
        });
        const outcome = await site.stack.up();
        site.stack.write(stackFile);
        assert.equal(outcome.ok, false, outcome.text);
        assertHolds(
            told(outcome) + outcome.text,
            "error: bgp.routers: all are in maintenance; leave out at least one",
        );
    });
});
