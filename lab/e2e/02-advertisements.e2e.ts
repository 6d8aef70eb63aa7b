import assert from "node:assert/strict";
import type { Site } from "../bring-up";
import { demoAddress } from "../report";
import { key } from "../stack/stack";
import { assertHolds, changesNothing, firewallNames, sessions, theSite, told, up } from "./support";
import { startTraffic, type Traffic } from "./traffic";

/** `check.prefixes` of the site's stack: every `up` ends when each node announces the address. */
describe("advertisements", () => {
    let site: Site;
    let stackFile: string;
    let traffic: Traffic;

    before(async () => {
        site = await theSite();
        stackFile = site.stack.read();
        traffic = await startTraffic(site, (await demoAddress(site.kubectl))!);
    });
    after(async () => {
        site.stack.write(stackFile);
        await up(site);
    });

    const established = async () => {
        const all = await Promise.all(firewallNames.map((name) => sessions(site, name)));
        return all.map((seen) => Object.values(seen).map(({ established }) => established));
    };
    /** What the file says from now on, in one `up` that resets nothing. */
    const become = async (advertise: object, bgp: object, ...words: readonly string[]) => {
        const before = await established();
        site.stack.edit((stack) => {
            stack.setIn(key("bgp", "advertise"), advertise);
            for (const [name, value] of Object.entries(bgp)) stack.setIn(key("bgp", name), value);
        });
        assertHolds(told(await site.stack.preview()), ...words, "  sessions  all stay\n");
        await up(site);
        assert.deepEqual(await established(), before);
        await changesNothing(site);
    };
    const part = { pools: ["metallb-pool"], aggregationLength: 32, communities: ["quiet"] };
    const communities = { quiet: "65535:65282" };

    it("are renamed, with an alias for what was a number", async () => {
        await become(
            { services: part },
            { communities },
            "advertisement services added\n",
            "advertisement recipe removed\n",
        );
    });

    it("are split by nodes, and swap them", async () => {
        const split = (a: string, b: string) => ({
            a: { ...part, nodes: [a] },
            b: { ...part, nodes: [b] },
        });
        await become(split("wn1", "wn2"), {}, "advertisement a added\n");
        await become(split("wn2", "wn1"), {}, "advertisement a changed: nodeSelectors\n");
    });

    it("lose an alias in use and their names at once, and nobody has missed a request", async () => {
        site.stack.write(stackFile);
        await up(site);
        await changesNothing(site);
        const { answered, failed, told: lost } = await traffic.stop();
        assert.equal(failed, 0, lost);
        assert.ok(answered > 100, lost);
    });
});
