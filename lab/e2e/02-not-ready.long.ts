import assert from "node:assert/strict";
import type { Site } from "../bring-up";
import { demoAddress } from "../report";
import { key } from "../stack/stack";
import { assertHolds, changesNothing, theSite, told, up } from "./support";
import { startTraffic } from "./traffic";

/** Flux gives a try up after five minutes, and looks at nothing else until then. */
const held = 330;

/** An `up` that has to end by itself, within some seconds and with these words; how long it took. */
async function refused(site: Site, most: number, ...words: readonly string[]): Promise<number> {
    const begun = Date.now();
    const outcome = await site.stack.up();
    const seconds = (Date.now() - begun) / 1000;
    assert.equal(outcome.ok, false, outcome.text);
    assertHolds(told(outcome) + outcome.text, ...words);
    assert.ok(seconds < most, `it took ${seconds} s`);
    return seconds;
}

describe("a Flux that cannot start", function () {
    this.timeout(900_000);

    it("ends the up with the pods' own words, and the same up again, until it is mended", async () => {
        const site = await theSite();
        const stackFile = site.stack.read();
        const traffic = await startTraffic(site, (await demoAddress(site.kubectl))!);
        site.stack.edit((stack) => stack.setIn(key("flux", "registry"), "registry.invalid/fluxcd"));
        const words = [
            "Flux is not ready after",
            "-controller-",
            "of Flux on wn",
            "the node cannot have the image: registry and version (flux.registry, flux.version)",
        ];
        const seconds = await refused(site, 200, ...words, "Kubernetes says: Pod ");
        const again = await refused(site, 200, ...words);
        site.stack.write(stackFile);
        await up(site);
        const { failed, told: lost, answered } = await traffic.stop();
        console.log(`      ended after ${seconds} s, again after ${again} s, ${lost}`);
        assert.ok(failed === 0 && answered > 20, lost);
        await changesNothing(site);
    });
});

describe("a release that cannot become ready", function () {
    this.timeout(900_000);

    let site: Site;
    let stackFile: string;
    before(async () => {
        site = await theSite();
        stackFile = site.stack.read();
    });
    after(async () => {
        site.stack.write(stackFile);
        await up(site);
    });

    it("ends the up with the pod's own words, long before Flux gives up; the next one mends it", async () => {
        const address = (await demoAddress(site.kubectl))!;
        const traffic = await startTraffic(site, address);
        site.stack.edit((stack) => {
            stack.setIn(key("metallb", "values"), { speaker: { image: { tag: "none" } } });
        });
        const seconds = await refused(
            site,
            240,
            "MetalLB is not ready after",
            "of MetalLB on wn",
            "the node cannot have the image: registry, tag and login",
            "Kubernetes says: Pod metallb-speaker-",
        );

        site.stack.write(stackFile);
        const mending = Date.now();
        const mended = await up(site);
        const mendedAfter = (Date.now() - mending) / 1000;
        assertHolds(told(mended), "MetalLB's release waits for Flux to give up the try before");
        assert.ok(mendedAfter < held, `it took ${mendedAfter} s`);
        const { longest, told: lost, answered } = await traffic.stop();
        console.log(`      ended after ${seconds} s, mended after ${mendedAfter} s, ${lost}`);
        assert.ok(longest <= 0.5 && answered > 20, lost);
        await changesNothing(site);
    });
});
