import { stringify } from "yaml";
import { releaseObjects } from "../../config/release-objects";
import {
    configObjects,
    fluxNamespace,
    namespaceOf,
    valuesWithChartProbes,
    type Wanted,
} from "./cluster";

/** The recipe's names of its two Kustomizations. */
export const kustomizations = {
    release: "metallb--metallb-system",
    config: "config--metallb-system",
};

/** Name of what `flux bootstrap` makes: the source, and the Kustomization of everything below `bootstrap`. */
export const bootstrapName = "flux-system";

const valuesName = "metallb-helm-chart-value-overrides";

/** A repository as `flux bootstrap` and the first days leave it: something of the cluster's is in it. */
export const filesBefore: Readonly<Record<string, string>> = {
    "bootstrap/cluster.yaml": stringify({
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "cluster", namespace: fluxNamespace },
        data: { site: "bench" },
    }),
};

/** The two objects of `flux bootstrap`, with its intervals. */
export const bootstrapObjects = (url: string, branch: string): object[] => [
    {
        apiVersion: "source.toolkit.fluxcd.io/v1",
        kind: "GitRepository",
        metadata: { name: bootstrapName, namespace: fluxNamespace },
        spec: { interval: "1m", url, ref: { branch } },
    },
    {
        apiVersion: "kustomize.toolkit.fluxcd.io/v1",
        kind: "Kustomization",
        metadata: { name: bootstrapName, namespace: fluxNamespace },
        spec: {
            interval: "10m",
            path: "./bootstrap",
            prune: true,
            sourceRef: { kind: "GitRepository", name: bootstrapName },
        },
    },
];

/**
 * What the recipe has a person add: its files, intervals, timeouts and health checks, with this
 * stack's chart, pools and peers, in the API versions that are served today.
 */
export function recipeFiles(wanted: Wanted): Record<string, string> {
    const { metallb } = wanted.plan;
    const { namespace, chart } = metallb;
    const { sources } = releaseObjects(metallb);
    const repository = sources[0]!;
    const files: Record<string, object | object[]> = {
        "bootstrap/namespaces/namespace-metallb-system.yaml": namespaceOf(wanted),
        "bootstrap/helmrepositories/helmrepository-metallb.yaml": {
            ...repository,
            metadata: { name: "metallb", namespace: fluxNamespace },
            spec: { ...repository.spec, interval: "15m" },
        },
        "bootstrap/kustomizations/kustomization-metallb.yaml": kustomization(
            kustomizations.release,
            "./metallb-system",
            namespace,
        ),
        "bootstrap/kustomizations/kustomization-config--metallb-system.yaml": kustomization(
            kustomizations.config,
            "./metallb-config",
            namespace,
            { dependsOn: [{ name: kustomizations.release }] },
        ),
        "metallb-system/configmap-metallb-helm-chart-value-overrides.yaml": {
            apiVersion: "v1",
            kind: "ConfigMap",
            metadata: { name: valuesName, namespace },
            data: { "values.yaml": stringify(valuesWithChartProbes(wanted)) },
        },
        "metallb-system/helmrelease-metallb.yaml": {
            apiVersion: "helm.toolkit.fluxcd.io/v2",
            kind: "HelmRelease",
            metadata: { name: "metallb", namespace },
            spec: {
                chart: {
                    spec: {
                        chart: "metallb",
                        version: chart.version,
                        sourceRef: {
                            kind: "HelmRepository",
                            name: "metallb",
                            namespace: fluxNamespace,
                        },
                    },
                },
                interval: "15m",
                timeout: "5m",
                releaseName: "metallb",
                valuesFrom: [{ kind: "ConfigMap", name: valuesName, valuesKey: "values.yaml" }],
            },
        },
        "metallb-config/config.yaml": configObjects(wanted),
    };
    return Object.fromEntries(
        Object.entries(files).map(([path, objects]) => [
            path,
            [objects]
                .flat()
                .map((object) => stringify(object))
                .join("---\n"),
        ]),
    );
}

function kustomization(name: string, path: string, namespace: string, more: object = {}): object {
    return {
        apiVersion: "kustomize.toolkit.fluxcd.io/v1",
        kind: "Kustomization",
        metadata: { name, namespace: fluxNamespace },
        spec: {
            interval: "15m",
            path,
            prune: true,
            timeout: "2m",
            sourceRef: { kind: "GitRepository", name: bootstrapName },
            healthChecks: [
                {
                    apiVersion: "apps/v1",
                    kind: "Deployment",
                    name: "metallb-controller",
                    namespace,
                },
            ],
            ...more,
        },
    };
}
