import assert from "node:assert/strict";
import { poll } from "../../lab/poll";
import { Bench } from "./bench";
import { neighboursOf } from "./config-xml";
import { assertRunning, assertUnharmed } from "./expect";
import { naiveScript } from "./naive";
import { nodes, wantedState } from "./wanted";

describe("firewall bench: FRR fails", () => {
    let bench: Bench;
    before(async () => {
        bench = await Bench.start("frr", { daemons: "real" });
    });
    beforeEach(() => bench.reset());
    after(() => bench.stop());

    it("bites: frr_generate_config fails and a script dies with its neighbour in config.xml", async () => {
        bench.faults({ "frr_generate_config:begin": { throw: "no" } });
        const { code, stdout } = await bench.php(naiveScript("192.168.33.21"));
        assert.equal(code, 255);
        assert.match(stdout, /PHP ERROR/);
        assert.deepEqual(neighboursOf(await bench.config()), ["192.168.34.50", "192.168.33.21"]);
    });

    it("frr_generate_config fails: our entries are taken back, and that is proven", async () => {
        const once = "rm /var/db/stand-in/faults.json";
        bench.faults({ "frr_generate_config:begin#1": { run: once, throw: "no" } });
        const { code, result } = await bench.agent();
        assert.equal(code, 1);
        assert.equal(result.outcome, "rolled-back", result.message);
        assert.deepEqual(neighboursOf(await bench.config()), ["192.168.34.50"]);
        await assertRunning(bench);
        await assertUnharmed(bench);
    });

    it("frr_generate_config does nothing at all: noticed, said, and taken back", async () => {
        bench.faults({ "frr_generate_config:begin": { return: 0 } });
        const { code, result } = await bench.agent();
        assert.equal(code, 1);
        assert.match(result.message, /left out|did not take the change over/);
        assert.deepEqual(neighboursOf(await bench.config()), ["192.168.34.50"]);
        await assertUnharmed(bench);
    });

    // What a route map without acl_match makes the package print.
    const broken = "route-map BROKEN permit 10\n match ip address \n";

    it("bites: with a foreign syntax error in frr.conf FRR loads nothing and nobody says so", async () => {
        bench.write("foreign-frr.conf", broken);
        const { stdout } = await bench.php(naiveScript("192.168.33.21"));
        assert.equal(stdout, '{"ok":true}');
        await bench.loaded();
        await assertRunning(bench);
    });

    it("a foreign syntax error that is there already: refused with its line, nothing written", async () => {
        bench.write("foreign-frr.conf", broken);
        await bench.generate();
        const { code, result } = await bench.agent();
        assert.equal(code, 3);
        assert.match(
            result.message,
            /syntax error already: line \d+ of \/var\/etc\/frr\/frr\.conf/,
        );
        assert.equal(await bench.config(), bench.start);
    });

    it("a foreign syntax error that comes with our own generation: taken back", async () => {
        bench.write("foreign-frr.conf", broken);
        const { code, result } = await bench.agent();
        assert.equal(code, 1);
        assert.match(result.message, /FRR refuses line \d+ of/);
        assert.deepEqual(neighboursOf(await bench.config()), ["192.168.34.50"]);
        await assertRunning(bench);
        await assertUnharmed(bench);
    });

    it("bites: with bgpd dead a script's success means nothing runs at that moment", async () => {
        await killBgpd(bench);
        bench.write("before-start", slowStart);
        const { stdout } = await bench.php(naiveScript("192.168.33.21"));
        assert.equal(stdout, '{"ok":true}');
        const { code } = await bench.firewall.run(
            ["/usr/local/bin/vtysh", "-d", "bgpd", "-c", "show bgp summary"],
            { check: false },
        );
        assert.notEqual(code, 0);
        await bench.loaded();
    });

    it("bgpd is dead: observe foretells the restart, apply waits until FRR has everything", async () => {
        await killBgpd(bench);
        const told = await bench.act("observe");
        assert.equal(told.effect, "restart");
        assert.match(told.reason ?? "", /not running: bgpd/);
        bench.write("before-start", slowStart);
        const { outcome, effect } = await bench.act("apply");
        assert.deepEqual({ outcome, effect }, { outcome: "changed", effect: "restart" });
        assert.deepEqual(bench.reloads(), ["restart"]);
        await assertRunning(bench, ...nodes);
        await assertUnharmed(bench);
    });

    it("bites: a reload that hangs leaves FRR as it was while a script reports success", async () => {
        bench.write("before-reload", "#!/bin/sh\nexec sleep 3\n");
        const { stdout } = await bench.php(naiveScript("192.168.33.21"));
        assert.equal(stdout, '{"ok":true}');
        await assertRunning(bench);
    });

    it("a reload that hangs: over within the deadline, said, and config.xml is as before", async () => {
        bench.write("before-reload", "#!/bin/sh\nexec sleep 20 # frr-reload\n");
        const { code, result, ms } = await bench.agent({ deadline: 12 });
        assert.equal(code, 1);
        assert.ok(ms < 14_000, `${ms} ms`);
        assert.match(result.message, /FRR did not take the change over|hung/);
        assert.deepEqual(neighboursOf(await bench.config()), ["192.168.34.50"]);
        await assertUnharmed(bench);
    });

    it("a daemon that hangs: the agent ends in time and leaves config.xml as before", async () => {
        const pid = (await bench.file("/var/run/frr/bgpd.pid")).trim();
        await bench.firewall.run(["kill", "-STOP", pid]);
        try {
            const { code, ms } = await bench.agent({ deadline: 12 });
            assert.notEqual(code, 0);
            assert.ok(ms < 15_000, `${ms} ms`);
            assert.deepEqual(neighboursOf(await bench.config()), ["192.168.34.50"]);
        } finally {
            await bench.firewall.run(["kill", "-CONT", pid]);
        }
        await assertUnharmed(bench);
    });

    it("two agents at once with real daemons: FRR ends with what config.xml says", async () => {
        const other = wantedState(1, {
            owner: "other",
            neighbours: [
                { ...wantedState(3).neighbours[2]!, prefixListIn: "O-IN", prefixListOut: "O-OUT" },
            ],
            prefixLists: wantedState(0).prefixLists.map((list) => ({
                ...list,
                name: list.name.replace("BENCH", "O"),
            })),
        });
        const runs = await Promise.all([
            bench.agent({ deadline: 60 }),
            bench.agent({ wanted: other, deadline: 60 }),
        ]);
        for (const { result } of runs) assert.equal(result.outcome, "changed", result.message);
        await assertRunning(bench, ...nodes, "192.168.33.23");
        await assertUnharmed(bench, bench.foreignAtStart, ["bench", "other"]);
    });
});

const slowStart = "#!/bin/sh\nexec sleep 2\n";

async function killBgpd(bench: Bench): Promise<void> {
    const pid = (await bench.file("/var/run/frr/bgpd.pid")).trim();
    await bench.firewall.run(["kill", "-9", pid]);
    const gone = async () =>
        (await bench.firewall.run(["kill", "-0", pid], { check: false })).code !== 0;
    await poll("bgpd to be gone", gone);
}
