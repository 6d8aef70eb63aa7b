import assert from "node:assert/strict";
import type { Site } from "../bring-up";
import { demoAddress } from "../report";
import { coreSession, look, theStart } from "./before";
import { firewallNames, sessions, theSite } from "./support";

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

    it("has never reset the session of the firewalls' own neighbour", async () => {
        for (const name of firewallNames) {
            const { state, established } = await coreSession(site, name);
            const times = theStart().coreEstablished[name];
            assert.deepEqual({ state, established }, { state: "Established", established: times });
        }
    });
});
