import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAgentResult, renderAgent } from "../../components/pfsense/agent";
import type { FirewallOptions } from "../../lab/firewall/firewall";
import { Bench, defaultRequest } from "./bench";
import { withoutRevision } from "./config-xml";
import { assertRunning, assertUnharmed } from "./expect";
import { editNeighbour, handMade } from "./naive";
import { neighbour, nodes, wantedState } from "./wanted";

/** Runs the body on a firewall of its own kind. */
async function on(options: Partial<FirewallOptions>, body: (bench: Bench) => Promise<void>) {
    const bench = await Bench.start("state", options);
    try {
        await body(bench);
    } finally {
        await bench.stop();
    }
}

async function assertRefused(bench: Bench, message: RegExp, change = {}): Promise<void> {
    const before = await bench.config();
    const { code, result, stdout } = await bench.agent(change);
    assert.equal(code, 3, stdout);
    assert.equal(result.outcome, "refused");
    assert.match(result.message, message);
    assert.equal(stdout.trimEnd().split("\n").at(-1), result.message);
    assert.equal(await bench.config(), before);
    assert.deepEqual(bench.record("writes.log"), []);
}

describe("firewall bench: the state of the firewall", () => {
    it("the FRR package is missing: refused, with what to do", () =>
        on({ start: { frr: "absent" } }, (bench) =>
            assertRefused(bench, /FRR package is missing: install it in/),
        ));

    it("raw configuration is in use: refused, with the page to clear", () =>
        on({ start: { raw: "router bgp 64501\n" } }, async (bench) => {
            await assertRefused(bench, /raw configuration.*Raw Config/);
            assert.equal((await bench.act("observe")).mode, "raw");
        }));

    it("bites: FRR ignores every neighbour of the forms while raw configuration is in use", () =>
        on({ start: { raw: "router bgp 64501\n" } }, async (bench) => {
            await bench.php(handMade("192.168.33.21"));
            await bench.reset(await bench.config());
            assert.doesNotMatch(await bench.frrConf(), /192\.168\.33\.21/);
        }));

    it("FRR has never been configured: set up, running, and gone again after a remove", () =>
        on({ start: { frr: "installed" }, daemons: "real" }, async (bench) => {
            const told = await bench.act("observe");
            assert.deepEqual([told.mode, told.effect], ["structured", "restart"]);
            const { outcome, effect } = await bench.act("apply");
            assert.deepEqual({ outcome, effect }, { outcome: "changed", effect: "restart" });
            const running = await bench.firewall.vtysh("show running-config");
            for (const node of nodes) assert.ok(running.includes(` neighbor ${node} remote-as`));
            assert.equal((await bench.act("apply")).outcome, "unchanged");
            assert.equal((await bench.act("remove")).outcome, "removed");
            assert.equal(withoutRevision(await bench.config()), withoutRevision(bench.start));
            await bench.loaded();
            const file = ["test", "-e", "/var/etc/frr/frr.conf"];
            assert.notEqual((await bench.firewall.run(file, { check: false })).code, 0);
        }));

    it("the standby side of a CARP pair: written, FRR left alone, and check does not fail", () =>
        on({ start: { carpVip: "_vip5f3e" }, carp: "BACKUP" }, async (bench) => {
            const { result } = await bench.agent({ wanted: wantedState(2, { allowCarp: true }) });
            assert.equal(result.outcome, "changed", result.message);
            assert.equal(result.host!.carp, "BACKUP");
            const check = await bench.agent({
                action: "check",
                wanted: wantedState(2, { allowCarp: true }),
            });
            assert.equal(check.code, 0);
            assert.match(check.result.message, /not checked: CARP is BACKUP here/);
        }));

    describe("on one firewall", () => {
        let bench: Bench;
        before(async () => {
            bench = await Bench.start("refusals");
        });
        beforeEach(() => bench.reset());
        after(() => bench.stop());

        it("another AS number: refused with both numbers", () =>
            assertRefused(bench, /is AS "64501" and the stack says 64999/, {
                wanted: wantedState(1, { bgp: { asn: 64999, routerId: "192.168.33.2" } }),
            }));

        it("a neighbour of that address made by hand: refused, or taken over when told to", async () => {
            await bench.php(handMade("192.168.33.21"));
            bench.write("writes.log", "");
            await assertRefused(
                bench,
                /Neighbour 192\.168\.33\.21 exists and is not of this stack/,
            );
            const { result } = await bench.agent({ wanted: wantedState(2, { adopt: true }) });
            assert.equal(result.outcome, "changed", result.message);
            await assertRunning(bench, ...nodes);
            await assertUnharmed(bench);
        });

        it("a prefix list of that name made by hand: refused", () =>
            assertRefused(bench, /[Pp]refix list "?CORE-IN/, {
                wanted: wantedState(1, {
                    neighbours: [neighbour(0, { prefixListIn: "CORE-IN" })],
                    prefixLists: [
                        { ...wantedState(0).prefixLists[0]!, name: "CORE-IN" },
                        wantedState(0).prefixLists[1]!,
                    ],
                }),
            }));

        it("an interface that does not exist: refused with those that do", () =>
            assertRefused(bench, /"opt7".*use one of wan, lan/, {
                wanted: wantedState(1, { neighbours: [neighbour(0, { updateSource: "opt7" })] }),
            }));

        it("a user who is not root: refused with the sudo form of the command", async () => {
            const { stdout, code } = await bench.firewall.run(
                ["setpriv", "--reuid=65534", "--clear-groups", "/usr/local/bin/php", "-q"],
                { input: renderAgent(defaultRequest), check: false },
            );
            assert.equal(code, 3);
            assert.match(
                stdout,
                /not root: set the command to "sudo -n \/usr\/local\/bin\/php -q"/,
            );
        });

        it("the same user through sudo, with the line of the documentation: applied and removed", async () => {
            const rights =
                "ops ALL=(root) NOPASSWD: /usr/local/bin/php -q, /usr/local/bin/php -q -- *";
            const docs = readFileSync(join(__dirname, "../../docs/firewall.md"), "utf8");
            assert.ok(docs.includes(`\n${rights}\n`));
            const input = `echo "ops:x:1500:65534::/tmp:/bin/sh" >> /etc/passwd
echo "ops:*:20000:0:99999:7:::" >> /etc/shadow
install -m 440 /dev/stdin /etc/sudoers.d/ops <<< '${rights}'`;
            await bench.firewall.run(["bash", "-e"], { input });
            const asOps = (command: readonly string[], script: string) =>
                bench.firewall.run(
                    ["setpriv", "--reuid=1500", "--clear-groups", "sudo", "-n", ...command],
                    { input: script, check: false },
                );
            const php = ["/usr/local/bin/php", "-q"];
            for (const [action, outcome] of [
                ["apply", "changed"],
                ["remove", "removed"],
            ]) {
                const run = await asOps([...php, "--", action!], renderAgent(defaultRequest));
                assert.equal(parseAgentResult(run.stdout).outcome, outcome, run.stderr);
            }
            const asked = renderAgent({ ...defaultRequest, action: "observe" });
            assert.equal(parseAgentResult((await asOps(php, asked)).stdout).outcome, "observed");
            assert.equal((await asOps(["/bin/sh", "-c", "id"], "")).code, 1);
        });

        it("admin's shell is a menu, and the agent's command works through it all the same", async () => {
            const script = renderAgent({ ...defaultRequest, action: "observe" });
            const { stdout, code } = await bench.ssh("/usr/local/bin/php -q", script, "admin");
            assert.equal(code, 0);
            assert.match(stdout, /"outcome":"observed"/);
        });

        it("the pass rule: before the first block of its interface, stable, and gone again", async () => {
            const wanted = wantedState(2, { passRule: { interfaces: ["wan"] } });
            assert.equal((await bench.act("apply", { wanted })).outcome, "changed");
            const [rules] = bench.record("filter.log").slice(-1);
            const found = (JSON.parse(rules!) as { descr: string; tracker: string }[]).map(
                ({ descr }) => descr,
            );
            assert.deepEqual(found, [
                'Default allow LAN & more to "any"',
                "bench/BGP from the nodes",
                "nothing else",
            ]);
            const trackers = /<tracker>\d+<\/tracker>/g;
            const before = (await bench.config()).match(trackers);
            assert.equal((await bench.act("apply", { wanted })).outcome, "unchanged");
            await bench.act("apply", { wanted: { ...wanted, neighbours: [neighbour(0)] } });
            assert.deepEqual((await bench.config()).match(trackers), before);
            assert.equal((await bench.act("remove", { wanted })).outcome, "removed");
            assert.equal(withoutRevision(await bench.config()), withoutRevision(bench.start));
        });

        it("an entry of ours that was renamed in the GUI is somebody else's from then on", async () => {
            await bench.act("apply");
            await bench.php(editNeighbour("192.168.33.21", { descr: "mine now" }));
            bench.write("writes.log", "");
            await assertRefused(bench, /192\.168\.33\.21 exists and is not of this stack/);
            assert.equal((await bench.act("remove")).outcome, "removed");
            assert.match(await bench.config(), /<descr><!\[CDATA\[mine now\]\]><\/descr>/);
        });
    });
});
