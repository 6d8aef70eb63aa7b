import assert from "node:assert/strict";
import { medians, page } from "../../../lab/bench/page";
import { plot } from "../../../lab/bench/plot";
import { spread, verdict } from "../../../lab/bench/result";
import { rotated } from "../../../lab/bench/turn";
import { tableText } from "../../../lab/bench/table";
import { sampleResult } from "./sample";

const good = sampleResult({
    recipe: [60, 90, 66],
    "script, 1 s probes": [20, 22, 21],
    up: [18, 16, 17],
});

describe("the site's benchmark", () => {
    it("takes the middle of the numbers, or of the two in the middle", () => {
        assert.deepEqual(spread([3, 1, 2]), { min: 1, median: 2, max: 3 });
        assert.deepEqual(spread([4, 1, 2, 3]), { min: 1, median: 2.5, max: 4 });
        assert.equal(spread([]), undefined);
    });

    it("has nothing against an up that is below the script and at most a third of the recipe", () => {
        assert.deepEqual(verdict(good), []);
        assert.deepEqual(verdict(sampleResult({ recipe: [51], up: [17] })), []);
    });

    it("says of a slow up which limit it misses, with both numbers", () => {
        const slow = sampleResult({ recipe: [60], "script, 1 s probes": [21], up: [21] });
        assert.deepEqual(verdict(slow), [
            "the median of up, 21.0 s, is not below that of script, 1 s probes, 21.0 s",
            "the median of up, 21.0 s, is above a third of that of recipe, 60.0 s",
        ]);
    });

    it("judges nobody who did not take part", () => {
        assert.deepEqual(verdict(sampleResult({ up: [500] })), []);
        assert.deepEqual(verdict(sampleResult({ recipe: [5] })), []);
    });

    it("writes min, median, max and the ratio to up of everybody", () => {
        const text = page(good);
        assert.ok(text.includes("| recipe | 60.0 | 66.0 | 90.0 | 3.88 x |"), text);
        assert.ok(text.includes("| up | 16.0 | 17.0 | 18.0 | 1.00 x |"), text);
        assert.ok(text.includes("| recipe | 20.0 | 20.0 | 20.0 | 2.00 x |"), text);
        assert.ok(text.includes("| `pulumi destroy` | 12.0 | 12.0 | 12.0 |"), text);
    });

    it("writes machine, versions, date, what was compared, and growth", () => {
        const text = page(good);
        for (const piece of [
            "2 cores (a processor), 8.0 GiB of memory, a system, Linux 6.1.0",
            "3 rounds, begun 2026-01-02 03:04 UTC. Kubernetes v1.2.3.",
            "| `up` | what up does | nothing |",
            "| 10 pools, 3 nodes, 2 firewalls | 6 | 1.3 | 2.5 | 3.8 |",
        ])
            assert.ok(text.includes(piece), `no ${piece} in:\n${text}`);
    });

    it("shows of the turn in the middle what takes its time, and no component", () => {
        const text = page(good);
        assert.ok(text.includes("| the plan, shown first | 0.0 | 3.0 | 3.0 |"), text);
        assert.ok(text.includes("| slow | 4.0 | 8.5 | 4.5 |"), text);
        assert.ok(text.includes("the address answers after 17.0,"), text);
        assert.ok(!text.includes("| quick |") && !text.includes("| flux |"), text);
    });

    it("counts a turn without an answer as the limit, and says so", () => {
        const text = page(sampleResult({ recipe: [60, undefined, undefined], up: [17, 17, 17] }));
        assert.ok(text.includes("| recipe | 60.0 | over 600 | over 600 |"), text);
        assert.ok(text.includes("2 turns had no answer within 600 s"), text);
    });

    it("prints the same numbers for a terminal", () => {
        assert.match(tableText(good), /recipe +60\.0 +66\.0 +90\.0 +3\.88 x/);
        assert.deepEqual(medians(good), { recipe: 66, "script, 1 s probes": 21, up: 17 });
    });

    it("has everybody begin a round once", () => {
        const firsts = [1, 2, 3].map((round) => rotated(["a", "b", "c"], round)[0]);
        assert.deepEqual(firsts, ["a", "b", "c"]);
        assert.deepEqual(rotated(["a", "b", "c"], 2), ["b", "c", "a"]);
    });

    it("draws every contestant and the timeline as SVG", async () => {
        const svg = await plot(good);
        assert.match(svg, /^<svg /);
        for (const name of ["recipe", "script, 1 s probes", "slow"])
            assert.ok(svg.includes(name), name);
        assert.equal(svg.match(/aria-label="seconds: 60; contestant: recipe"/g)?.length, 1);
        assert.equal(await plot(good), svg);
    }).timeout(20_000);
});
