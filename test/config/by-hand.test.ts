import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { byHandFile, byHandOutput, byHandText, byHandTitle } from "../../config/by-hand";
import { summaryOf } from "../../config/summary";
import { renderPlan } from "../../config/render";
import { DIALECTS } from "../../config/schema/bgp";
import type { Dialect } from "../../config/schema";
import { planFromStack } from "../../config/stack";
import { readStackFile } from "../../config/stack-file";
import { assertGolden } from "../golden";
import { handPlan, type HandSite, handSites } from "./fixtures";

const ROOT = join(__dirname, "..", "..");

const edge = (site: HandSite, dialect?: Dialect) => handPlan(site, dialect).byHand.edge!;

describe("a router by hand", () => {
    for (const site of handSites) {
        for (const dialect of [undefined, ...DIALECTS]) {
            const router = edge(site, dialect);
            it(`${site}: ${dialect ?? "nothing chosen"}`, () => {
                assertGolden(`by-hand/${site}/${byHandFile(router)}`, `${byHandText(router)}\n`);
            });
        }

        it(`${site}: is the same data in every language`, () => {
            for (const dialect of DIALECTS) {
                assert.deepEqual({ ...edge(site, dialect), dialect }, { ...edge(site), dialect });
            }
        });

        it(`${site}: as JSON it is the data, and the secret's name in place of the secret`, () => {
            const { dialect, ...data } = edge(site, "json");
            assert.equal(dialect, "json");
            assert.deepEqual(JSON.parse(byHandText(edge(site, "json"))), data);
            assert.equal(data.password, site === "direct" ? undefined : "bgpPassword");
        });
    }

    it("is in the program's output as text, or as data for another provider", () => {
        const router = edge("ipv4", "vyos");
        const output = byHandOutput({ router, other: edge("ipv4", "json"), usual: edge("ipv4") });
        assert.deepEqual(output, {
            router: byHandText(router),
            other: edge("ipv4"),
            usual: byHandText(edge("ipv4")),
        });
    });

    it("has a file of its own, and a title that says what to do with it", () => {
        const told = [undefined, ...DIALECTS].map((dialect) => {
            const plan = handPlan("ipv4", dialect);
            const paths = Object.keys(renderPlan(plan)).filter((path) =>
                path.startsWith("routers/"),
            );
            const { title, text } = summaryOf(plan).byHand.edge!;
            assert.equal(title, byHandTitle("edge", plan.byHand.edge!));
            assert.equal(text, byHandText(plan.byHand.edge!));
            return [...paths, title];
        });
        assert.deepEqual(told, [
            ["routers/edge/by-hand.txt", "To type on edge"],
            ["routers/edge/frr.txt", "To type on edge"],
            ["routers/edge/pfsense.txt", "To type on edge"],
            ["routers/edge/opnsense.txt", "To type on edge"],
            ["routers/edge/routeros.txt", "To type on edge"],
            ["routers/edge/vyos.txt", "To type on edge"],
            ["routers/edge/unifi.txt", "To upload to edge"],
            ["routers/edge/by-hand.json", "For a provider that configures edge"],
        ]);
    });

    it("is shown in the reference as it really is", () => {
        const reference = readFileSync(join(ROOT, "docs", "config.md"), "utf8");
        const [, section] = reference.split("\n## Routers by hand\n");
        const [, shown] = /```\n([^]*?)```/.exec(section!)!;
        const file = readStackFile(readFileSync(join(ROOT, "examples", "Pulumi.by-hand.yaml")));
        const { bgp } = file.document as { bgp: { routers: { edge: { byHand?: Dialect } } } };
        bgp.routers.edge.byHand = "vyos";
        const secretKeys = ["bgpPassword"];
        const { plan } = planFromStack(file.document, { stack: "by-hand", secretKeys });
        const text = `${byHandText(plan!.byHand.edge!)}\n`;
        const parts = shown!.split("…\n");
        assert.equal(parts.length, 3);
        assert.ok(text.startsWith(parts[0]!) && text.endsWith(parts[2]!));
        assert.ok(text.includes(parts[1]!), `not in the text:\n${parts[1]}`);
        for (const dialect of DIALECTS)
            assert.match(section!, new RegExp(`^\\| \`${dialect}\` \\|`, "m"));
    });
});
