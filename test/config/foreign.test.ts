import assert from "node:assert/strict";
import { type FluxUser, foreignFindings, type Owned } from "../../config/foreign";

const own = {
    namespace: "metallb-system",
    chart: { repository: "https://charts.example.net", version: "0.16.1" },
};
const nothing = {
    deployments: [],
    daemonSets: [],
    fluxInstances: [],
    fluxUsers: [],
    fluxGaps: { kinds: [], fields: [] },
    missingMonitoring: [],
};
const object = (namespace: string, name: string, labels = {}): Owned => ({
    namespace,
    name,
    labels,
});
const release = (namespace: string) => ({
    "app.kubernetes.io/name": "metallb",
    "helm.toolkit.fluxcd.io/name": "metallb",
    "helm.toolkit.fluxcd.io/namespace": namespace,
});

describe("what others run in the cluster", () => {
    it("is no concern where it is not there, or is this program's own release", () => {
        const ours = object("metallb-system", "metallb-controller", release("metallb-system"));
        const deployments = [ours, object("demo", "web", { app: "web" })];
        const daemonSets = [object("kube-system", "kube-proxy")];
        assert.deepEqual(
            foreignFindings(own, { install: true }, { ...nothing, deployments, daemonSets }),
            { problems: [], warnings: [] },
        );
    });

    it("is another MetalLB, by chart, manifest or another release", () => {
        const others = [
            object("networking", "metallb-controller", release("networking")),
            object("metallb-system", "controller", { app: "metallb" }),
            object("metallb-system", "metallb-controller", { "app.kubernetes.io/name": "metallb" }),
        ];
        for (const other of others) {
            const now = { ...nothing, deployments: [other] };
            assert.deepEqual(foreignFindings(own, { install: true }, now).problems, [
                `MetalLB is there already (Deployment ${other.namespace}/${other.name}), not of this program: two of them answer for every service. Remove that one, whose pools kubectl get ipaddresspools -A shows, and run this again.`,
            ]);
        }
    });

    it("is what Flux works for, beside this program's own release: a destroy leaves Flux then", () => {
        const user = (kind: string, namespace: string, name: string) => ({
            ...object(namespace, name),
            kind,
        });
        const ours = user("HelmRelease", "metallb-system", "metallb");
        const told = (...fluxUsers: FluxUser[]) =>
            foreignFindings(own, { install: true }, { ...nothing, fluxUsers });
        assert.deepEqual(told(ours), { problems: [], warnings: [] });
        const site = user("Kustomization", "flux-system", "metallb");
        const others = [user("HelmRelease", "apps", "web"), site];
        const words = (who: string) => ({
            problems: [],
            warnings: [
                `Others use this Flux (${who}): from this up on a destroy leaves it with its kinds, and takes MetalLB alone.`,
            ],
        });
        assert.deepEqual(told(ours, ...others), words("HelmRelease apps/web and 1 more"));
        assert.deepEqual(told(site, ours), words("Kustomization flux-system/metallb"));
        const now = { ...nothing, fluxUsers: others };
        assert.deepEqual(foreignFindings(own, { install: false }, now).warnings, []);
    });

    it("is a release of Helm's of the same name and namespace, which may be taken over", () => {
        const helm = (name: string, namespace: string, labels = {}) => ({
            ...nothing,
            deployments: [
                {
                    ...object(namespace, "metallb-controller", {
                        "app.kubernetes.io/name": "metallb",
                        ...labels,
                    }),
                    release: { name, namespace },
                },
            ],
        });
        const now = helm("metallb", "metallb-system");
        const what =
            "MetalLB is there already (Helm release metallb in the namespace metallb-system)";
        assert.deepEqual(foreignFindings(own, { install: true }, now), {
            problems: [
                `${what}, not of this program. metallb.adopt: true takes it over, with pools and peers of the same names; chart and values become those of this stack (helm get values metallb -n metallb-system shows the present ones).`,
            ],
            warnings: [],
        });
        const adopting = { ...own, adopt: true as const };
        assert.deepEqual(foreignFindings(adopting, { install: true }, now), {
            problems: [],
            warnings: [
                `${what} and is taken over: Flux goes on with that release, by chart 0.16.1 and the values of this stack. What is the same of it is not restarted.`,
            ],
        });
        const flux = { "helm.toolkit.fluxcd.io/name": "lb" };
        for (const other of [
            helm("lb", "metallb-system"),
            helm("metallb", "networking"),
            helm("metallb", "metallb-system", flux),
        ]) {
            const { problems } = foreignFindings(adopting, { install: true }, other);
            assert.equal(problems.length, 1);
            assert.match(problems[0]!, /two of them answer for every service/);
        }
    });

    it("is an operator's Flux, or no Flux where there should be one", () => {
        const now = {
            ...nothing,
            fluxInstances: [object("flux-system", "flux")],
            fluxGaps: {
                kinds: ["HelmRelease of helm.toolkit.fluxcd.io/v2 (there is v2beta1)"],
                fields: ["OCIRepository spec.layerSelector"],
            },
        };
        assert.deepEqual(foreignFindings(own, { install: true }, now).problems, [
            "A Flux Operator keeps Flux here (FluxInstance flux-system/flux) and would take this one away: set flux: { install: false }.",
        ]);
        assert.deepEqual(foreignFindings(own, { install: false }, now).problems, [
            "flux.install is false, and the cluster does not serve HelmRelease of helm.toolkit.fluxcd.io/v2 (there is v2beta1): install Flux 2.7 or newer there, with source-controller and helm-controller, or leave flux.install out.",
            "flux.install is false, and the Flux that is there does not know OCIRepository spec.layerSelector, and would go on without a word: upgrade it to 2.7 or newer.",
        ]);
    });

    it("is no Prometheus Operator where monitoring wants one", () => {
        const missingMonitoring = ["ServiceMonitor", "PrometheusRule"];
        assert.deepEqual(
            foreignFindings(own, { install: true }, { ...nothing, missingMonitoring }).problems,
            [
                "metallb.monitoring needs the Prometheus Operator, and the cluster does not serve ServiceMonitor, PrometheusRule of monitoring.coreos.com/v1: install that first, or leave metallb.monitoring out.",
            ],
        );
    });

    it("is k3s's load balancer, which is told and forbids nothing", () => {
        const daemonSets = [object("kube-system", "svclb-traefik-1a2b3c4d")];
        assert.deepEqual(foreignFindings(own, { install: true }, { ...nothing, daemonSets }), {
            problems: [],
            warnings: [
                "k3s's own load balancer runs (DaemonSet kube-system/svclb-traefik-1a2b3c4d), and it and MetalLB both answer for every service: start k3s with --disable servicelb.",
            ],
        });
    });
});
