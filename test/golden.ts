import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * Compares a text with the file test/golden/<name>; `npm run golden` writes the files anew.
 */
export function assertGolden(name: string, text: string): void {
    const path = join(__dirname, "golden", name);
    if (process.env.UPDATE_GOLDEN) {
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, text);
        return;
    }
    let golden: string;
    try {
        golden = readFileSync(path, "utf8");
    } catch {
        assert.fail(`test/golden/${name} does not exist; npm run golden makes it.`);
    }
    assert.equal(text, golden, `differs from test/golden/${name}; is that meant? npm run golden`);
}
