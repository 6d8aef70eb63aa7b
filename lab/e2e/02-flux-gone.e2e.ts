import assert from "node:assert/strict";
import type { Site } from "../bring-up";
import { demoAddress } from "../report";
import { assertHolds, changesNothing, theSite, told } from "./support";
import { startTraffic } from "./traffic";
import { uninstallFlux } from "./uninstall-flux";

const namespaced = ["-n", "metallb-system"];

describe("Flux removed by hand", () => {
    let site: Site;
    let address: string;

    before(async () => {
        site = await theSite();
        address = (await demoAddress(site.kubectl))!;
    });

    const pods = async () => {
        const uid = "jsonpath={range .items[*]}{.metadata.uid}{'\\n'}{end}";
        const { stdout } = await site.kubectl.run([...namespaced, "get", "pods", "-o", uid]);
        return stdout.split("\n").sort();
    };

    it("is foretold, ends a plain up, and comes back by a refresh while MetalLB goes on", async () => {
        const before = await pods();
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
        assert.deepEqual(await pods(), before);
        await changesNothing(site);
    });
});
