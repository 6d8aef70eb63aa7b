import assert from "node:assert/strict";
import { Bench } from "./bench";
import { neighboursOf, withoutRevision } from "./config-xml";
import { assertRunning, assertUnharmed } from "./expect";
import { editNeighbour, naiveScript, removeAll, unlessThere } from "./naive";
import { nodes, otherStack } from "./wanted";

describe("firewall bench: other people's edits, other stacks", () => {
    let bench: Bench;
    before(async () => {
        bench = await Bench.start("edits");
    });
    beforeEach(() => bench.reset());
    after(() => bench.stop());

    it("bites: a script that runs twice has its neighbour twice", async () => {
        await bench.php(naiveScript("192.168.33.21"));
        await bench.php(naiveScript("192.168.33.21"));
        const found = neighboursOf(await bench.config());
        assert.deepEqual(found, ["192.168.34.50", "192.168.33.21", "192.168.33.21"]);
    });

    it("the same stack twice, one after the other: the second writes and reloads nothing", async () => {
        assert.equal((await bench.act("apply")).outcome, "changed");
        const once = { config: await bench.config(), reloads: bench.reloads() };
        assert.equal((await bench.act("apply")).outcome, "unchanged");
        assert.deepEqual({ config: await bench.config(), reloads: bench.reloads() }, once);
        assert.equal(bench.record("writes.log").length, 1);
    });

    it("bites: the leaving of one stack's script takes the other's neighbour away", async () => {
        await bench.php(naiveScript("192.168.33.21"));
        await bench.php(naiveScript("192.168.33.31"));
        await bench.php(removeAll);
        assert.deepEqual(neighboursOf(await bench.config()), ["192.168.34.50"]);
    });

    it("two stacks on one firewall: the leaving of one leaves the other", async () => {
        await bench.act("apply");
        const one = await bench.config();
        await bench.act("apply", { wanted: otherStack(1) });
        assert.equal((await bench.act("remove", { wanted: otherStack(1) })).outcome, "removed");
        assert.equal(await bench.foreign("none"), withoutRecord(one));
        await assertRunning(bench, ...nodes);
    });

    it("bites: a script that finds its neighbour there leaves what was changed in the GUI", async () => {
        await bench.php(unlessThere("192.168.33.21"));
        const change = { asnum: "64999", password: "by-hand", password_type: "frr" };
        await bench.php(editNeighbour("192.168.33.21", change));
        const edited = await bench.config();
        const { stdout } = await bench.php(unlessThere("192.168.33.21"));
        assert.equal(stdout, '{"ok":true}');
        assert.equal(await bench.config(), edited);
        assert.match(await bench.frrConf(), /neighbor 192\.168\.33\.21 password by-hand/);
    });

    it("an entry deleted and a field changed in the GUI: told beforehand, then mended", async () => {
        await bench.act("apply");
        const applied = await bench.foreign("none");
        await bench.php(editNeighbour("192.168.33.21", "delete"));
        const told = await bench.act("observe");
        assert.deepEqual(told.changes, ["neighbour 192.168.33.21 added"]);
        assert.deepEqual((await bench.act("apply")).changes, told.changes);
        await bench.php(editNeighbour("192.168.33.22", { maximumprefix_num: "1" }));
        const changed = ["neighbour 192.168.33.22 changed: maximumprefix_num"];
        assert.deepEqual((await bench.act("observe")).changes, changed);
        assert.deepEqual((await bench.act("apply")).changes, changed);
        assert.deepEqual(
            (await bench.foreign("none")).split("\n").sort(),
            applied.split("\n").sort(),
        );
        await assertUnharmed(bench);
    });

    it("a password changed by hand: observe names the session that resets, apply puts ours back", async () => {
        await bench.act("apply");
        const applied = await bench.foreign("none");
        await bench.php(editNeighbour("192.168.33.22", { password: "by-hand" }));
        const told = await bench.act("observe");
        assert.deepEqual(told.changes, ["neighbour 192.168.33.22 changed: password"]);
        assert.equal(told.effect, "resets");
        assert.deepEqual(told.resets, ["192.168.33.22"]);
        assert.deepEqual((await bench.act("apply")).changes, told.changes);
        assert.equal(await bench.foreign("none"), applied);
        assert.doesNotMatch(JSON.stringify(told), /by-hand|s3cret/);
    });
});

/** config.xml as bench.foreign("none") gives it. */
const withoutRecord = (xml: string) =>
    withoutRevision(xml.replace(/\t\t<metallbpfsense>[\s\S]*?<\/metallbpfsense>\n/, ""));
