import assert from "node:assert/strict";
import type { Site } from "../bring-up";
import { demoAddress } from "../report";
import { assertHolds, changesNothing, theSite, told } from "./support";
import { startTraffic } from "./traffic";

const namespaced = ["-n", "metallb-system"];
/** Kinds whose objects keep a finalizer that only Flux's controllers take away. */
const kinds = ["helmreleases", "helmcharts", "helmrepositories"];

describe("Flux removed by hand", () => {
    let site: Site;
    let address: string;

    before(async () => {
        site = await theSite();
        address = (await demoAddress(site.kubectl))!;
    });

    const names = async (args: readonly string[]) => {
        const { stdout } = await site.kubectl.run(["get", ...args, "-o", "name"]);
        return stdout.trim().split("\n").filter(Boolean);
    };

    /** As `flux uninstall` does it: what the controllers have installed stays. */
    const uninstall = async () => {
        await site.kubectl.run(["-n", "flux-system", "delete", "deployments", "--all"]);
        const finalizers = ["--type=merge", "-p", '{"metadata":{"finalizers":null}}'];
        for (const object of await names([...namespaced, kinds.join(",")])) {
            await site.kubectl.run([...namespaced, "patch", object, ...finalizers]);
        }
        const all = await names(["crds"]);
        const theirs = all.filter((name) => name.endsWith(".toolkit.fluxcd.io"));
        await site.kubectl.run(["delete", ...theirs, "namespace/flux-system"]);
    };
    const pods = async () => {
        const uid = "jsonpath={range .items[*]}{.metadata.uid}{'\\n'}{end}";
        const { stdout } = await site.kubectl.run([...namespaced, "get", "pods", "-o", uid]);
        return stdout.split("\n").sort();
    };

    it("is foretold, ends a plain up, and comes back by a refresh while MetalLB goes on", async () => {
        const before = await pods();
        const traffic = await startTraffic(site, address);
        await uninstall();
        const plain = await site.stack.up();
        assert.ok(!plain.ok);
        assertHolds(
            told(plain),
            "Flux 2.9.5 added",
            "release metallb removed by others\n  pulumi up --refresh puts it right.",
        );
        const outcome = await site.stack.up(undefined, { refresh: true });
        assert.ok(outcome.ok, told(outcome) + outcome.text);
        const { failed, told: lost } = await traffic.stop();
        assert.equal(failed, 0, lost);
        assert.deepEqual(await pods(), before);
        await changesNothing(site);
    });
});
