import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { withTimes } from "../../../lab/bench/readme";
import { root } from "../../../lab/stack/stack";
import { sampleResult } from "./sample";

const read = (...path: string[]) => readFileSync(join(root, ...path), "utf8");

describe("README's times", () => {
    const times = { recipe: [60, 90, 66], "script, 1 s probes": [20, 22, 21], up: [18, 16, 17] };

    it("are the medians of a run, and nothing else of the page changes", () => {
        const readme = read("README.md");
        const written = withTimes(readme, sampleResult(times));
        const said = /`pulumi up` 17\.0 s, .* `kubectl` 21\.0 s, the written recipe 66\.0 s /;
        assert.match(written, said);
        const others = (text: string) => text.split("\n").filter((line) => !said.test(line));
        const now = /`pulumi up` [\d.]+ s, .* the written recipe [\d.]+ s /;
        const kept = readme.split("\n").filter((line) => !now.test(line));
        assert.deepEqual(others(written), kept);
        assert.equal(withTimes(written, sampleResult(times)), written);
    });

    it("are of a run that everybody took part in, and have their place", () => {
        assert.throws(() => withTimes(read("README.md"), sampleResult({ up: [17] })), {
            message: "script, 1 s probes took no part",
        });
        assert.throws(() => withTimes("# A page", sampleResult(times)), {
            message: "README.md has no <!-- times, written by npm run bench:site -->",
        });
    });

    it("are those of docs/performance.md", () => {
        const page = read("docs", "performance.md");
        const medianOf = (name: string) =>
            new RegExp(`^\\| ${name} \\| [\\d.]+ \\| ([\\d.]+) \\|`, "m").exec(page)?.[1];
        const [up, script, recipe] = ["up", "script, 1 s probes", "recipe"].map(medianOf);
        const sentence = `\`pulumi up\` ${up} s, a perfect script of \`kubectl\` ${script} s, the written recipe ${recipe} s`;
        assert.ok(read("README.md").includes(sentence), sentence);
    });
});
