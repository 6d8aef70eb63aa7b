import assert from "node:assert/strict";
import { Bench } from "./bench";
import { neighbour, wantedState } from "./wanted";

/** What a check says of a session that does not come up, in FRR's own words. */
describe("firewall bench: states of a session", () => {
    let bench: Bench;
    before(async () => {
        bench = await Bench.start("states", { daemons: "real" });
        await bench.speaker(21);
    });
    after(() => bench.stop());

    /** Applied with a change, then asked for five prefixes for a few seconds. */
    const said = async (change: object, password?: string, apply = true) => {
        const wanted = wantedState(0, { neighbours: [neighbour(0, change)] });
        const given = password === undefined ? {} : { password };
        if (apply) {
            const { outcome, message } = await bench.act("apply", { wanted, ...given });
            assert.equal(outcome, "changed", message);
        }
        const check = { wanted, deadline: 8, prefixes: 5, ...given };
        const { outcome, message } = await bench.act("check", check);
        assert.equal(outcome, "failed", message);
        return message;
    };

    it("FRR has never heard of it", async () => {
        const message = await said({}, undefined, false);
        assert.match(message, /192\.168\.33\.21 wn1 is unknown to FRR with 0 prefixes/);
    });

    it("it is up and has learned less than it should", async () => {
        const message = await said({});
        assert.match(message, /192\.168\.33\.21 wn1 is Established with 2 prefixes/);
    });

    it("the node announces more than the limit, which the apply finds out itself", async () => {
        const wanted = wantedState(0, { neighbours: [neighbour(0, { maximumPrefix: 1 })] });
        const { outcome, message } = await bench.act("apply", { wanted });
        assert.equal(outcome, "rolled-back", message);
        assert.match(message, /192\.168\.33\.21  ?is Idle \(PfxCt\)/);
    });

    it("the AS number differs at the two ends", async () => {
        assert.match(await said({ asn: 64499 }), /wn1 is (Connect|Active)/);
    });

    it("the password differs at the two ends", async () => {
        assert.match(await said({}, "another-one"), /wn1 is (Connect|Active)/);
    });
});
