import assert from "node:assert/strict";
import type { Site } from "../bring-up";
import { key } from "../stack/stack";
import { changesNothing, firewallNames, nodeAddresses, sessions, theSite, up } from "./support";

/** The machine goes down while MetalLB changes from one backend to the other. */
describe("a crossing that is killed", function () {
    this.timeout(600_000);

    let site: Site;
    let stackFile: string;
    before(async () => {
        site = await theSite();
        stackFile = site.stack.read();
    });

    const killed = async () => {
        const outcome = await site.stack.up(undefined, { killAfter: "metallb-helmrelease" });
        assert.ok(!outcome.ok);
        await site.stack.cancel();
    };
    const whole = async () => {
        await up(site);
        for (const name of firewallNames) {
            const seen = await sessions(site, name);
            for (const node of nodeAddresses) assert.equal(seen[node]?.state, "Established", node);
        }
        await changesNothing(site);
    };

    it("from native to frr-k8s with BFD is ended by the next up, and the webhook judges again", async () => {
        site.stack.edit((stack) => {
            stack.deleteIn(key("metallb", "backend"));
            stack.setIn(key("bgp", "bfdProfiles"), { fast: { receiveInterval: 300 } });
            stack.setIn(key("bgp", "bfd"), "fast");
        });
        await killed();
        await whole();
        const webhook = [
            "validatingwebhookconfiguration",
            "frr-k8s-validating-webhook-configuration",
        ];
        const policy = ["-o", "jsonpath={.webhooks[*].failurePolicy}"];
        const { stdout } = await site.kubectl.run(["get", ...webhook, ...policy]);
        assert.equal(stdout, "Fail");
    });

    it("from frr-k8s back to native is ended by the next up", async () => {
        site.stack.write(stackFile);
        await killed();
        await whole();
    });
});
