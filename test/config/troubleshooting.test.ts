import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { troubles, withTroubles } from "../../config/troubleshooting";

const text = (file: string) => readFileSync(join(__dirname, "..", "..", file), "utf8");

describe("the tables of troubles", () => {
    for (const page of ["README.md", "docs/firewall.md"]) {
        it(`stand in ${page} as they are in the list`, () => {
            assert.equal(text(page), withTroubles(text(page)), "npm run schema writes it anew");
        });
    }

    it("stand in one of the pages, each of them", () => {
        const pages = text("README.md") + text("docs/firewall.md");
        for (const { text: words } of Object.values(troubles).flat()) {
            assert.ok(pages.includes(`| ${words.replaceAll("|", "\\|")} |`), words);
        }
    });

    for (const [name, rows] of Object.entries(troubles)) {
        it(`${name}: every text is asserted by the test that provokes it`, () => {
            for (const { says, shownBy } of rows) {
                // Written as a text or as a regular expression, over lines or not.
                const source = text(shownBy).replaceAll("\\", "").replace(/\s+/g, " ");
                for (const words of says) {
                    assert.ok(source.includes(words), `${shownBy} says nothing of: ${words}`);
                }
            }
        });
    }
});
