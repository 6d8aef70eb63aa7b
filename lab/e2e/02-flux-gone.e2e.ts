import assert from "node:assert/strict";
import type { Site } from "../bring-up";
import { demoAddress } from "../report";
import { assertHolds, changesNothing, podsOf, theSite, told } from "./support";
import { startTraffic } from "./traffic";
import { uninstallFlux } from "./uninstall-flux";

describe("Flux removed by hand", () => {
    let site: Site;
    let address: string;

    before(async () => {
        site = await theSite();
        address = (await demoAddress(site.kubectl))!;
    });

    it("is foretold, ends a plain up, and comes back by a refresh while MetalLB goes on", async () => {
        const before = await podsOf(site);
        const traffic = await startTraffic(site, address);
        await uninstallFlux(site);
        const plain = await site.stack.up();
        assert.ok(!plain.ok);
        assertHolds(
            told(plain),
            "Flux 2.9.5 added",
            "release metallb removed by others\n  pulumi up --refresh puts it right.",
        );
        const outcome = await site.stack.up(undefined, { refresh: true });
        assert.ok(outcome.ok, told(outcome) + outcome.text);
        const { failed, told: lost } = await traffic.stop();
        assert.equal(failed, 0, lost);
        assert.deepEqual(await podsOf(site), before);
        await changesNothing(site);
    });
});
