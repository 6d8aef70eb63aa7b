import assert from "node:assert/strict";
import { requireThere, stillThere } from "../../components/cluster/missing";

const peer = (name: string) => ({ kind: "BGPPeer", metadata: { name } });

describe("the change of an object that is gone", () => {
    it("ends with the way on", () => {
        assert.throws(() => requireThere(peer("wn1"), new Set(["BGPPeer/wn1"])), {
            message:
                "peer wn1 is not in the cluster any more: somebody has deleted it, or an up was cut short just there. pulumi up --refresh makes it again (pulumi preview --refresh shows it).",
        });
    });

    it("is another one's affair", () => {
        requireThere(peer("wn2"), new Set(["BGPPeer/wn1", "BFDProfile/wn2"]));
    });

    it("takes no hook where nothing is missing", () => {
        assert.equal(stillThere("metallb", new Set()), undefined);
    });
});
