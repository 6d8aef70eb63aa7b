import assert from "node:assert/strict";
import type { YAMLMap } from "yaml";
import type { Site } from "../bring-up";
import * as network from "../site";
import { assertHolds, changesNothing, nodeAddresses, sessions, theSite, told, up } from "./support";

const [firewall] = network.firewalls;
const second = { name: "fw-a-second", address: "192.168.33.3" };
const routers = ["config", "metallb-pfsense:bgp", "routers"];

/** A firewall with an address in each of two VLANs looks like this from FRR: one bgpd, two addresses. */
describe("a firewall with two addresses, each for nodes of its own", () => {
    let site: Site;
    let stackFile: string;
    const address = (verb: "add" | "del") =>
        site.box.run([
            ...["ip", "-n", firewall!.name, "addr", verb],
            ...[`${second.address}/24`, "dev", "eth0"],
        ]);

    before(async () => {
        site = await theSite();
        stackFile = site.stack.read();
        await address("add");
    });
    after(async () => {
        site.stack.write(stackFile);
        await up(site);
        await address("del");
    });

    it("is configured once, and each address peers with its own nodes", async () => {
        site.stack.edit((stack) => {
            stack.setIn([...routers, firewall!.name, "nodes"], ["wn1"]);
            stack.setIn([...routers, second.name], {
                address: second.address,
                asn: network.firewallAsn,
                nodes: ["wn2"],
                sharesFirewall: { with: firewall!.name },
            });
        });
        const preview = await site.stack.preview();
        assertHolds(told(preview), `${firewall!.name} is as wanted: nothing to change there.`);
        const { outputs } = await up(site);
        const table = (outputs.sessions as string[]).slice(1, 3);
        assert.deepEqual(
            table.map((line) => line.split(/ {2,}/)),
            [
                [firewall!.name, "192.168.33.2 AS64501", "wn1", "192.168.33.21 AS64500"],
                [second.name, "192.168.33.3 AS64501", "wn2", "192.168.33.22 AS64500"],
            ].map((row) => [...row, "Established", "1"]),
        );
        const seen = await sessions(site, firewall!.name);
        for (const node of nodeAddresses) assert.equal(seen[node]?.state, "Established", node);
        assert.deepEqual(await localAddresses(), ["192.168.33.2", "192.168.33.3"]);
        await changesNothing(site);
    });

    it("is renamed, and then the other name has the pfsense: no session resets", async () => {
        const before = await established();
        site.stack.edit((stack) => {
            const vlan = stack.getIn([...routers, second.name]);
            stack.deleteIn([...routers, second.name]);
            stack.setIn([...routers, "vlan2"], vlan);
        });
        await up(site);
        assert.deepEqual(await established(), before);
        site.stack.edit((stack) => {
            const own = [...routers, firewall!.name];
            const host = firewall!.address;
            const { pfsense } = (stack.getIn(own) as YAMLMap).toJSON() as { pfsense: object };
            stack.setIn([...routers, "vlan2", "pfsense"], { ...pfsense, host });
            stack.deleteIn([...routers, "vlan2", "sharesFirewall"]);
            stack.deleteIn([...own, "pfsense"]);
            stack.setIn([...own, "sharesFirewall"], { with: "vlan2" });
        });
        const preview = await site.stack.preview();
        assertHolds(told(preview), "vlan2, compared with what is wanted:", "entries are held by");
        await up(site);
        assert.deepEqual(await established(), before);
        const config = await site.firewalls[firewall!.name]!.configXml();
        assert.equal(
            config.match(/<descr><!\[CDATA\[dev\/wn\d\]\]>/g)?.length,
            nodeAddresses.length,
        );
        await changesNothing(site);
    });

    /** Times that each node's session has come up. */
    async function established(): Promise<(number | undefined)[]> {
        const seen = await sessions(site, firewall!.name);
        return nodeAddresses.map((node) => seen[node]?.established);
    }

    /** The firewall's end of each node's session, in the order of the nodes. */
    async function localAddresses(): Promise<(string | undefined)[]> {
        const text = await site.firewalls[firewall!.name]!.vtysh("show bgp neighbors json");
        const neighbours = JSON.parse(text) as Record<string, { hostLocal?: string }>;
        return nodeAddresses.map((node) => neighbours[node]?.hostLocal);
    }
});
