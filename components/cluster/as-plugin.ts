import type { KubernetesObject, V1ManagedFieldsEntry } from "@kubernetes/client-node";
import { merged } from "../../config/groups";
import type { JsonObject } from "../../config/plan";
import type { ClusterApi } from "./api";

/** Field manager of the Kubernetes plugin, to which it adds a number for every object it applies. */
const applier = "pulumi-kubernetes";
/**
 * Under which names the plugin posts what it makes, from 4.29 on and unless it is told to apply;
 * its next change of the object takes these fields over (provider/pkg/await/await.go).
 */
const posters = ["pulumi-kubernetes", "pulumi-kubernetes.exe", "pulumi-resource-kubernetes"];

/** Whether the plugin has made an object, and not somebody else. */
export const isByPlugin = (object: KubernetesObject): boolean => entriesOf(object).length > 0;

/** The fields of its spec that the plugin has set, as a tree; undefined for somebody else's object. */
export function setByPlugin(object: KubernetesObject): JsonObject | undefined {
    const entries = entriesOf(object);
    if (entries.length === 0) return undefined;
    const trees = entries.map(
        ({ fieldsV1 }) => (fieldsV1 as { "f:spec"?: JsonObject } | undefined)?.["f:spec"],
    );
    return trees.reduce<JsonObject>((all, tree) => merged(all, tree ?? {}), {});
}

/**
 * An object's managedFields without the plugin's; undefined for somebody else's object.
 *
 * They are never empty: at the next apply of such an object the API server takes "before-first-apply"
 * for the owner of all that is there, and any later change of it would be a conflict.
 */
export const withoutPlugin = (object: KubernetesObject): object[] | undefined =>
    without(object, entriesOf(object));

/**
 * An object's managedFields without those of everybody else, as {@link withoutPlugin}: who applies the
 * same values as others owns them together with those, and could never change one alone.
 * @param own the name that the plugin has for it; absent: the object is not the plugin's yet
 * @returns undefined where nobody else has any
 */
export const withoutOthers = (object: KubernetesObject, own?: string): object[] | undefined =>
    without(
        object,
        (object.metadata?.managedFields ?? []).filter(
            (entry) =>
                entry.subresource === undefined &&
                entry.manager !== own &&
                entry.manager !== owningNothing.manager,
        ),
    );

function without(
    { apiVersion, metadata }: KubernetesObject,
    entries: readonly V1ManagedFieldsEntry[],
): object[] | undefined {
    if (entries.length === 0) return undefined;
    const rest = (metadata?.managedFields ?? []).filter((entry) => !entries.includes(entry));
    return rest.length > 0 ? rest : [{ ...owningNothing, apiVersion }];
}

/** An entry that the API server keeps and that no field conflicts with. */
const owningNothing = {
    manager: "metallb-pfsense",
    operation: "Update",
    fieldsType: "FieldsV1",
    fieldsV1: { "f:metadata": {} },
};

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
    const object = { apiVersion, kind, metadata, spec } as KubernetesObject;
    const manager = entriesOf(found).find(isApplied)?.manager;
    await (manager ? api.apply(object, manager) : api.put(object, posters[0]!));
}

const entriesOf = ({ metadata }: KubernetesObject): V1ManagedFieldsEntry[] =>
    (metadata?.managedFields ?? []).filter(
        (entry) => entry.subresource === undefined && (isApplied(entry) || isPosted(entry)),
    );

const isApplied = ({ operation, manager }: V1ManagedFieldsEntry): boolean =>
    operation === "Apply" && manager?.startsWith(applier) === true;

const isPosted = ({ operation, manager = "" }: V1ManagedFieldsEntry): boolean =>
    operation === "Update" && posters.includes(manager);
