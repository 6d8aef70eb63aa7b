import assert from "node:assert/strict";
import { poll } from "../../lab/poll";

describe("poll", () => {
    it("returns the first thing seen", async () => {
        let looks = 0;
        const seen = await poll("the third look", () => ++looks === 3 && "there", {
            intervalMs: 1,
        });
        assert.deepEqual({ seen, looks }, { seen: "there", looks: 3 });
    });

    it("takes a look that throws for not yet", async () => {
        let looks = 0;
        const look = () => {
            if (++looks < 2) throw new Error("refused");
            return looks;
        };
        assert.equal(await poll("an answer", look, { intervalMs: 1 }), 2);
    });

    it("gives up at the limit, with what it waited for and the last error", async () => {
        const look = () => Promise.reject(new Error("connection refused"));
        await assert.rejects(poll("the API server", look, { timeoutMs: 20, intervalMs: 5 }), {
            message: "gave up after 0.02 s waiting for the API server: connection refused",
        });
    });
});
