import assert from "node:assert/strict";
import type { Site } from "../bring-up";
import { demoAddress } from "../report";
import type { RunOutcome } from "../stack/protocol";
import { key } from "../stack/stack";
import { changesNothing, poll, theSite, told, up } from "./support";
import { startTraffic } from "./traffic";

const namespaced = ["-n", "metallb-system"];
const controller = "deployment/metallb-controller";

describe("MetalLB's controller, which judges every object,", () => {
    let site: Site;
    let stackFile: string;
    let address: string;
    before(async () => {
        site = await theSite();
        stackFile = site.stack.read();
        address = (await demoAddress(site.kubectl))!;
    });

    /** An `up` under a client, with something done to the cluster beside it. */
    const hit = async (
        run: () => Promise<RunOutcome>,
        harm: () => Promise<unknown>,
        most: number,
    ) => {
        const traffic = await startTraffic(site, address);
        const [outcome] = await Promise.all([run(), harm()]);
        assert.ok(outcome.ok, told(outcome) + outcome.text);
        assert.equal(await demoAddress(site.kubectl), address);
        const { longest, answered, told: lost } = await traffic.stop();
        console.log(`      ${lost.split("\n")[0]}`);
        assert.ok(longest <= most && answered > 20, lost);
        await changesNothing(site);
    };
    const pods = async () => {
        const which = ["get", "pods", "-l", "app.kubernetes.io/component=controller", "-o", "name"];
        const { stdout } = await site.kubectl.run([...namespaced, ...which]);
        return stdout.trim().split("\n").filter(Boolean);
    };

    it("is away at the beginning of an update: the update waits for it", async () => {
        await site.kubectl.run([...namespaced, "scale", controller, "--replicas=0"]);
        await poll("the controller to be gone", async () => (await pods()).length === 0);
        site.stack.edit((stack) => stack.setIn(key("bgp", "timers", "hold"), 12));
        const run = site.stack.up();
        const back = async () => {
            // The peers come next, and a controller does not start as fast as that.
            await poll("the firewall's new hold time", async () =>
                (await site.firewalls["fw-a"]!.configXml()).includes("<timers_holdtime>12<"),
            );
            await site.kubectl.run([...namespaced, "scale", controller, "--replicas=1"]);
        };
        // The sessions that change their hold time reset.
        await hit(() => run, back, 3);
        site.stack.write(stackFile);
        await up(site);
    });

    it("is killed in the middle of a pool's move: the service keeps its address", async () => {
        site.stack.edit((stack) => {
            stack.setIn(key("metallb", "pools"), {
                first: { addresses: ["192.168.32.0/25"] },
                second: { addresses: ["192.168.32.128/25"] },
            });
            stack.setIn(key("bgp", "advertise", "recipe", "pools"), ["first", "second"]);
        });
        const kill = async () => {
            await poll("the move to have begun", async () => {
                const get = ["get", "ipaddresspools", "-o", "name"];
                return (await site.kubectl.run([...namespaced, ...get])).stdout.includes("/first");
            });
            await site.kubectl.run([
                ...namespaced,
                ...["delete", "--grace-period=0", "--force", ...(await pods())],
            ]);
        };
        await hit(() => site.stack.up(), kill, 10);
        site.stack.write(stackFile);
        await up(site);
        await changesNothing(site);
    });
});
