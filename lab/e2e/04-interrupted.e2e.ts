import assert from "node:assert/strict";
import type { Site } from "../bring-up";
import type { RunOutcome } from "../stack/protocol";
import { look, theStart } from "./before";
import {
    assertHolds,
    changesNothing,
    firewallNames,
    nodeAddresses,
    poll,
    sessions,
    theSite,
    told,
    up,
} from "./support";

/** After `destroy`, on a site as it was before the first `up`. */
describe("a run that is killed", () => {
    let site: Site;
    before(async () => {
        site = await theSite();
    });
    // Its kubelets would take their time from what is tested next; the logs stay for a failure.
    after(() => site.box.stop(["log"]));

    /** The engine is gone in the middle; what it has left says itself how to go on. */
    const killed = async (run: Promise<RunOutcome>) => {
        assert.ok(!(await run).ok);
        const locked = await site.stack.up();
        assert.ok(!locked.ok);
        assertHolds(locked.text + told(locked), "the stack is currently locked by");
        await site.stack.cancel();
    };
    const killedAfter = (killAfter: string) => killed(site.stack.up(undefined, { killAfter }));
    const destroyed = async () => {
        const outcome = await site.stack.destroy();
        assert.ok(outcome.ok, outcome.text);
        const { configs, cluster } = await look(site);
        assert.deepEqual(configs, theStart().configs);
        assert.deepEqual(cluster, theStart().cluster);
    };

    it("an up while its release is on its way: destroy takes away what is there", async () => {
        const begun = async () => {
            const get = ["-n", "metallb-system", "get", "deployments", "-o", "name"];
            return (await site.kubectl.run(get)).stdout !== "";
        };
        await killed(site.stack.up(undefined, { killAt: poll("MetalLB's Deployment", begun) }));
        await destroyed();
    });

    it("an up in the middle of a firewall's write: destroy takes its entries back", async () => {
        const written = async () => {
            const config = await site.firewalls["fw-b"]!.configXml();
            return config.includes("dev/wn1");
        };
        const killAt = poll("entries on fw-b", written);
        await killed(site.stack.up(undefined, { killAt }));
        await destroyed();
    });

    it("an up at three places: the next one makes the rest, and nothing differs", async () => {
        await killedAfter("flux-deployment-helm-controller");
        await killedAfter("metallb-helmchart");
        await killedAfter("metallb-ipaddresspool-metallb-pool");
        await up(site);
        for (const name of firewallNames) {
            const seen = await sessions(site, name);
            for (const node of nodeAddresses) assert.equal(seen[node]?.state, "Established");
        }
        await changesNothing(site);
    });

    it("a destroy: the next one takes the rest", async () => {
        await killed(site.stack.destroy(undefined, { killAfter: "metallb-helmrelease" }));
        await destroyed();
    });
});
