import assert from "node:assert/strict";
import type { Site } from "../bring-up";
import { demoAddress } from "../report";
import { coreSession, look, theStart } from "./before";
import { assertHolds, firewallNames, sessions, theSite, told } from "./support";

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

    it("takes no namespace over that somebody else has made", async () => {
        await site.kubectl.run(["create", "namespace", "metallb-system"]);
        try {
            const target = ["**:MetalLb::metallb", "**::metallb-namespace"];
            const outcome = await site.stack.up(undefined, { target });
            assert.equal(outcome.ok, false, outcome.text);
            assertHolds(told(outcome), 'namespaces "metallb-system" already exists');
            const destroyed = await site.stack.destroy();
            assert.ok(destroyed.ok, destroyed.text);
            await site.kubectl.run(["get", "namespace", "metallb-system"]);
        } finally {
            await site.kubectl.run(["delete", "namespace", "metallb-system"]);
        }
    });

    it("leaves a stack that a part of can be made alone", async () => {
        const outcome = await site.stack.up(undefined, {
            target: ["**:MetalLb::metallb", "**::metallb-namespace"],
        });
        assert.ok(outcome.ok, told(outcome) + outcome.text);
        const made = outcome.steps.map(({ type, name }) => `${type} ${name}`);
        assert.ok(made.includes("kubernetes:core/v1:Namespace metallb-namespace"), made.join("\n"));
        assert.ok(!made.some((step) => step.startsWith("command:")), made.join("\n"));
        const destroyed = await site.stack.destroy();
        assert.ok(destroyed.ok, destroyed.text);
    });
});
