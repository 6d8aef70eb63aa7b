import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { renderAgent } from "../../components/pfsense/agent";
import { poll } from "../../lab/poll";
import { Bench, defaultRequest } from "./bench";
import { neighboursOf } from "./config-xml";
import { assertRunning, assertUnharmed } from "./expect";
import { naiveScript } from "./naive";
import { nodes } from "./wanted";

const once = "rm /var/db/stand-in/faults.json";
const hold = {
    run: `${once}; touch /tmp/here; until [ -e /tmp/go ]; do sleep 0.02; done`,
};

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
            const steps = stepsOf(bench);
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

    it("bites: a script that tells what it does ends in the middle when nobody listens", async () => {
        bench.faults({
            "write_config:renamed": hold,
            "frr_generate_config:begin": { print: "generating\n" },
        });
        await cutAtHold(naiveScript("192.168.33.21"));
        await poll("the script to end", () => noProcess("php.ini -q"));
        assert.deepEqual(neighboursOf(await bench.config()), ["192.168.34.50", "192.168.33.21"]);
        await assertRunning(bench);
    });

    it("the SSH connection is cut at each single step: what was begun is ended", async () => {
        await bench.act("apply");
        const steps = stepsOf(bench);
        for (const step of steps) {
            await bench.reset();
            bench.faults({ [step]: hold });
            await cutAtHold(renderAgent(defaultRequest));
            const free = ["flock", "--timeout", "30", "/var/run/metallb-pfsense.lock", "true"];
            await bench.firewall.run(free);
            bench.faults({});
            assert.deepEqual(neighboursOf(await bench.config()), ["192.168.34.50", ...nodes], step);
            await assertRunning(bench, ...nodes);
            await assertUnharmed(bench);
            assert.equal((await bench.act("apply")).outcome, "unchanged", step);
        }
    });

    /** Sends a script through SSH and cuts the connection while the script holds. */
    async function cutAtHold(script: string): Promise<void> {
        await bench.firewall.run(["rm", "-f", "/tmp/here", "/tmp/go"]);
        const argv = [...bench.sshCommand(), "/usr/local/bin/php -q"];
        const [program, ...args] = bench.box.command(argv, { netns: "client" });
        const client = spawn(program!, args, {
            stdio: ["pipe", "ignore", "ignore"],
            detached: true,
        });
        const ended = new Promise((resolve) => client.on("close", resolve));
        client.stdin.end(script);
        await poll("the script to hold", () => succeeds("test", "-e", "/tmp/here"));
        process.kill(-client.pid!, "SIGKILL");
        await ended;
        await poll("sshd to notice", () => noProcess("^sshd: root"));
        await bench.firewall.run(["touch", "/tmp/go"]);
    }

    const succeeds = async (...argv: string[]) =>
        (await bench.firewall.run(argv, { check: false })).code === 0;
    const noProcess = async (pattern: string) => !(await succeeds("pgrep", "-f", pattern));
});

/** Steps of pfSense's library that the last run has taken. */
const stepsOf = (bench: Bench) => bench.record("steps.log").map((line) => line.split(" ")[1]!);
