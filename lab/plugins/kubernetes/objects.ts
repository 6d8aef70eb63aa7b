import { isDeepStrictEqual } from "node:util";
import {
    at,
    isObject,
    makeSecret,
    mapValues,
    markSecrets,
    own,
    strip,
    stripProperties,
    textAt,
    unknownValue,
    type Properties,
    type Value,
} from "../values";
import type { ObjectRef } from "./api";

const inputsKey = "__inputs";
const managerKey = "__fieldManager";
const versionKey = "__initialApiVersion";

/** Fields that only the server may write (ObjectMeta, k8s.io/apimachinery meta/v1). */
const readOnly = [
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "uid",
];

/** An object as it is sent: no secrets marked, no fields of the server's, CRD fields with dashes. */
export function plainObject(inputs: Properties): Properties {
    const plain = dashed(stripProperties(inputs)) as Properties;
    if (isObject(plain.metadata)) plain.metadata = withoutReadOnly(plain.metadata);
    return plain;
}

function withoutReadOnly(metadata: Properties): Properties {
    return Object.fromEntries(Object.entries(metadata).filter(([key]) => !readOnly.includes(key)));
}

/** The typed SDK cannot spell `x-kubernetes-…`, so it says `x_kubernetes_…`. */
function dashed(value: Value): Value {
    if (Array.isArray(value)) return value.map(dashed);
    if (!isObject(value)) return value;
    return Object.fromEntries(
        Object.entries(value).map(([key, item]) => [
            key.startsWith("x_kubernetes_") ? key.replaceAll("_", "-") : key,
            dashed(item),
        ]),
    );
}

export function refOf(object: Properties): ObjectRef {
    return {
        apiVersion: textAt(object, "apiVersion") ?? "",
        kind: textAt(object, "kind") ?? "",
        name: textAt(object, "metadata", "name") ?? "",
        namespace: textAt(object, "metadata", "namespace"),
    };
}

/** The resource's id: `namespace/name`, or the name alone. */
export function idOf(object: Properties): string {
    const { name, namespace } = refOf(object);
    return namespace ? `${namespace}/${name}` : name;
}

export function annotation(object: Properties, name: string): string | undefined {
    return textAt(object, "metadata", "annotations", name);
}

/** State as the engine keeps it: the live object, what was asked for, and who manages its fields. */
export function stateOf(inputs: Properties, live: Properties, manager: string): Properties {
    return {
        ...liveSecrets(markSecrets(live, inputs), inputs),
        [inputsKey]: secretData(inputs),
        [managerKey]: manager,
        [versionKey]: textAt(strip(inputs), "apiVersion") ?? "",
    };
}

/** A Secret's content is secret whether the program said so or not. */
export function secretData(object: Properties): Properties {
    if (object.kind !== "Secret") return object;
    return mapValues(object, (value, key) =>
        key === "data" || key === "stringData" ? makeSecret(value) : value,
    );
}

function liveSecrets(live: Properties, inputs: Properties): Properties {
    return inputs.kind === "Secret" ? secretData(live) : live;
}

export function inputsOf(state: Properties): Properties {
    const inputs = state[inputsKey];
    return isObject(inputs) ? inputs : {};
}

export function managerOf(state: Properties): string | undefined {
    return textAt(state, managerKey);
}

export function liveOf(state: Properties): Properties {
    const live = { ...state };
    for (const key of [inputsKey, managerKey, versionKey]) delete live[key];
    return stripProperties(live);
}

const builtInGroups =
    /^(apps|autoscaling|batch|policy|(admissionregistration|apiextensions|apiregistration|authentication|authorization|certificates|coordination|discovery|events|flowcontrol\.apiserver|networking|node|rbac\.authorization|resource|scheduling|storage|storagemigration)\.k8s\.io)\/|^v1$/;

/** Whether the kind is one of Kubernetes itself, whose types the plugin knows. */
function isBuiltIn(object: Properties): boolean {
    return builtInGroups.test(textAt(object, "apiVersion") ?? "");
}

/** A Secret as the server keeps it: `stringData` is write-only and goes, encoded, to `data`. */
export function normalised(object: Properties): Properties {
    if (object.kind !== "Secret" || !isObject(object.stringData)) return object;
    const { stringData, data, ...rest } = object;
    const encoded = mapValues(stringData, (text) =>
        text === unknownValue ? text : Buffer.from(text as string).toString("base64"),
    );
    return { ...rest, data: { ...(isObject(data) ? data : {}), ...encoded } };
}

/**
 * The live object cut down to the shape of the inputs, so that what the server added is no change
 * and what somebody edited is one. Of built-in kinds, where both mean the same, the input's
 * spelling stays; of others the plugin knows no types.
 */
export function liveInputs(live: Properties, inputs: Properties): Properties {
    return prune(live, inputs, [], isBuiltIn(inputs)) as Properties;
}

function prune(live: Value, input: Value, path: readonly string[], typed: boolean): Value {
    if (isDeepStrictEqual(live, input) || (typed && same(live, input, path))) return input;
    if (isObject(live) && isObject(input)) {
        const kept = Object.entries(input).flatMap(([key, value]): [string, Value][] => {
            const found = own(live, key);
            if (found === undefined) return typed && isEmpty(value) ? [[key, value]] : [];
            return [[key, prune(found, value, [...path, key], typed)]];
        });
        return Object.fromEntries(kept);
    }
    if (Array.isArray(live) && Array.isArray(input)) {
        return live
            .slice(0, input.length)
            .map((item, i) => prune(item, input[i]!, [...path, String(i)], typed));
    }
    return live;
}

/** The server leaves out what is empty. */
function isEmpty(value: Value): boolean {
    if (isObject(value)) return Object.values(value).every(isEmpty);
    return Array.isArray(value) ? value.length === 0 : [null, "", false, 0].includes(value);
}

const quantityFields = new Set(["limits", "requests", "hard", "capacity", "sizeLimit", "storage"]);

function same(live: Value, input: Value, path: readonly string[]): boolean {
    if (!path.some((key) => quantityFields.has(key))) return false;
    const [a, b] = [quantity(live), quantity(input)];
    return a !== undefined && a === b;
}

const suffixes: Record<string, number> = {
    n: 1e-9,
    u: 1e-6,
    m: 1e-3,
    "": 1,
    k: 1e3,
    M: 1e6,
    G: 1e9,
    T: 1e12,
    Ki: 2 ** 10,
    Mi: 2 ** 20,
    Gi: 2 ** 30,
    Ti: 2 ** 40,
};

/** The number behind a resource.Quantity such as `100m` or `1Gi`. */
function quantity(value: Value): number | undefined {
    if (typeof value === "number") return value;
    const match = typeof value === "string" && /^([\d.]+)([a-zA-Z]*)$/.exec(value);
    const factor = match ? suffixes[match[2]!] : undefined;
    return match && factor !== undefined
        ? Number((Number(match[1]) * factor).toPrecision(12))
        : undefined;
}

/** Generation that the status must have caught up with. */
export function isObserved(object: Properties): boolean {
    const observed = at(object, "status", "observedGeneration");
    const generation = at(object, "metadata", "generation");
    return typeof observed !== "number" || typeof generation !== "number" || observed >= generation;
}
