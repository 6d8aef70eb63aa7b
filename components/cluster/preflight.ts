import type { KubernetesObject } from "@kubernetes/client-node";
import { parse } from "yaml";
import { type KubeProxyNow, nodeFindings, type NodeNow, type Taint } from "../../config/preflight";
import { type ForeignNow, monitoringKinds, type Owned } from "../../config/foreign";
import type { NamespaceNow } from "../../config/namespaces";
import type { MetalLbPlan, SessionPlan } from "../../config/plan";
import { releaseName } from "../../config/objects";
import { type InstalledChart, type ReleaseNow, stackMark } from "../../config/stack-mark";
import type { ClusterApi } from "./api";
import { isByPlugin } from "./as-plugin";
import { fluxGapsNow } from "./flux-kinds";

export interface Node extends KubernetesObject {
    spec?: { taints?: Taint[] };
    status?: {
        addresses?: { type: string; address: string }[];
        conditions?: { type: string; status: string }[];
    };
}
interface ConfigMap extends KubernetesObject {
    metadata: { name: string };
    data?: Readonly<Record<string, string>>;
}

interface Release extends KubernetesObject {
    status?: { history?: InstalledChart[] };
}

/** What the cluster's nodes say to the plan (config/preflight.ts); the cluster is only read. */
export async function preflight(
    api: ClusterApi,
    metallb: MetalLbPlan,
    sessions: readonly SessionPlan[],
    discovered = false,
): Promise<string[]> {
    const layer2 = Object.keys(metallb.l2Advertisements).length > 0;
    const [nodes, maps] = await Promise.all([
        api.list<Node>("v1", "Node"),
        layer2 ? api.list<ConfigMap>("v1", "ConfigMap", "kube-system") : [],
    ]);
    const proxy = maps.find(({ metadata }) => metadata.name === "kube-proxy");
    const kubeProxy = proxy && kubeProxyNow(proxy);
    return nodeFindings(metallb, sessions, nodes.map(nodeNow), {
        ...(kubeProxy && { kubeProxy }),
        discovered,
    });
}

/**
 * What others run in the cluster (config/foreign.ts); the cluster is only read.
 * @param installsFlux what Flux's kinds are is looked at only where Flux is there already
 */
export async function foreignNow(
    api: ClusterApi,
    installsFlux: boolean,
    metallb: MetalLbPlan,
): Promise<ForeignNow> {
    const owned = async (apiVersion: string, kind: string): Promise<Owned[]> =>
        (await api.list<KubernetesObject>(apiVersion, kind)).map(ownedOf);
    const unserved = async (kind: string) =>
        (await api.serves("monitoring.coreos.com/v1", kind)) ? [] : [kind];
    const users = async (apiVersion: string, kind: string) =>
        (await owned(apiVersion, kind)).map((one) => ({ ...one, kind }));
    const [
        deployments,
        daemonSets,
        fluxInstances,
        releases,
        kustomizations,
        missingMonitoring,
        gaps,
    ] = await Promise.all([
        owned("apps/v1", "Deployment"),
        owned("apps/v1", "DaemonSet"),
        owned("fluxcd.controlplane.io/v1", "FluxInstance"),
        users("helm.toolkit.fluxcd.io/v2", "HelmRelease"),
        users("kustomize.toolkit.fluxcd.io/v1", "Kustomization"),
        Promise.all(monitoringKinds(metallb).map(unserved)),
        installsFlux ? { kinds: [], fields: [] } : fluxGapsNow(api, metallb),
    ]);
    return {
        deployments,
        daemonSets,
        fluxInstances,
        fluxUsers: [...releases, ...kustomizations],
        fluxGaps: gaps,
        missingMonitoring: missingMonitoring.flat(),
    };
}

function ownedOf({ metadata }: KubernetesObject): Owned {
    const { namespace = "", name = "", labels = {}, annotations = {} } = metadata ?? {};
    const release = annotations["meta.helm.sh/release-name"];
    return {
        ...{ namespace, name, labels },
        ...(release !== undefined && {
            release: {
                name: release,
                namespace: annotations["meta.helm.sh/release-namespace"] ?? "",
            },
        }),
    };
}

/** The release of MetalLB, as far as it matters whose it is (config/stack-mark.ts). */
export async function releaseNow(
    api: ClusterApi,
    namespace: string,
): Promise<ReleaseNow | undefined> {
    const metadata = { name: releaseName, namespace };
    const release = await api.find<Release>("helm.toolkit.fluxcd.io/v2", "HelmRelease", metadata);
    if (!release) return undefined;
    const mark = release.metadata?.annotations?.[stackMark];
    const [installed] = release.status?.history ?? [];
    return {
        byPlugin: isByPlugin(release),
        ...(mark !== undefined && { mark }),
        ...(installed && { installed }),
    };
}

/** The cluster's namespaces, as far as it matters whose they are (config/namespaces.ts). */
export async function namespacesNow(api: ClusterApi): Promise<NamespaceNow[]> {
    const all = await api.list<KubernetesObject>("v1", "Namespace");
    return all.map(({ metadata }) => ({
        name: metadata!.name!,
        managers: (metadata?.managedFields ?? []).flatMap(({ manager }) => manager ?? []),
        annotations: metadata?.annotations ?? {},
    }));
}

function nodeNow({ metadata, spec, status }: Node): NodeNow {
    const ready = status?.conditions?.find(({ type }) => type === "Ready");
    return {
        name: metadata!.name!,
        addresses: (status?.addresses ?? [])
            .filter(({ type }) => type === "InternalIP" || type === "ExternalIP")
            .map(({ address }) => address),
        ready: ready?.status === "True",
        labels: metadata?.labels ?? {},
        taints: spec?.taints ?? [],
    };
}

/** kubeadm's ConfigMap; other distributions keep these settings elsewhere. */
function kubeProxyNow({ data }: ConfigMap): KubeProxyNow | undefined {
    try {
        const settings = parse(data?.["config.conf"] ?? "") as {
            mode?: string;
            ipvs?: { strictARP?: boolean };
        } | null;
        return { mode: settings?.mode ?? "", strictArp: settings?.ipvs?.strictARP === true };
    } catch {
        return undefined;
    }
}
