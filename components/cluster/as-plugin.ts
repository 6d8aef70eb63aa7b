import type { KubernetesObject } from "@kubernetes/client-node";
import type { ClusterApi } from "./api";

/** Field manager of the Kubernetes plugin, to which it adds a number for every object. */
const pluginManager = "pulumi-kubernetes";

/** Under which name the plugin has applied an object; undefined where somebody else has. */
export function managerOf({ metadata }: KubernetesObject): string | undefined {
    const applied = (metadata?.managedFields ?? []).filter(
        ({ operation }) => operation === "Apply",
    );
    return applied.map(({ manager }) => manager).find((name) => name?.startsWith(pluginManager));
}

/**
 * Gives an object that the plugin has made another spec, in the plugin's own name: its next change
 * would meet a conflict of field managers otherwise. An object that is gone is made again.
 */
export async function applyAsPlugin(
    api: ClusterApi,
    found: KubernetesObject,
    spec: object,
): Promise<void> {
    const { apiVersion, kind } = found;
    const { name, namespace, labels, annotations } = found.metadata!;
    const metadata = { name, namespace, labels, annotations };
    await api.apply({ apiVersion, kind, metadata, spec } as KubernetesObject, managerOf(found)!);
}
