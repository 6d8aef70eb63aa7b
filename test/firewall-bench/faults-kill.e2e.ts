import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { renderAgent } from "../../components/agent";
import { poll } from "../../lab/poll";
import { Bench, defaultRequest } from "./bench";
import { neighboursOf } from "./config-xml";
import { assertRunning, assertUnharmed } from "./expect";
import { naiveScript } from "./naive";

const once = "rm /var/db/stand-in/faults.json";
const nodes = ["192.168.33.21", "192.168.33.22"];

describe("firewall bench: the agent is killed", () => {
    let bench: Bench;
    before(async () => {
        bench = await Bench.start("kill");
    });
    beforeEach(() => bench.reset());
    after(() => bench.stop());

    it("bites: a script killed after its write leaves a neighbour FRR has never heard of", async () => {
        bench.faults({ "write_config:renamed": { kill: true } });
        await bench.php(naiveScript("192.168.33.21"));
        assert.deepEqual(neighboursOf(await bench.config()), ["192.168.34.50", "192.168.33.21"]);
        await assertRunning(bench);
    });

    for (const action of ["apply", "remove"] as const) {
        it(`${action}: SIGKILL at each single step, and the next run ends where it should`, async () => {
            if (action === "remove") await bench.act("apply");
            const from = await bench.config();
            bench.write("steps.log", "");
            await bench.act(action);
            const steps = bench.record("steps.log").map((line) => line.split(" ")[1]!);
            assert.ok(steps.includes("write_config:renamed#1") && steps.length > 12, steps.join());
            const expected = action === "apply" ? nodes : [];
            for (const step of steps) {
                await bench.reset(from);
                bench.faults({ [step]: { kill: true } });
                const killed = await bench.php(renderAgent({ ...defaultRequest, action }));
                assert.equal(killed.stdout, "", `${step} did not kill`);
                await assertUnharmed(bench);
                bench.faults({});
                await bench.loaded();
                const { outcome } = await bench.act(action);
                assert.ok(["changed", "removed", "unchanged"].includes(outcome), step);
                assert.deepEqual(
                    neighboursOf(await bench.config()),
                    ["192.168.34.50", ...expected],
                    step,
                );
                await assertRunning(bench, ...expected);
                await assertUnharmed(bench);
            }
        });
    }

    it("the worker alone is killed: its supervisor puts everything back and says so", async () => {
        bench.faults({ "frr_generate_config:begin#1": { run: `${once}; kill -9 $PHP_PID` } });
        const { code, result } = await bench.agent();
        assert.equal(code, 1);
        assert.equal(result.outcome, "rolled-back");
        assert.deepEqual(neighboursOf(await bench.config()), ["192.168.34.50"]);
        await assertRunning(bench);
        await assertUnharmed(bench);
    });

    it("the SSH connection is cut in the middle: what was begun is ended, or done by the next run", async () => {
        bench.faults({ "write_config:renamed": { run: "touch /tmp/here; sleep 1" } });
        const [program, ...args] = bench.box.command(
            [...bench.sshCommand(), "/usr/local/bin/php -q"],
            { netns: "client" },
        );
        const client = spawn(program!, args, {
            stdio: ["pipe", "ignore", "ignore"],
            detached: true,
        });
        client.stdin.end(renderAgent(defaultRequest));
        await poll("the write", async () => {
            const seen = await bench.firewall.run(["test", "-e", "/tmp/here"], { check: false });
            return seen.code === 0;
        });
        process.kill(-client.pid!, "SIGKILL");
        bench.faults({});
        const { outcome } = await bench.act("apply");
        assert.ok(["changed", "unchanged"].includes(outcome), outcome);
        await assertRunning(bench, ...nodes);
        await assertUnharmed(bench);
        assert.equal((await bench.act("apply")).outcome, "unchanged");
    });
});
