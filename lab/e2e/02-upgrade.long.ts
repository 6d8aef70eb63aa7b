import assert from "node:assert/strict";
import { buildEarlierMetallb } from "../artifacts/images";
import type { Site } from "../bring-up";
import { loadImages } from "../node";
import { demoAddress } from "../report";
import * as network from "../site";
import { key } from "../stack/stack";
import { assertHolds, changesNothing, summaryIn, theSite, told, up } from "./support";
import { startTraffic } from "./traffic";

/** The release that many have, and the one that the dev stack has. */
const earlier = "0.15.3";

/**
 * Seconds without an answer while one speaker after the other is replaced: no more than it takes to
 * ask again. A request under way may be reset when its next hop comes or goes (docs/review.md).
 */
const most = 0.5;

describe("another release of MetalLB", function () {
    this.timeout(900_000);

    let site: Site;
    let stackFile: string;
    let address: string;

    before(async () => {
        site = await theSite();
        stackFile = site.stack.read();
        address = (await demoAddress(site.kubectl))!;
        const images = await buildEarlierMetallb((line) => console.log(`      ${line}`));
        const files = images.map(({ path }) => path);
        await Promise.all(network.nodes.map((node) => loadImages(site.box, node, files)));
    });

    const unchanged = () => changesNothing(site);
    const uids = async () => {
        const kinds = "ipaddresspools,bgppeers,bgpadvertisements,helmreleases";
        const ids = [
            "-o",
            "jsonpath={range .items[*]}{.kind}/{.metadata.name} {.metadata.uid}{'\\n'}{end}",
        ];
        const { stdout } = await site.kubectl.run(["-n", "metallb-system", "get", kinds, ...ids]);
        return stdout;
    };
    const images = async () => {
        const where = ["-n", "metallb-system", "get", "pods"];
        const what = "jsonpath={range .items[*].spec.containers[*]}{.image}{'\\n'}{end}";
        const { stdout } = await site.kubectl.run([...where, "-o", what]);
        return [...new Set(stdout.trim().split("\n"))].sort();
    };
    const of = (version: string) => [
        `quay.io/metallb/controller:v${version}`,
        `quay.io/metallb/speaker:v${version}`,
    ];

    /** One `up` to what the file says, with a client that asks; what it lost is told. */
    const crossed = async (from: string, to: string) => {
        const before = await uids();
        const preview = await site.stack.preview();
        assert.ok(preview.ok, told(preview) + preview.text);
        assertHolds(summaryIn(preview), `MetalLB ${from} changed: to ${to}`);
        const traffic = await startTraffic(site, address);
        await up(site);
        const { answered, longest, told: lost } = await traffic.stop();
        console.log(`      ${lost.split("\n")[0]}`);
        assert.ok(answered > 20, lost);
        assert.ok(longest <= most, lost);
        assert.equal(await uids(), before);
        assert.deepEqual(await images(), of(to));
        assert.equal(await demoAddress(site.kubectl), address);
        await unchanged();
    };

    it("back to the one before, speaker by speaker, and nothing is made anew", async () => {
        site.stack.edit((stack) => stack.setIn(key("metallb", "version"), earlier));
        await crossed("0.16.1", earlier);
    });

    it("0.15.3 to 0.16.1: the same, with the backend pinned", async () => {
        site.stack.write(stackFile);
        await crossed(earlier, "0.16.1");
    });
});
