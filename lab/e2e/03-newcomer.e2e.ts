import assert from "node:assert/strict";
import type { Site } from "../bring-up";
import { startingConfig } from "../firewall/starting-config";
import * as network from "../site";
import { nodeAddresses, sessions, theSite, up } from "./support";

const fwB = network.firewalls[1]!;
const router = ["config", "metallb-pfsense:bgp", "routers", fwB.name];

/** A firewall with the FRR package and nothing in it: what a newcomer has. */
describe("a firewall that never had FRR set up", () => {
    let site: Site;
    let stackFile: string;
    let config: string;

    const shell = async (script: string, input = "") =>
        (await site.firewalls[fwB.name]!.run(["bash", "-ec", script], { input })).stdout.trim();
    const without = async () => {
        site.stack.edit((stack) => stack.deleteIn(router));
        await up(site);
    };
    /** Another config.xml, and FRR as the firewall's start would have it from that one. */
    const restart = (text: string) =>
        shell(
            "rm -f /tmp/config.cache; cat > /cf/conf/config.xml; /usr/local/etc/rc.d/frr forcestop; " +
                "rm -f /usr/local/etc/rc.conf.d/frr; echo \"<?php require 'config.inc'; " +
                "require '/usr/local/pkg/frr.inc'; frr_generate_config();\" | /usr/local/bin/php -q",
            text,
        );

    before(async () => {
        site = await theSite();
        stackFile = site.stack.read();
        await without();
        config = await site.firewalls[fwB.name]!.configXml();
        const { name, address } = fwB;
        await restart(
            startingConfig({
                hostname: name,
                asn: network.firewallAsn,
                routerId: address,
                ownNeighbour: network.core,
                frr: "installed",
            }),
        );
    });
    after(async () => {
        await restart(config);
        site.stack.write(stackFile);
        await up(site);
    });

    it("is set up by up, and has nothing left of it when it is taken out again", async () => {
        const empty = await shell("ls /run/frr/*.pid 2>/dev/null || true");
        assert.equal(empty, "");
        site.stack.write(stackFile);
        await up(site);
        const seen = await sessions(site, fwB.name);
        assert.deepEqual(
            Object.entries(seen).map(([address, { state }]) => [address, state]),
            nodeAddresses.map((address) => [address, "Established"]),
        );
        await without();
        const left = {
            daemons: await shell("pgrep -x 'zebra|bgpd|bfdd|staticd|mgmtd' || true"),
            starts: await shell("ls /usr/local/etc/rc.conf.d"),
            routes: await shell("ip route show proto bgp"),
            keys: await shell("cat /var/db/stand-in/sadb"),
            config: (await site.firewalls[fwB.name]!.configXml()).includes("metallbpfsense"),
        };
        assert.deepEqual(left, { daemons: "", starts: "", routes: "", keys: "", config: false });
    });
});
