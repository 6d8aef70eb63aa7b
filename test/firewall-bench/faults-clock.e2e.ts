import assert from "node:assert/strict";
import { parseAgentResult, renderAgent } from "../../components/pfsense/agent";
import { Bench, defaultRequest } from "./bench";
import { neighboursOf, revisionTime } from "./config-xml";
import { assertRunning, assertUnharmed } from "./expect";
import { waitingByTheClock } from "./naive";
import { nodes } from "./wanted";

const clock = "/var/db/stand-in/clock";

/** The time of day as the file says, for one program and what it starts; timers go on as they are. */
const ownClock = [
    "env",
    "LD_PRELOAD=/usr/$LIB/faketime/libfaketime.so.1",
    `FAKETIME_TIMESTAMP_FILE=${clock}`,
    "FAKETIME_NO_CACHE=1",
    "DONT_FAKE_MONOTONIC=1",
    "NO_FAKE_STAT=1",
];

const set = (by: string) => `echo '${by}' > ${clock}`;
const whileReloading = (by: string, seconds: number) =>
    `#!/bin/bash\nsleep 0.5 # frr-reload\n${set(by)}\nexec sleep ${seconds} # frr-reload\n`;

describe("firewall bench: the clock jumps", () => {
    let bench: Bench;
    before(async () => {
        bench = await Bench.start("clock");
    });
    beforeEach(async () => {
        await bench.reset();
        bench.write("clock", "+0");
    });
    after(() => bench.stop());

    const run = (script: string) => {
        const argv = [...ownClock, "/usr/local/bin/php", "-q"];
        return bench.firewall.run(argv, { input: script, check: false, timeoutMs: 60_000 });
    };

    it("bites: a script that waits by the time of day gives up when it jumps", async () => {
        bench.write("before-reload", "#!/bin/sh\nexec sleep 1.5\n");
        const waits = waitingByTheClock("192.168.33.21", 20);
        assert.equal((await run(waits)).stdout, '{"ok":true}');
        await bench.reset();
        bench.write("before-reload", whileReloading("+1d", 1));
        assert.equal((await run(waits)).stdout, '{"ok":false}');
        await bench.loaded();
    });

    const steps = [
        "config_read_file#2",
        "write_config:begin#1",
        "write_config:written#1",
        "frr_generate_config:begin#1",
        "while FRR reloads",
    ];
    for (const by of ["+1d", "-1d", "+10y"]) {
        it(`by ${by}, at each step of an apply: one write, a backup of the old file, FRR has it`, async () => {
            for (const step of steps) {
                await bench.reset();
                bench.write("clock", "+0");
                if (step.includes("#")) bench.faults({ [step]: { run: set(by) } });
                else bench.write("before-reload", whileReloading(by, 0));
                const { outcome } = parseAgentResult(
                    (await run(renderAgent(defaultRequest))).stdout,
                );
                assert.equal(outcome, "changed", step);
                assert.equal(bench.record("writes.log").length, 1, step);
                const backup = `/cf/conf/backup/config-${revisionTime(bench.start)}.xml`;
                assert.equal(await bench.file(backup), bench.start);
                await assertRunning(bench, ...nodes);
                await assertUnharmed(bench);
            }
        });
    }

    it("back by a day while FRR hangs: over within the deadline all the same", async () => {
        bench.write("before-reload", whileReloading("-1d", 30));
        const started = performance.now();
        const { code } = await run(renderAgent({ ...defaultRequest, deadline: 10 }));
        assert.equal(code, 1);
        assert.ok(performance.now() - started < 14_000);
        assert.deepEqual(neighboursOf(await bench.config()), ["192.168.34.50"]);
        await assertUnharmed(bench);
    });
});
