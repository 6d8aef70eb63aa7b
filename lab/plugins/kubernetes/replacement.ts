import type { Properties } from "../values";

const selector = ["spec.selector"];

/**
 * Fields of the built-in kinds that only a new object can change (forceNew in
 * provider/pkg/provider/diff.go of pulumi-kubernetes).
 */
const fields: Readonly<Record<string, readonly string[]>> = {
    "apps/v1/DaemonSet": selector,
    "apps/v1/Deployment": selector,
    "apps/v1/StatefulSet": [
        ...selector,
        "spec.podManagementPolicy",
        "spec.revisionHistoryLimit",
        "spec.serviceName",
        "spec.volumeClaimTemplates",
    ],
    "batch/v1/Job": [...selector, "spec.completions", "spec.parallelism", "spec.template"],
    "policy/v1beta1/PodDisruptionBudget": ["spec"],
    "rbac.authorization.k8s.io/v1/ClusterRoleBinding": ["roleRef"],
    "rbac.authorization.k8s.io/v1/RoleBinding": ["roleRef"],
    "storage.k8s.io/v1/StorageClass": ["parameters", "provisioner"],
    "v1/PersistentVolumeClaim": [
        ...selector,
        "spec.accessModes",
        "spec.storageClassName",
        "spec.volumeName",
    ],
    "v1/Pod": ["spec"],
    "v1/ResourceQuota": ["spec.scopes"],
    "v1/Secret": ["type"],
    "v1/Service": ["spec.clusterIP"],
};

export interface Mutability {
    readonly secrets: boolean;
    readonly configMaps: boolean;
}

/** Paths whose change replaces the object. */
export function replacingPaths(object: Properties, mutable: Mutability): string[] {
    const kind = `${object.apiVersion as string}/${object.kind as string}`;
    const paths = ["metadata.name", "metadata.namespace", ...(fields[kind] ?? [])];
    const immutable = object.immutable === true;
    if (kind === "v1/Secret" && (!mutable.secrets || immutable)) paths.push("stringData", "data");
    if (kind === "v1/ConfigMap" && (!mutable.configMaps || immutable))
        paths.push("binaryData", "data");
    return paths;
}
