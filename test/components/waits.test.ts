import assert from "node:assert/strict";
import { Waits } from "../../components/waits";

describe("the waits of a run", () => {
    const after = (milliseconds: number) =>
        new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

    it("are told where they took a second, the longest of each, also one that ended badly", async () => {
        const waits = new Waits();
        assert.equal(waits.told(), undefined);
        await waits.timed("the chart", Promise.resolve());
        assert.equal(waits.told(), undefined);
        const broken = after(600).then(() => Promise.reject(new Error("none")));
        await Promise.all([
            waits.timed("the chart", after(550)),
            assert.rejects(waits.timed("MetalLB's release", broken), { message: "none" }),
        ]);
        await waits.timed("the chart", Promise.resolve());
        assert.equal(waits.told(), "Waited 1 s for the chart, 1 s for MetalLB's release.");
    });
});
