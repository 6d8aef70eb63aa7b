import assert from "node:assert/strict";
import { poll } from "../../lab/poll";
import { Bench } from "./bench";
import { assertUnharmed } from "./expect";
import { neighbour, wantedState } from "./wanted";

const other = "192.168.33.23";

/** BFD is off at the start, so that the package restarts all of FRR. */
const restarting = { wanted: wantedState(0, { neighbours: [neighbour(0, { bfd: true })] }) };

describe("firewall bench: sessions of others", () => {
    let bench: Bench;
    let start: string;

    before(async () => {
        bench = await Bench.start("others", { daemons: "real" });
        await bench.php(withOther);
        await bench.loaded();
        start = await bench.foreign();
        await bench.speaker(23);
    });
    after(() => bench.stop());

    const state = async () => {
        const json = await bench.firewall.vtysh("show bgp summary json");
        const { ipv4Unicast } = JSON.parse(json) as Summary;
        const { state: word, pfxRcd } = ipv4Unicast.peers[other]!;
        return `${word} ${pfxRcd}`;
    };
    const established = () =>
        poll("the other session", async () => (await state()) === "Established 3", {
            timeoutMs: 60_000,
        });

    it("are named by a look, and are back when a change is done that restarts FRR", async () => {
        await established();
        const told = await bench.act("observe", restarting);
        assert.deepEqual([told.effect, told.others], ["restart", [other]]);
        const result = await bench.act("apply", restarting);
        assert.equal(result.outcome, "changed", result.message);
        assert.equal(await state(), "Established 3");
        assert.ok(result.timings!.sessions! > 100, "it was waited for");
        await bench.act("remove", restarting);
        assert.equal(await state(), "Established 3");
        await assertUnharmed(bench, start);
    });

    it("put a change back that they do not survive", async () => {
        await established();
        const link = (state: "up" | "down") =>
            bench.box.run(["ip", "link", "set", "dev", "eth0", state], { netns: "n23" });
        await link("down");
        try {
            const result = await bench.act("apply", { ...restarting, deadline: 30 });
            assert.equal(result.outcome, "rolled-back", result.message);
            assert.match(
                result.message,
                /^sessions that were Established before this change are not as before: 192\.168\.33\.23  ?is \w+( \([^)]*\))? with 0 prefixes and had 3; our entries were put back as they were/,
            );
        } finally {
            await link("up");
        }
        await assertUnharmed(bench, start);
        await established();
    });
});

interface Summary {
    ipv4Unicast: { peers: Record<string, { state: string; pfxRcd: number }> };
}

const withOther = `<?php
require_once 'config.inc';
require_once '/usr/local/pkg/frr.inc';
config_read_file(false, false);
$list = config_get_path('installedpackages/frrbgpneighbors/config', []);
$list[] = [
    'peer' => '${other}', 'descr' => 'somebody else', 'peergroup' => 'none',
    'password' => 's3cret-md5', 'password_type' => 'both-bidir', 'asnum' => '64500',
    'updatesource_type' => 'ipv4', 'updatesource' => 'lan', 'prefixfilter_in' => 'OTHER-IN', 'prefixfilter_out' => 'CORE-OUT',
];
config_set_path('installedpackages/frrbgpneighbors/config', $list);
$lists = config_get_path('installedpackages/frrglobalprefixes/config', []);
$lists[] = ['iptype' => 'IPv4', 'name' => 'OTHER-IN', 'descr' => '', 'row' => [['seq' => '10', 'action' => 'permit', 'any' => 'on']]];
config_set_path('installedpackages/frrglobalprefixes/config', $lists);
write_config('GUI: neighbour added');
frr_generate_config();
`;
