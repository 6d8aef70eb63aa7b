import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { Site } from "../bring-up";
import { demoAddress } from "../report";
import { key, root } from "../stack/stack";
import { assertHolds, summaryIn, theSite, told, up } from "./support";
import { startTraffic } from "./traffic";

interface Example {
    readonly config: {
        readonly "metallb-pfsense:metallb": {
            readonly version: string;
            readonly chart: { readonly repository: string; readonly user: string };
        };
    };
}
interface Pods {
    readonly items: readonly {
        readonly metadata: { readonly name: string; readonly uid: string };
    }[];
}
interface Release {
    readonly spec: { readonly chartRef: { readonly kind: string } };
    readonly status: { readonly history: readonly { readonly chartVersion: string }[] };
}

/** The example's chart, from the site's own registry; its images are on the nodes already. */
describe("examples/Pulumi.air-gapped.yaml", () => {
    let site: Site;
    let stackFile: string;
    let inRegistry: string;
    let pods: string[];
    const chart = (...path: string[]) => key("metallb", "chart", ...path);

    before(async () => {
        site = await theSite();
        stackFile = site.stack.read();
        await up(site);
        pods = await podsNow();
    });
    after(async () => {
        site.stack.write(stackFile);
        await up(site);
    });

    /** Name and UID of MetalLB's pods: the same after a change that has restarted none. */
    async function podsNow(): Promise<string[]> {
        const { items } = await site.kubectl.get<Pods>(["pods", "-n", "metallb-system"]);
        return items.map(({ metadata }) => `${metadata.name} ${metadata.uid}`).sort();
    }

    const releaseNow = () =>
        site.kubectl.get<Release>(["helmrelease", "metallb", "-n", "metallb-system"]);

    /** An `up` that changes where the chart comes from and nothing that runs. */
    async function crossed(says: readonly string[]): Promise<void> {
        const preview = await site.stack.preview();
        assert.ok(preview.ok, told(preview));
        assertHolds(summaryIn(preview), ...says, "none expected");
        const traffic = await startTraffic(site, (await demoAddress(site.kubectl))!);
        const started = Date.now();
        await up(site);
        console.log(`      up took ${((Date.now() - started) / 1000).toFixed(0)} s`);
        const { failed, told: lost } = await traffic.stop();
        assert.equal(failed, 0, lost);
        assert.deepEqual(await podsNow(), pods);
        const after = await site.stack.preview({ expectNoChanges: true });
        assert.ok(after.ok, told(after));
    }

    it("goes over from the Helm repository to the registry, and no pod notices", async () => {
        const file = join(root, "examples", "Pulumi.air-gapped.yaml");
        const { config } = parse(readFileSync(file, "utf8")) as Example;
        const example = config["metallb-pfsense:metallb"];
        const { host, ca, user, password } = site.registry;
        assert.equal(example.chart.user, user);
        const digest = await site.registry.digest(example.version);
        const repository = example.chart.repository.replace(/\/\/[^/]+/, `//${host}`);
        site.stack.edit((stack) => {
            stack.setIn(key("metallb", "version"), example.version);
            stack.setIn(chart(), { ...example.chart, repository, digest, ca });
        });
        await site.stack.setSecrets({ chartPassword: password });
        inRegistry = site.stack.read();
        await crossed([
            "chart in its registry metallb added",
            "release metallb changed: chartRef",
            "chart repository metallb removed",
            "chart metallb removed",
            "password metallb-chart-login added",
            "certificate metallb-chart-ca added",
        ]);
        const { spec, status } = await releaseNow();
        assert.equal(spec.chartRef.kind, "OCIRepository");
        const short = digest.slice("sha256:".length, "sha256:".length + 12);
        assert.equal(status.history[0]!.chartVersion, `${example.version}+${short}`);
    });

    /** An `up` that ends with these words, and has changed nothing that runs. */
    async function refused(...words: string[]): Promise<void> {
        const outcome = await site.stack.up();
        assert.equal(outcome.ok, false, `the run went through:\n${outcome.text}`);
        assertHolds(told(outcome), ...words);
        assert.deepEqual(await podsNow(), pods);
    }

    it("names a digest that nothing has", async () => {
        const digest = `sha256:${"0".repeat(64)}`;
        site.stack.edit((stack) => stack.setIn(chart("digest"), digest));
        await refused(`nothing there has the digest of metallb.chart.digest (${digest})`);
    });

    it("names a password that is not the one, and shows neither", async () => {
        const wrong = "not-the-password-of-the-registry";
        site.stack.write(inRegistry);
        // Of a digest that is there already the registry is not asked again.
        site.stack.edit((stack) => stack.deleteIn(chart("digest")));
        await site.stack.setSecrets({ chartPassword: wrong });
        await refused(
            `the login of metallb.chart.user (${site.registry.user}) is refused: pulumi config set --secret chartPassword`,
        );
        const outcome = await site.stack.preview();
        for (const secret of [wrong, site.registry.password]) {
            assert.ok(!told(outcome).includes(secret), "a password");
        }
    });

    it("goes back, and leaves nothing of it behind", async () => {
        site.stack.write(stackFile);
        await crossed([
            "release metallb changed: chartRef",
            "chart in its registry metallb removed",
        ]);
        const { stdout } = await site.kubectl.run([
            ...["get", "ocirepositories,secrets", "-n", "metallb-system", "-o", "name"],
        ]);
        assert.doesNotMatch(stdout, /ocirepository|metallb-chart/);
        assert.equal((await releaseNow()).spec.chartRef.kind, "HelmChart");
    });
});
