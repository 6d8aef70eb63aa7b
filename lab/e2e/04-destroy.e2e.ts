import assert from "node:assert/strict";
import type { Site } from "../bring-up";
import { demoAddress } from "../report";
import { coreSession, look, theStart } from "./before";
import { firewallNames, poll, sessions, theSite } from "./support";

describe("destroy", () => {
    let site: Site;
    before(async () => {
        site = await theSite();
    });
    // Its kubelets would take their time from what is tested next; the logs stay for a failure.
    after(() => site.box.stop(["log"]));

    it("takes away exactly what up has brought: cluster and firewalls are as before", async () => {
        const outcome = await site.stack.destroy();
        assert.ok(outcome.ok, outcome.text);
        const { configs, cluster } = await look(site);
        assert.deepEqual(configs, theStart().configs);
        assert.deepEqual(cluster, theStart().cluster);
    });

    it("leaves the Service pending and no route behind", async () => {
        assert.equal(await demoAddress(site.kubectl), undefined);
        for (const name of firewallNames) {
            const seen = await sessions(site, name);
            assert.deepEqual(Object.keys(seen), ["192.168.34.50"]);
        }
    });

    it("has left the firewalls' own neighbour up", async () => {
        for (const name of firewallNames) {
            const up = async () => (await coreSession(site, name)).state === "Established";
            await poll(`the core router's session with ${name}`, up);
        }
    });
});
