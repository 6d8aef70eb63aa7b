import assert from "node:assert/strict";
import { mock } from "node:test";
import { AtOnce } from "../../components/flux/at-once";

describe("definitions that are made at one moment", () => {
    beforeEach(() => mock.timers.enable({ apis: ["setTimeout"] }));
    afterEach(() => mock.timers.reset());

    const gone: string[] = [];
    const after = async (milliseconds: number) => {
        mock.timers.tick(milliseconds);
        await Promise.resolve();
        return gone.splice(0);
    };

    it("wait for each other, and not for one that comes later", async () => {
        const atOnce = new AtOnce(100);
        const come = (name: string) => void atOnce.gathered().then(() => gone.push(name));
        come("a");
        assert.deepEqual(await after(99), []);
        come("b");
        assert.deepEqual(await after(99), []);
        assert.deepEqual(await after(1), ["a", "b"]);
        come("c");
        assert.deepEqual(await after(100), ["c"]);
    });
});
