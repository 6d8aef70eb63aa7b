import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse, parseAllDocuments } from "yaml";
import { planFromStack } from "../../../config/stack";
import { readStackFile } from "../../../config/stack-file";
import {
    fluxForReleases,
    fluxWith,
    valuesWithChartProbes,
    type Wanted,
} from "../../../lab/bench/cluster";
import { kustomizations, recipeFiles } from "../../../lab/bench/recipe-files";

const file = join(__dirname, "..", "..", "..", "Pulumi.dev.yaml");
const controller = (name: string) => `apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name}, labels: { app.kubernetes.io/component: ${name} } }
spec: { template: { spec: { containers: [{ args: [--events-addr=http://events/, --enable] }] } } }
`;

function wanted(): Wanted {
    const { document } = readStackFile(readFileSync(file));
    // Fills in what a person still has to.
    const text = JSON.stringify(document).replaceAll(
        "ssh-ed25519 FILL-IN",
        `ssh-ed25519 ${Buffer.from(`\0\0\0\x0bssh-ed25519\0\0\0 ${"k".repeat(32)}`).toString("base64")}`,
    );
    const context = { stack: "dev", secretKeys: ["sshKey", "bgpPassword"] };
    const { plan, errors } = planFromStack(JSON.parse(text), context);
    assert.deepEqual(errors, []);
    return {
        plan: plan!,
        password: "a-password",
        nodes: ["wn1", "wn2"],
        fluxManifest: ["source-controller", "kustomize-controller"].map(controller).join("---\n"),
    };
}

interface Kustomization {
    metadata: { name: string };
    spec: Record<string, unknown>;
}

describe("the recipe's files", () => {
    it("have two Kustomizations with the recipe's numbers, the second after the first", () => {
        const files = recipeFiles(wanted());
        const read = (name: string) =>
            parse(files[`bootstrap/kustomizations/${name}`]!) as Kustomization;
        const release = read("kustomization-metallb.yaml");
        const config = read("kustomization-config--metallb-system.yaml");
        for (const { spec } of [release, config]) {
            const { interval, timeout, prune, retryInterval } = spec;
            const expected = { interval: "15m", timeout: "2m", prune: true };
            assert.deepEqual({ interval, timeout, prune }, expected);
            assert.equal(retryInterval, undefined);
        }
        assert.equal(release.spec.dependsOn, undefined);
        assert.deepEqual(config.spec.dependsOn, [{ name: kustomizations.release }]);
    });

    it("hold the stack's chart, pools and peers, and no value of this program's probes", () => {
        const site = wanted();
        const files = recipeFiles(site);
        const { kind, spec } = parse(files["metallb-system/helmrelease-metallb.yaml"]!) as {
            kind: string;
            spec: { chart: { spec: { version: string } } };
        };
        assert.equal(kind, "HelmRelease");
        assert.equal(spec.chart.spec.version, site.plan.metallb.chart.version);
        const kinds = parseAllDocuments(files["metallb-config/config.yaml"]!).map(
            (document) => (document.toJS() as { kind: string }).kind,
        );
        for (const one of ["Secret", "IPAddressPool", "BGPPeer", "BGPAdvertisement"])
            assert.ok(kinds.includes(one), one);
        assert.ok(!JSON.stringify(files).includes("readinessProbe"));
        assert.deepEqual(Object.keys(valuesWithChartProbes(site)).sort(), [
            ...["controller", "frrk8s", "speaker"],
        ]);
        assert.ok(JSON.stringify(site.plan.metallb.values).includes("readinessProbe"));
    });

    it("leave a script no controller that it does not need, and none that nobody answers", () => {
        const { items } = JSON.parse(fluxWith(fluxForReleases, wanted())) as {
            items: { metadata: { name: string }; spec: unknown }[];
        };
        const spec = { template: { spec: { containers: [{ args: ["--enable"] }] } } };
        assert.deepEqual(
            items.map(({ metadata: { name }, spec }) => ({ name, spec })),
            [{ name: "source-controller", spec }],
        );
    });
});
