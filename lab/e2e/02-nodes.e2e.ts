import assert from "node:assert/strict";
import type { Site } from "../bring-up";
import { assertHolds, theSite, told } from "./support";

const label = "node.kubernetes.io/exclude-from-external-load-balancers";

describe("nodes", () => {
    let site: Site;
    before(async () => {
        site = await theSite();
    });
    after(() => site.kubectl.run(["label", "node", "wn2", `${label}-`]));

    it("that announce nothing, or are not there, are named by the preview", async () => {
        const stackFile = site.stack.read();
        await site.kubectl.run(["label", "node", "wn2", `${label}=`]);
        site.stack.edit((stack) =>
            stack.setIn(["config", "metallb-pfsense:bgp", "nodes", "wn3"], "192.168.33.23"),
        );
        const preview = await site.stack.preview();
        site.stack.write(stackFile);
        assert.ok(preview.ok, preview.text);
        assertHolds(
            told(preview),
            `node wn2 has the label ${label}: its sessions come up and announce nothing`,
            "node wn3 of bgp.nodes is not in the cluster (its nodes: wn1, wn2): its sessions stay down.",
        );
    });
});
