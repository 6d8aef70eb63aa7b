import assert from "node:assert/strict";
import type { Site } from "../bring-up";
import { demoAddress } from "../report";
import { look, theStart } from "./before";
import { assertHolds, changesNothing, firewallNames, sessions, theSite, told, up } from "./support";
import { uninstallFlux } from "./uninstall-flux";

describe("a cluster and firewalls that were made anew", () => {
    let site: Site;
    before(async () => {
        site = await theSite();
    });

    it("end a plain up with the way on, and are brought back by a refresh", async () => {
        const address = await demoAddress(site.kubectl);
        const remember = await site.stack.keep();
        const destroyed = await site.stack.destroy();
        assert.ok(destroyed.ok, destroyed.text);
        await remember();

        const plain = await site.stack.up();
        assert.ok(!plain.ok);
        assertHolds(told(plain), "pulumi up --refresh puts it right.");
        const outcome = await site.stack.up(undefined, { refresh: true });
        assert.ok(outcome.ok, told(outcome) + outcome.text);
        assert.equal(await demoAddress(site.kubectl), address);
        for (const name of firewallNames) {
            const states = Object.values(await sessions(site, name)).map(({ state }) => state);
            assert.deepEqual(states, ["Established", "Established", "Established"], name);
        }
        await changesNothing(site);
    });
});

/** The last of them: it leaves the cluster as it was before the first `up`. */
describe("a destroy where Flux was removed by hand", () => {
    it("ends, and leaves what only Flux could uninstall, which the next up and destroy take", async () => {
        const site = await theSite();
        await uninstallFlux(site);
        const destroyed = await site.stack.destroy();
        assert.ok(destroyed.ok, destroyed.text);
        const { configs, cluster } = await look(site);
        assert.deepEqual(configs, theStart().configs);
        // Nobody was there to uninstall the release.
        const left = cluster.filter((name) => !theStart().cluster.includes(name));
        assert.ok(left.length > 0);
        for (const name of left) assert.match(name, /metallb/);

        await up(site);
        const again = await site.stack.destroy();
        assert.ok(again.ok, again.text);
        assert.deepEqual((await look(site)).cluster, theStart().cluster);
    });
});
