import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { AgentResult } from "../../components/pfsense/agent";
import { poll } from "../../lab/poll";
import { Bench } from "./bench";
import { neighboursOf, revisionTime } from "./config-xml";
import { assertRunning, assertUnharmed } from "./expect";
import { handMade, lockedByFile, lookingForNewNames, naiveScript, slowScript } from "./naive";
import { nodes, otherStack, wantedState } from "./wanted";

describe("firewall bench: others write at the same time", () => {
    let bench: Bench;
    before(async () => {
        bench = await Bench.start("writers");
    });
    beforeEach(() => bench.reset());
    after(() => bench.stop());

    it("bites: of six scripts at once some lose what they wrote", async () => {
        const peers = [1, 2, 3, 4, 5, 6].map((index) => `192.168.33.${100 + index}`);
        await Promise.all(peers.map((peer) => bench.php(naiveScript(peer, "usleep(500000);"))));
        const kept = neighboursOf(await bench.config());
        assert.ok(kept.length < 7, `all were kept: ${kept.join()}`);
    });

    for (const count of [2, 6]) {
        it(`${count} agents of different stacks at once: every neighbour is there`, async () => {
            const stacks = Array.from({ length: count }, (_, index) => otherStack(index + 1));
            const runs = await Promise.all(
                stacks.map((wanted) => bench.agent({ wanted, deadline: 90 })),
            );
            for (const run of runs) assert.equal(run.result.outcome, "changed", run.stdout);
            const peers = stacks.map(({ neighbours }) => neighbours[0]!.address);
            assert.deepEqual(
                neighboursOf(await bench.config()).sort(),
                [...peers, "192.168.34.50"].sort(),
            );
            await assertRunning(bench, ...peers);
            await assertUnharmed(
                bench,
                bench.foreignAtStart,
                stacks.map((wanted) => wanted.owner),
            );
        });
    }

    it("the same stack twice at once: one changes, the other finds it done", async () => {
        const runs = await Promise.all([bench.act("apply"), bench.act("apply")]);
        const outcomes = runs.map((result: AgentResult) => result.outcome).sort();
        assert.deepEqual(outcomes, ["changed", "unchanged"]);
        assert.equal(bench.record("writes.log").length, 1);
        await assertRunning(bench, ...nodes);
        await assertUnharmed(bench);
    });

    const byHand = () => {
        bench.write("by-hand.php", handMade("192.168.33.99"));
        return "rm -f /var/db/stand-in/faults.json; /usr/local/bin/php -q /var/db/stand-in/by-hand.php";
    };

    it("bites: a change between a script's read and its write is undone", async () => {
        bench.faults({ "write_config:begin#1": { run: byHand() } });
        await bench.php(naiveScript("192.168.33.21"));
        assert.deepEqual(neighboursOf(await bench.config()), ["192.168.34.50", "192.168.33.21"]);
    });

    it("a change between our read and our write is kept, and so is ours", async () => {
        bench.faults({ "write_config:begin#1": { run: byHand() } });
        assert.equal((await bench.act("apply")).outcome, "changed");
        const found = neighboursOf(await bench.config()).sort();
        assert.deepEqual(found, [...nodes, "192.168.33.99", "192.168.34.50"].sort());
        await assertRunning(bench, ...nodes, "192.168.33.99");
    });

    /** Backups with the names of the start's revision and of the next seconds'. */
    const namesTaken = async () => {
        const input = `cd /cf/conf/backup
now=$(date +%s)
for time in ${revisionTime(bench.start)} $(seq $now $((now + 20))); do : > config-$time.xml; done`;
        await bench.firewall.run(["bash", "-e"], { input });
    };

    it("bites: a backup that replaces one of the same second has no new name", async () => {
        await namesTaken();
        bench.faults({ "write_config:begin#1": { run: byHand() } });
        const { stdout } = await bench.php(lookingForNewNames("192.168.33.21"));
        assert.equal(stdout, "[]");
        assert.ok(!neighboursOf(await bench.config()).includes("192.168.33.99"));
    });

    it("a change between our read and our write is kept, although its backup replaces another", async () => {
        await namesTaken();
        bench.faults({ "write_config:begin#1": { run: byHand() } });
        assert.equal((await bench.act("apply")).outcome, "changed");
        const found = neighboursOf(await bench.config()).sort();
        assert.deepEqual(found, [...nodes, "192.168.33.99", "192.168.34.50"].sort());
    });

    it("bites: a slow writer that read before removes what a script wrote", async () => {
        const slow = bench.php(slowScript("192.168.33.99"));
        await poll("the slow writer to have read", () =>
            existsSync(join(bench.firewall.standin, "slow.read")),
        );
        await bench.php(naiveScript("192.168.33.21"));
        bench.write("slow.go", "");
        await slow;
        assert.deepEqual(neighboursOf(await bench.config()), ["192.168.34.50", "192.168.33.99"]);
    });

    it("a slow writer that read before our write and writes after it: both end up there", async () => {
        bench.write("slow.php", slowScript("192.168.33.99"));
        const until = (file: string) => `until [ -e ${file} ]; do sleep 0.02; done`;
        const start = "/usr/local/bin/php -q slow.php >/dev/null 2>&1 &";
        const inFolder = (run: string) => ({ run: `cd /var/db/stand-in; ${run}` });
        bench.faults({
            "write_config:begin#1": inFolder(`rm faults.json; ${start} ${until("slow.read")}`),
            "write_config:end#1": inFolder(`touch slow.go; ${until("slow.done")}`),
        });
        assert.equal((await bench.act("apply")).outcome, "changed");
        const found = neighboursOf(await bench.config()).sort();
        assert.deepEqual(found, [...nodes, "192.168.33.99", "192.168.34.50"].sort());
    });

    it("bites: a lock that is a file, left by a script that was killed, stops the next one", async () => {
        bench.faults({ "write_config:begin": { run: "kill -9 $PHP_PID" } });
        await bench.php(lockedByFile("192.168.33.21"));
        bench.faults({});
        const { stdout } = await bench.php(lockedByFile("192.168.33.21"));
        assert.equal(stdout, '{"ok":false,"locked":true}');
        await bench.firewall.run(["rmdir", "/tmp/naive.lock"]);
    });

    it("a stale lock file is nobody's lock; a held one is waited for and then named", async () => {
        await bench.firewall.run(["bash", "-c", "echo 4711 > /var/run/metallb-pfsense.lock"]);
        assert.equal((await bench.act("apply")).outcome, "changed");
        const holder = await bench.box.spawn(
            "lock",
            ["flock", "/var/run/metallb-pfsense.lock", "sleep", "infinity"],
            { netns: "fw", mount: bench.firewall.mount },
        );
        const held = await bench.agent({ wanted: wantedState(1), deadline: 10 });
        assert.equal(held.code, 3);
        assert.match(held.result.message, /Another run of this agent/);
        await holder.stop("SIGKILL");
    });

    it("bites: a script believes a config cache that is not the file", async () => {
        await bench.php(lyingCache);
        await bench.php(naiveScript("192.168.33.21"));
        assert.deepEqual(neighboursOf(await bench.config()), ["192.168.33.21"]);
    });

    it("a config cache that lies is not believed", async () => {
        await bench.php(lyingCache);
        assert.equal((await bench.act("apply")).outcome, "changed");
        await assertRunning(bench, ...nodes);
        await assertUnharmed(bench);
    });
});

const lyingCache = `<?php
require_once 'config.inc';
config_set_path('installedpackages/frrbgpneighbors/config', []);
generate_config_cache($config);
`;
