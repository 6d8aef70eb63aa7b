import { chartSecrets, isOci } from "./access-secrets";
import { type ClusterObject, releaseName } from "./objects";
import type { JsonObject, MetalLbPlan } from "./plan";

/** Retrying leaves a half-installed release in place; the other strategy uninstalls it, CRDs and all. */
const retryOnFailure = { strategy: { name: "RetryOnFailure", retryInterval: "30s" } };
const sourceApi = "source.toolkit.fluxcd.io/v1";

/** What Flux installs MetalLB by. */
export interface ReleaseObjects {
    /** Where the chart comes from, each after the one before: a wrong version fails in the time of a look-up. */
    readonly sources: readonly ClusterObject[];
    readonly release: ClusterObject;
}

export function releaseObjects(plan: MetalLbPlan): ReleaseObjects {
    const sources = isOci(plan) ? [registryObject(plan)] : repositoryObjects(plan);
    return { sources, release: releaseObject(plan, sources.at(-1)!.kind) };
}

const metadataOf = ({ namespace }: MetalLbPlan) => ({ name: releaseName, namespace });

/** Secrets that a source names. */
function references(plan: MetalLbPlan): JsonObject {
    const { login, ca } = chartSecrets(plan);
    return {
        ...(login !== undefined && { secretRef: { name: login } }),
        ...(ca !== undefined && { certSecretRef: { name: ca } }),
    };
}

function registryObject(plan: MetalLbPlan): ClusterObject {
    const { repository, version, digest } = plan.chart;
    return {
        apiVersion: sourceApi,
        kind: "OCIRepository",
        metadata: metadataOf(plan),
        spec: {
            interval: "1h",
            url: repository.replace(/\/$/, ""),
            // Of both, Flux takes the digest.
            ref: digest === undefined ? { tag: version } : { digest },
            layerSelector: {
                mediaType: "application/vnd.cncf.helm.chart.content.v1.tar+gzip",
                operation: "copy",
            },
            ...references(plan),
        },
    };
}

function repositoryObjects(plan: MetalLbPlan): ClusterObject[] {
    const { repository, version } = plan.chart;
    const metadata = metadataOf(plan);
    const sourceRef = { kind: "HelmRepository", name: releaseName };
    return [
        {
            apiVersion: sourceApi,
            kind: "HelmRepository",
            metadata,
            spec: { interval: "1h", url: repository, ...references(plan) },
        },
        {
            apiVersion: sourceApi,
            kind: "HelmChart",
            metadata,
            spec: { chart: "metallb", version, interval: "1h", sourceRef },
        },
    ];
}

function releaseObject(plan: MetalLbPlan, source: string): ClusterObject {
    return {
        apiVersion: "helm.toolkit.fluxcd.io/v2",
        kind: "HelmRelease",
        metadata: metadataOf(plan),
        spec: {
            // A plain update: the release stays the same one, whatever its chart comes from.
            chartRef: { kind: source, name: releaseName },
            // A change of one of these three uninstalls first, and the CRDs take every object along.
            releaseName,
            targetNamespace: plan.namespace,
            storageNamespace: plan.namespace,
            ...(plan.serviceAccount !== undefined && { serviceAccountName: plan.serviceAccount }),
            interval: "15m",
            timeout: "5m",
            install: retryOnFailure,
            upgrade: retryOnFailure,
            driftDetection: { mode: "enabled" },
            values: plan.values,
        },
    };
}

/**
 * Whether the chart that is wanted is the one that is installed. Another chart does not change the
 * release's generation, so that Ready alone could still be the old one's.
 * @param installed first entry of the release's history
 */
export function isInstalled(
    plan: Pick<MetalLbPlan, "chart">,
    { chartVersion = "", ociDigest }: { chartVersion?: string; ociDigest?: string } = {},
): boolean {
    const { version, digest } = plan.chart;
    if (!isOci(plan)) return chartVersion === version;
    // Flux appends the digest: 0.16.1+1a2b3c4d5e6f.
    const same = chartVersion === version || chartVersion.startsWith(`${version}+`);
    return same && (digest === undefined || ociDigest === digest);
}

/** The same as what the Kubernetes plugin waits for, where it has to: JSONPath of the release's status. */
export function installedMarks(plan: Pick<MetalLbPlan, "chart">): string[] {
    const { version, digest } = plan.chart;
    if (!isOci(plan)) return [`jsonpath={.status.history[0].chartVersion}=${version}`];
    const pattern = `${version.replaceAll(".", "[.]")}([+].*)?`;
    return [
        `jsonpath={.status.history[0][?match(@,'${pattern}')]}`,
        ...(digest === undefined ? [] : [`jsonpath={.status.history[0].ociDigest}=${digest}`]),
    ];
}
