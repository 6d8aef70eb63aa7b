import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { main, printed } from "../../commands/render";
import { renderGitops, renderPlan } from "../../config/render";
import { planFromStack } from "../../config/stack";
import { named, readStack, stacksIn } from "../../commands/stacks";
import { assertGolden } from "../golden";

const planOf = (file: string) => {
    const target = named(file);
    const read = readStack(target);
    const { plan } = planFromStack(read.document, { stack: target.stack, ...read });
    assert.ok(plan, file);
    return plan;
};
const recipe = "examples/Pulumi.recipe.yaml";

function rendered(...argv: string[]) {
    const lines: string[] = [];
    const paint = (_style: string, text: string) => text;
    const code = main(argv, { print: (text) => lines.push(text), paint });
    return { code, text: lines.join("\n") };
}

describe("npm run render", () => {
    let folder: string;
    before(() => {
        folder = mkdtempSync(join(tmpdir(), "render-"));
    });
    after(() => rmSync(folder, { recursive: true }));

    for (const { stack, file } of stacksIn("examples")) {
        it(`writes down all of the example ${stack}`, () => {
            assertGolden(`render/${stack}.txt`, printed(renderPlan(planOf(file))));
        });
    }

    it("shows who is in maintenance, in the page and in the announcements", () => {
        const read = readStack(named(recipe));
        const document = structuredClone(read.document) as {
            bgp: { nodes: Record<string, unknown>; routers: Record<string, object> };
        };
        const { nodes, routers } = document.bgp;
        nodes.wn2 = { address: nodes.wn2, maintenance: true };
        routers["fw-b"] = { ...routers["fw-b"], maintenance: true };
        const { plan } = planFromStack(document, { stack: "recipe", ...read });
        const { "site.md": page, "cluster/bgpadvertisements.yaml": objects } = renderPlan(plan!);
        assertGolden("render/maintenance.txt", printed({ page: page!, objects: objects! }));
    });

    it("writes a folder for a Flux of one's own, without secrets", () => {
        const files = renderGitops(planOf(recipe));
        assertGolden("render/recipe-gitops.txt", printed(files));
        assert.deepEqual(
            Object.values(files).flatMap((text) => text.match(/kind: Secret$/gm) ?? []),
            [],
        );
        const [release, config] = parseAllDocuments(files["metallb.yaml"]!).map(
            (one) => one.toJS() as { metadata: { name: string }; spec: { dependsOn?: object[] } },
        );
        assert.deepEqual(config?.spec.dependsOn, [{ name: release?.metadata.name }]);
    });

    it("prints the same as it writes, and the same twice", () => {
        const out = join(folder, "site");
        const first = rendered(recipe, "--out", out);
        const files = Object.keys(renderPlan(planOf(recipe)));
        assert.deepEqual(first, { code: 0, text: `${files.length} files in ${out}` });
        const written = files.map(
            (path) => `==> ${path}\n${readFileSync(join(out, path), "utf8")}`,
        );
        assert.equal(rendered(recipe).text, written.join("\n"));
        rendered(recipe, "--out", out);
        const again = files.map((path) => `==> ${path}\n${readFileSync(join(out, path), "utf8")}`);
        assert.deepEqual(again, written);
    });

    it("takes its own files away again, and leaves other people's folders alone", () => {
        const out = join(folder, "changing");
        rendered(recipe, "--out", out);
        writeFileSync(join(out, "README.md"), "mine");
        rendered("examples/Pulumi.layer2.yaml", "--out", out);
        assert.ok(!existsSync(join(out, "routers", "fw-a", "frr.conf")));
        assert.equal(readFileSync(join(out, "README.md"), "utf8"), "mine");

        const other = mkdtempSync(join(folder, "other-"));
        writeFileSync(join(other, "notes"), "");
        assert.deepEqual(rendered(recipe, "--out", other), {
            code: 2,
            text: `${other} holds files that this command has not written; name a new or an empty folder.`,
        });
        assert.deepEqual(readdirSync(other), ["notes"]);
    });

    it("says what is wrong with a file or a call", () => {
        const wrong = join(folder, "Pulumi.wrong.yaml");
        writeFileSync(wrong, "config:\n    metallb-pfsense:cluster: { context: home }\n");
        const { code, text } = rendered(wrong);
        assert.equal(code, 1);
        assert.match(text, /^error: stack config: is partly configured: missing metallb$/m);
        assert.equal(rendered().code, 2);
        assert.equal(rendered("a", "b").code, 2);
        assert.equal(rendered("--outt").code, 2);
        assert.match(rendered("--help").text, /^Writes down everything a stack makes/);
    });
});
