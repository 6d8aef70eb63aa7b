import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(__dirname, "..", "..");
const text = (path: string) => readFileSync(join(ROOT, path), "utf8");
const page = text("docs/team.md");

/** As GitHub makes the anchor of a heading. */
const anchors = (markdown: string) =>
    [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
        heading!
            .toLowerCase()
            .replace(/[^\w -]/g, "")
            .replaceAll(" ", "-"),
    );

describe("docs/team.md", () => {
    it("leads to what is there", () => {
        const links = [...page.matchAll(/\]\(([^)#]+)(?:#([^)]+))?\)/g)];
        assert.equal(links.length, 8);
        for (const [link, path, anchor] of links) {
            assert.ok(existsSync(join(ROOT, "docs", path!)), link);
            if (anchor !== undefined)
                assert.ok(anchors(text(join("docs", path!))).includes(anchor), link);
        }
    });

    it("names every secret and variable that the workflows take, and no other", () => {
        const workflows = ["preview", "drift"].map((name) => text(`.github/workflows/${name}.yml`));
        const taken = workflows.join("").match(/(?<=\b(secrets|vars)\.)\w+/g)!;
        const named = page.match(/`[A-Z_]{6,}`/g)!.map((name) => name.slice(1, -1));
        assert.deepEqual(
            [...new Set(named)].sort(),
            [...new Set([...taken, "GITLAB_TOKEN"])].sort(),
        );
    });

    it("lists as troubles what the scripts say", () => {
        const scripts = [
            "common.sh",
            "comment.sh",
            "render-diff.sh",
            "issue.sh",
            "post.mjs",
            "stacks.ts",
        ]
            .map((file) => text(join("ci", file)))
            .join("");
        const [, table] = page.split("## Troubles");
        const rows = [...table!.matchAll(/^\| `(.+?)` \|/gm)].map(([, words]) => words!);
        assert.equal(rows.length, 5);
        for (const words of rows.flatMap((row) => row.split("…")).map((part) => part.trim())) {
            if (/^(|post\.mjs:|403|ci:drift:)$/.test(words)) continue;
            assert.ok(scripts.includes(words), words);
        }
    });
});
