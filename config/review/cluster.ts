import { isDeepStrictEqual } from "node:util";
import { isGroup } from "../groups";
import {
    alertsObject,
    type ClusterObject,
    metallbApi,
    metallbKinds,
    metallbObjects,
} from "../objects";
import { releaseObjects } from "../release-objects";
import type { JsonObject, JsonValue, MetalLbPlan } from "../plan";

/** An object of a kind that this program makes, as the cluster has it. */
export interface ObjectNow {
    readonly kind: string;
    readonly name: string;
    readonly spec: JsonObject;
    /**
     * Fields of the spec that this program has set, as a tree in the form of metadata.managedFields
     * ("f:name"); absent: somebody else has made the object.
     */
    readonly set?: JsonObject;
}

/** A change of one object, in the words that the firewalls have for theirs. */
export interface ObjectChange {
    readonly kind: string;
    readonly name: string;
    readonly how: "added" | "changed" | "removed";
    /** Fields of the spec that differ. */
    readonly fields: readonly string[];
    /** Somebody else has set such a field: the engine's state does not know of it. */
    readonly byOthers?: true;
}

/** What people call the kinds. */
const words: Readonly<Record<string, string>> = {
    HelmRepository: "chart repository",
    HelmChart: "chart",
    OCIRepository: "chart in its registry",
    HelmRelease: "release",
    IPAddressPool: "pool",
    Community: "communities",
    BFDProfile: "BFD profile",
    BGPPeer: "peer",
    BGPAdvertisement: "advertisement",
    L2Advertisement: "layer 2 advertisement",
    PrometheusRule: "alerts",
};

/** Kinds that a review compares, with the API version to ask for them. */
export const reviewedKinds: readonly (readonly [apiVersion: string, kind: string])[] = [
    ["source.toolkit.fluxcd.io/v1", "HelmRepository"],
    ["source.toolkit.fluxcd.io/v1", "HelmChart"],
    ["source.toolkit.fluxcd.io/v1", "OCIRepository"],
    ["helm.toolkit.fluxcd.io/v2", "HelmRelease"],
    ...Object.values(metallbKinds).map((kind) => [metallbApi(kind), kind] as const),
    ["monitoring.coreos.com/v1", "PrometheusRule"],
];

/** What an `up` changes of MetalLB's objects in the cluster. */
export function objectChanges(plan: MetalLbPlan, now: readonly ObjectNow[]): ObjectChange[] {
    const wanted = wantedObjects(plan);
    const found = new Map(now.map((object) => [objectKey(object), object]));
    const kept = new Set(wanted.map(({ kind, metadata: { name } }) => objectKey({ kind, name })));
    return [
        ...wanted.flatMap(({ kind, metadata: { name }, spec = {} }): ObjectChange[] => {
            const object = found.get(objectKey({ kind, name }));
            if (!object) return [{ kind, name, how: "added", fields: [] }];
            const { spec: there, set } = object;
            const fields = differing(spec, there, set ?? {});
            if (fields.length === 0) return [];
            const byOthers = set && taken(spec, there, set) ? { byOthers: true as const } : {};
            return [{ kind, name, how: "changed", fields, ...byOthers }];
        }),
        ...now
            .filter((object) => object.set && !kept.has(objectKey(object)))
            .map(({ kind, name }): ObjectChange => ({ kind, name, how: "removed", fields: [] })),
    ];
}

/** What people call an object. */
export const objectText = ({ kind, name }: Pick<ObjectChange, "kind" | "name">): string =>
    `${words[kind] ?? kind} ${name}`;

export function changeText({ kind, name, how, fields, byOthers }: ObjectChange): string {
    const what = `${objectText({ kind, name })} ${how}${byOthers ? " by others" : ""}`;
    return fields.length > 0 ? `${what}: ${fields.join(", ")}` : what;
}

/**
 * What others have changed or deleted of what this stack has made, as the engine does not see it
 * without a refresh.
 * @param made keys of the objects that the engine takes for made
 */
export function driftOf(
    plan: MetalLbPlan,
    now: readonly ObjectNow[],
    made: ReadonlySet<string>,
): string[] {
    return objectChanges(plan, now).flatMap((change) => {
        if (change.byOthers) return [changeText(change)];
        const gone = change.how === "added" && made.has(objectKey(change));
        return gone ? [changeText({ ...change, how: "removed", byOthers: true })] : [];
    });
}

/** What tells an object from the others of this program. */
export const objectKey = ({ kind, name }: { readonly kind: string; readonly name: string }) =>
    `${kind}/${name}`;

function wantedObjects(plan: MetalLbPlan): ClusterObject[] {
    const alerts = alertsObject(plan);
    const { sources, release } = releaseObjects(plan);
    return [
        ...sources,
        release,
        ...metallbObjects(plan).flatMap(([, objects]) => objects),
        ...(alerts ? [alerts] : []),
    ];
}

/** Top-level fields that are other than wanted, or set by this program and not wanted any more. */
function differing(wanted: JsonObject, now: JsonObject, set: JsonObject): string[] {
    const gone = Object.keys(set)
        .filter((key) => key.startsWith("f:"))
        .map((key) => key.slice(2))
        .filter((key) => wanted[key] === undefined);
    const other = Object.entries(wanted)
        .filter(([key, value]) => value !== undefined && !holds(now[key], value, set[`f:${key}`]))
        .map(([key]) => key);
    return [...other, ...gone];
}

/** Whether a field that is other than wanted is not this program's any more. */
function taken(wanted: JsonObject, now: JsonObject, set: JsonObject): boolean {
    return Object.entries(wanted).some(([key, value]) => {
        const [there, owned] = [now[key], set[`f:${key}`]];
        if (value === undefined || there === undefined || holds(there, value, owned)) return false;
        if (owned === undefined) return true;
        return isGroup(value) && isGroup(there) && isGroup(owned) && taken(value, there, owned);
    });
}

/** The API server fills in defaults, so that what is there may be more than what is wanted. */
function holds(now: JsonValue | undefined, wanted: JsonValue, set: JsonValue = {}): boolean {
    if (!isGroup(wanted) || !isGroup(now)) return isDeepStrictEqual(now, wanted);
    const owned = isGroup(set) ? set : {};
    return differing(wanted, now, owned).length === 0;
}
