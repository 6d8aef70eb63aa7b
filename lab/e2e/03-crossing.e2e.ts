import assert from "node:assert/strict";
import type { Site } from "../bring-up";
import { demoAddress } from "../report";
import {
    assertHolds,
    changesNothing,
    firewallNames,
    nodeAddresses,
    sessions,
    theSite,
    told,
    up,
} from "./support";
import { key } from "../stack/stack";
import { startTraffic } from "./traffic";

/** From one backend to the other in a running cluster, and what MetalLB lets change only at once. */
describe("a change that concerns every session", () => {
    let site: Site;
    let stackFile: string;
    let address: string;

    before(async () => {
        site = await theSite();
        stackFile = site.stack.read();
        address = (await demoAddress(site.kubectl))!;
    });

    /** Seconds without an answer while it is applied; all sessions are there after it. */
    const applied = async (says: string) => {
        const preview = await site.stack.preview();
        assert.ok(preview.ok, told(preview) + preview.text);
        assertHolds(told(preview), says);
        const traffic = await startTraffic(site, address);
        const started = Date.now();
        await up(site);
        const took = ((Date.now() - started) / 1000).toFixed(0);
        const { longest, told: lost } = await traffic.stop();
        console.log(`      up took ${took} s, ${lost.split("\n")[0]}`);
        for (const name of firewallNames) {
            const seen = await sessions(site, name);
            for (const node of nodeAddresses) assert.equal(seen[node]?.state, "Established", node);
        }
        await changesNothing(site);
        return longest;
    };

    it("native to frr-k8s with BFD: within a minute, as the preview says", async () => {
        site.stack.edit((stack) => {
            stack.deleteIn(key("metallb", "backend"));
            stack.setIn(key("bgp", "bfdProfiles"), { fast: { receiveInterval: 300 } });
            stack.setIn(key("bgp", "bfd"), "fast");
        });
        const longest = await applied(
            "MetalLB changes from native to frr-k8s: every session ends and comes back, and addresses may not answer for 60 s.",
        );
        assert.ok(longest <= 60, `${longest} s`);
        const webhook = [
            "validatingwebhookconfiguration",
            "frr-k8s-validating-webhook-configuration",
        ];
        const policy = ["-o", "jsonpath={.webhooks[*].failurePolicy}"];
        const { stdout } = await site.kubectl.run(["get", ...webhook, ...policy]);
        assert.equal(stdout, "Fail", "it judges again");
    });

    it("another AS number of all nodes, which MetalLB's webhook takes only at once", async () => {
        site.stack.edit((stack) => stack.setIn(key("bgp", "asn"), 64510));
        const longest = await applied(
            "All nodes get another AS number or router ID at once: every session ends and comes back, and addresses may not answer for 20 s.",
        );
        assert.ok(longest <= 20, `${longest} s`);
    });

    it("frr-k8s with BFD back to native: within half a minute, as the preview says", async () => {
        site.stack.write(stackFile);
        const longest = await applied(
            "MetalLB changes from frr-k8s to native: every session ends and comes back, and addresses may not answer for 30 s.",
        );
        assert.ok(longest <= 30, `${longest} s`);
    });
});
