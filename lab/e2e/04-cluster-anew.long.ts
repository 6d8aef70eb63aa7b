import assert from "node:assert/strict";
import type { Site } from "../bring-up";
import { demoAddress } from "../report";
import { assertHolds, changesNothing, firewallNames, sessions, theSite, told } from "./support";

describe("a cluster and firewalls that were made anew", () => {
    let site: Site;
    before(async () => {
        site = await theSite();
    });

    it("are foretold, end a plain up before anything is made, and are brought back by a refresh", async () => {
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
