import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, parseAllDocuments } from "yaml";
import type { Site } from "../bring-up";
import { demoAddress } from "../report";
import { key } from "../stack/stack";
import { changesNothing, podsOf, theSite, up } from "./support";
import { nobodyMissed, startTraffic } from "./traffic";

/** Where the stack file says that Flux's manifest is. */
const manifestOf = (stackFile: string) =>
    (
        parse(stackFile) as {
            config: { "metallb-pfsense:flux": { manifest: { path: string } } };
        }
    ).config["metallb-pfsense:flux"].manifest.path;

/**
 * Another release of Flux by its manifest: a label at every object, the kinds among them, and other
 * arguments of the controllers, which are replaced by that. Their images are the ones that are there.
 */
describe("another release of Flux", () => {
    let site: Site;
    let stackFile: string;
    before(async () => {
        site = await theSite();
        stackFile = site.stack.read();
    });

    const release = async () => {
        const get = ["-n", "metallb-system", "get", "helmrelease", "metallb", "-o"];
        const what = "jsonpath={.metadata.uid} {.metadata.generation} {.status.history[*].version}";
        return (await site.kubectl.run([...get, what])).stdout;
    };

    it("replaces its controllers and leaves MetalLB's release alone, there and back", async () => {
        const before = { release: await release(), metallb: await podsOf(site) };
        const flux = await podsOf(site, "flux-system");
        const traffic = await startTraffic(site, (await demoAddress(site.kubectl))!);
        const next = join(site.box.stateDir, "flux-next.yaml");
        const objects = parseAllDocuments(readFileSync(manifestOf(stackFile), "utf8"));
        for (const object of objects) {
            object.setIn(["metadata", "labels", "app.kubernetes.io/version"], "v2.9.6");
        }
        const changedText = objects.map(String).join("---\n");
        writeFileSync(next, changedText.replaceAll("--log-level=info", "--log-level=debug"));
        site.stack.edit((stack) => {
            stack.setIn(key("flux", "manifest"), { path: next });
            stack.setIn(key("flux", "version"), "2.9.6");
        });
        const changed = await up(site);
        const kinds = changed.steps.filter(({ type }) =>
            type.endsWith(":CustomResourceDefinition"),
        );
        assert.deepEqual([...new Set(kinds.map(({ op }) => op))], ["update"]);
        const other = await podsOf(site, "flux-system");
        assert.ok(!other.some((uid) => flux.includes(uid)), other.join());
        await changesNothing(site);

        site.stack.write(stackFile);
        await up(site);
        await changesNothing(site);
        assert.deepEqual({ release: await release(), metallb: await podsOf(site) }, before);
        await nobodyMissed(traffic);
    });
});
