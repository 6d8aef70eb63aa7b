import assert from "node:assert/strict";
import type { Site } from "../bring-up";
import { key } from "../stack/stack";
import { look, theStart } from "./before";
import { assertHolds, fluxAlone, theSite, told } from "./support";

const labels = { app: "metallb" };
const nowhere = { nodeSelector: { "example.net/nowhere": "" } };
const workload = (name: string, marks = {}) => ({
    metadata: { name, namespace: "networking", labels: marks },
    spec: {
        selector: { matchLabels: { part: name } },
        template: {
            metadata: { labels: { part: name } },
            spec: { containers: [{ name: "main", image: "example.net/main" }], ...nowhere },
        },
    },
});
const kind = { plural: "fluxinstances", singular: "fluxinstance", kind: "FluxInstance" };
const definition = {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "fluxinstances.fluxcd.controlplane.io" },
    spec: {
        group: "fluxcd.controlplane.io",
        names: kind,
        scope: "Namespaced",
        versions: [
            {
                name: "v1",
                served: true,
                storage: true,
                schema: { openAPIV3Schema: { type: "object" } },
            },
        ],
    },
};
/** As they are found with people: MetalLB by its manifest, k3s's load balancer, the Flux Operator. */
const others = [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: "networking" } },
    { apiVersion: "apps/v1", kind: "Deployment", ...workload("controller", labels) },
    { apiVersion: "apps/v1", kind: "DaemonSet", ...workload("svclb-traefik-1a2b3c4d") },
    definition,
];
/** Somebody's release, which has nothing to install. */
const theirs = [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: "networking" } },
    {
        apiVersion: "helm.toolkit.fluxcd.io/v2",
        kind: "HelmRelease",
        metadata: { name: "web", namespace: "networking" },
        spec: { interval: "1h", chartRef: { kind: "OCIRepository", name: "web" } },
    },
];
const instance = {
    apiVersion: "fluxcd.controlplane.io/v1",
    kind: "FluxInstance",
    metadata: { name: "flux", namespace: "networking" },
};

/** After `destroy`: the cluster is as it was before the first `up`. */
describe("what others run in the cluster", () => {
    let site: Site;
    before(async () => {
        site = await theSite();
    });

    it("is named with the way on, and nothing is made beside it", async () => {
        const stackFile = site.stack.read();
        for (const object of others) await site.kubectl.apply(JSON.stringify(object));
        const established = ["--for=condition=Established", "--timeout=30s"];
        await site.kubectl.run(["wait", ...established, `crd/${definition.metadata.name}`]);
        await site.kubectl.apply(JSON.stringify(instance));
        site.stack.edit((stack) => stack.setIn(key("metallb", "monitoring"), {}));
        const problems = [
            "MetalLB is there already (Deployment networking/controller), not of this program: two of them answer for every service.",
            "A Flux Operator keeps Flux here (FluxInstance networking/flux) and would take this one away: set flux: { install: false }.",
            "metallb.monitoring needs the Prometheus Operator, and the cluster does not serve ServiceMonitor, PrometheusRule of monitoring.coreos.com/v1",
        ];
        try {
            const preview = told(await site.stack.preview());
            for (const problem of problems)
                assertHolds(preview, `An up would refuse this: ${problem}`);
            assertHolds(
                preview,
                "k3s's own load balancer runs (DaemonSet networking/svclb-traefik-1a2b3c4d), and it and MetalLB both answer for every service",
            );
            const refused = await site.stack.up();
            assert.ok(!refused.ok);
            assertHolds(told(refused), `Nothing was changed:\n  ${problems[0]}`);
            for (const problem of problems) assertHolds(told(refused), problem);

            site.stack.edit((stack) => stack.setIn(key("flux", "install"), false));
            assertHolds(
                told(await site.stack.preview()),
                "An up would refuse this: flux.install is false, and the cluster does not serve HelmRelease of helm.toolkit.fluxcd.io/v2, ",
            );
        } finally {
            site.stack.write(stackFile);
            await site.kubectl.run([
                "delete",
                "namespace/networking",
                `crd/${definition.metadata.name}`,
            ]);
        }
        assert.deepEqual((await look(site)).cluster, theStart().cluster);
    });

    it("keeps Flux where it is the only one that uses it any more", async () => {
        const upOfFlux = async () => {
            const outcome = await site.stack.up(undefined, { target: fluxAlone });
            assert.ok(outcome.ok, told(outcome) + outcome.text);
            return told(outcome);
        };
        const destroyed = async () => {
            const outcome = await site.stack.destroy();
            assert.ok(outcome.ok, outcome.text);
            return (await look(site)).cluster;
        };
        await upOfFlux();
        for (const object of theirs) await site.kubectl.apply(JSON.stringify(object));
        assertHolds(
            await upOfFlux(),
            "Others use this Flux (HelmRelease networking/web): from this up on a destroy leaves it with its kinds, and takes MetalLB alone.",
        );
        const left = await destroyed();
        assert.ok(!left.includes("namespace/metallb-system"));
        assert.ok(left.includes("namespace/flux-system"));
        // It does its work: the finalizer is its own.
        const release = ["-n", "networking", "helmrelease", "web"];
        await site.kubectl.run(["delete", "--timeout=30s", ...release]);
        await site.kubectl.run(["delete", "namespace", "networking"]);

        await upOfFlux();
        assert.deepEqual(await destroyed(), theStart().cluster);
    });
});
