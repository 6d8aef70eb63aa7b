import assert from "node:assert/strict";
import { startingConfig, type StartingConfig } from "../../lab/firewall/starting-config";
import { poll } from "../../lab/poll";
import { Bench } from "./bench";
import { withoutOurs } from "./config-xml";
import { assertUnharmed } from "./expect";
import { neighbour, nodes, owner, wantedState } from "./wanted";

/**
 * What pfSense's own library and the FRR package's generator do, seen on releases 2.7.2, 2.8 and
 * master; each test names the function whose behaviour it is about.
 */
describe("firewall bench: as pfSense's own library behaves", () => {
    let bench: Bench;
    before(async () => {
        bench = await Bench.start("library", { daemons: "real" });
        await bench.speaker(21);
    });
    beforeEach(() => bench.reset());
    after(() => bench.stop());

    const start = (change: Partial<StartingConfig>) =>
        startingConfig({
            hostname: "fw",
            asn: 64501,
            routerId: "192.168.33.2",
            ownNeighbour: { address: "192.168.34.50", asn: 64999 },
            frr: "configured",
            ...change,
        });
    const withoutSection = (config: string, section: string) =>
        config.replace(new RegExp(`\\n\\t*<${section}>[\\s\\S]*?</${section}>`), "");
    /** FRR runs for something else than BGP: its settings are there, those of BGP are not. */
    const withoutBgp = () =>
        ["frrbgp", "frrbgpneighbors"].reduce(withoutSection, start({ frr: "configured" }));

    const output = async (...argv: string[]) =>
        (await bench.firewall.run(argv, { check: false })).stdout.trim();
    const daemons = () =>
        output(
            "bash",
            "-c",
            "for f in /run/frr/*.pid; do kill -0 $(cat $f) && basename $f .pid; done 2>/dev/null",
        );
    const running = () => output("/usr/local/bin/vtysh", "-c", "show running-config");
    const routes = () => output("ip", "route", "show", "proto", "bgp");
    const established = () =>
        poll("the session to be up", async () => (await routes()).includes("192.168.32.1"), {
            timeoutMs: 30_000,
        });

    /** Nothing that our apply has brought is left in FRR, the kernel, the key table or the rc files. */
    async function assertNothingLeft(): Promise<void> {
        const text = await running();
        for (const name of [...nodes, "BENCH-IN", "BENCH-OUT"])
            assert.ok(!text.includes(name), `FRR still has ${name}`);
        assert.equal(await routes(), "");
        assert.equal(await output("cat", "/var/db/stand-in/sadb"), "");
    }

    it("frr_generate_config() without a section of FRR: remove ends the daemons itself", async () => {
        const before = await bench.startFrom(start({ frr: "installed" }));
        assert.equal((await bench.act("apply")).outcome, "changed");
        await established();
        const { code, result } = await bench.agent({ action: "remove" });
        assert.deepEqual([code, result.outcome], [0, "removed"], result.message);
        assert.equal(await daemons(), "");
        assert.equal(await output("ls", "/usr/local/etc/rc.conf.d"), "");
        await assertNothingLeft();
        await assertUnharmed(bench, withoutOurs(before, [owner]));
        assert.equal((await bench.act("remove")).outcome, "unchanged");
    });

    it("the same after a failed first apply: what was put back in config.xml has gone from FRR too", async () => {
        const before = await bench.startFrom(start({ frr: "installed" }));
        const once = "rm /var/db/stand-in/faults.json";
        bench.faults({ "frr_generate_config:end#1": { run: once, throw: "no" } });
        const { code, result } = await bench.agent();
        assert.deepEqual([code, result.outcome], [1, "rolled-back"], result.message);
        await bench.loaded();
        assert.equal(await daemons(), "");
        assert.equal(await output("ls", "/usr/local/etc/rc.conf.d"), "");
        await assertNothingLeft();
        await assertUnharmed(bench, withoutOurs(before, [owner]));
    });

    it("entries left in FRR by an earlier release's remove: the next remove ends them", async () => {
        const before = await bench.startFrom(start({ frr: "installed" }));
        await bench.act("apply");
        await established();
        await bench.replaceConfig(before);
        const left = await bench.act("remove");
        assert.equal(left.outcome, "removed", left.message);
        assert.deepEqual(left.changes, [
            "FRR had entries that are not in config.xml any more, and was ended",
        ]);
        assert.equal(await daemons(), "");
        await assertNothingLeft();
    });

    for (const [what, config, wanted] of [
        ["BGP beside another use of FRR", withoutBgp, wantedState(2)],
        [
            "BFD beside BGP",
            () => start({}),
            wantedState(0, {
                neighbours: [0, 1].map((index) => neighbour(index, { bfd: true })),
            }),
        ],
    ] as const) {
        it(`rc.d/frr stops by the list it finds: remove of ${what} ends the daemon, once`, async () => {
            const text = await bench.startFrom(config());
            const before = { text, daemons: await daemons() };
            assert.equal((await bench.act("apply", { wanted })).outcome, "changed");
            assert.notEqual(await daemons(), before.daemons);
            bench.write("events.log", "");
            const { code, result } = await bench.agent({ action: "remove", wanted, deadline: 60 });
            assert.deepEqual([code, result.outcome], [0, "removed"], result.message);
            await bench.loaded();
            assert.equal(await daemons(), before.daemons);
            assert.deepEqual(bench.reloads(), ["restart"]);
            await assertNothingLeft();
            await assertUnharmed(bench, withoutOurs(before.text, [owner]));
        });
    }

    it("frr_bgp_generate_config(): `capability` is a checkbox and stays unticked", async () => {
        await bench.act("apply");
        assert.ok(!(await bench.frrConf()).includes("capability"));
        assert.ok(!(await running()).includes("capability"));
        const earlier = (await bench.config()).replaceAll(
            "<capability></capability>",
            "<capability>disabled</capability>",
        );
        await bench.replaceConfig(earlier);
        const told = await bench.act("observe");
        assert.deepEqual(
            told.changes,
            nodes.map((node) => `neighbour ${node} changed: capability`),
        );
        assert.deepEqual(told.resets, nodes);
        assert.equal((await bench.act("apply")).outcome, "changed");
        assert.equal((await bench.act("apply")).outcome, "unchanged");
    });

    describe("get_configured_interface_with_descr() and `_vip<id>|<address>`: refused, not dropped", () => {
        const from = (updateSource: string) =>
            wantedState(0, { neighbours: [neighbour(0, { updateSource })] });

        it("a virtual address without its address", async () => {
            await bench.startFrom(start({ carpVip: "_vip5f3a1b2c4d5e6" }));
            const { code, result } = await bench.agent({ wanted: from("_vip5f3a1b2c4d5e6") });
            assert.equal(code, 2);
            assert.match(result.message, /updateSource/);
        });

        it("a virtual address that is not there", async () => {
            const { code, result } = await bench.agent({ wanted: from("_vip5f3a|192.168.33.1") });
            assert.equal(code, 3);
            assert.deepEqual(result.problems, [
                'Virtual address "_vip5f3a|192.168.33.1" of the update source does not exist here: this firewall has none.',
            ]);
        });

        it("an interface that is disabled", async () => {
            const disabled = start({}).replace("<lan>\n\t\t\t<enable></enable>", "<lan>");
            await bench.startFrom(disabled);
            const told = await bench.act("observe");
            const problem =
                'Interface "lan" of the update source is disabled here: enable it in Interfaces > LAN, or use another one.';
            assert.deepEqual(told.problems, [problem]);
            const { code, result } = await bench.agent();
            assert.deepEqual([code, result.problems], [3, [problem]]);
        });
    });

    describe("observe asks for everything that apply refuses for", () => {
        it("a syntax error of somebody else's", async () => {
            bench.write("foreign-frr.conf", "route-map BROKEN permit 10\n match ip address \n");
            await bench.generate();
            const told = await bench.act("observe");
            const { code, result } = await bench.agent();
            assert.equal(code, 3);
            assert.deepEqual(told.problems, result.problems);
            assert.match(told.problems[0]!, /syntax error already/);
        });

        it("a letter that this release writes as an entity it cannot read: the tag is named", async () => {
            const config = start({}).replace(
                "<if>eth1</if>",
                "<if>eth1</if>\n\t\t\t<gateway>Wän</gateway>",
            );
            await bench.replaceConfig(config);
            const told = await bench.act("observe");
            const { code, result } = await bench.agent();
            assert.equal(code, 3, result.message);
            assert.deepEqual(told.problems, result.problems);
            assert.match(
                result.message,
                /pfSense cannot write this config again: <interfaces\/wan\/gateway>/,
            );
            assert.equal(await bench.config(), config);
        });
    });
});
