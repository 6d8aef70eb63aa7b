import type { ClusterObject } from "./objects";
import type { JsonValue } from "./plan";

/** A kind of Flux's, as its CustomResourceDefinition in the cluster has it. */
export interface KindNow {
    readonly group: string;
    readonly kind: string;
    readonly versions: readonly {
        readonly name: string;
        readonly served: boolean;
        /** Absent: it takes every field. */
        readonly schema?: FieldNow;
    }[];
}

/** A part of the definition's OpenAPI schema. */
export interface FieldNow {
    readonly properties?: Readonly<Record<string, FieldNow>>;
    readonly additionalProperties?: FieldNow | boolean;
    readonly items?: FieldNow;
    readonly "x-kubernetes-preserve-unknown-fields"?: boolean;
}

/** What the API server does not know of the objects that a release is made of. */
export interface FluxGaps {
    /** Kinds in a version that is not served, with those that are. */
    readonly kinds: readonly string[];
    /** Fields that would be dropped without a word. */
    readonly fields: readonly string[];
}

/** Compares the objects of a release with the kinds of the Flux that is there. */
export function fluxGaps(objects: readonly ClusterObject[], known: readonly KindNow[]): FluxGaps {
    const kinds: string[] = [];
    const fields: string[] = [];
    for (const { apiVersion, kind, spec = {} } of objects) {
        const [group = "", name = ""] = apiVersion.split("/");
        const versions = known.find((one) => one.group === group && one.kind === kind)?.versions;
        const served = (versions ?? []).filter((version) => version.served);
        const version = served.find((one) => one.name === name);
        if (!version) {
            const others = served.map((one) => one.name).join(", ");
            kinds.push(`${kind} of ${apiVersion}${others && ` (there is ${others})`}`);
            continue;
        }
        const schema = version.schema?.properties?.spec;
        if (schema) fields.push(...unknown(spec, schema, "spec").map((path) => `${kind} ${path}`));
    }
    return { kinds, fields };
}

function unknown(value: JsonValue, schema: FieldNow, path: string): string[] {
    if (typeof value !== "object" || value === null) return [];
    if (Array.isArray(value)) {
        const { items } = schema;
        return items ? value.flatMap((one: JsonValue) => unknown(one, items, path)) : [];
    }
    return Object.entries(value).flatMap(([key, inner]: [string, JsonValue | undefined]) => {
        if (inner === undefined) return [];
        const found = fieldOf(schema, key);
        if (found === undefined) return [`${path}.${key}`];
        return found === true ? [] : unknown(inner, found, `${path}.${key}`);
    });
}

/** The schema of a field; true: anything may stand there; undefined: it would be dropped. */
function fieldOf(schema: FieldNow, key: string): FieldNow | true | undefined {
    if (schema.properties && Object.hasOwn(schema.properties, key)) return schema.properties[key];
    if (typeof schema.additionalProperties === "object") return schema.additionalProperties;
    const open = schema.additionalProperties === true;
    return open || schema["x-kubernetes-preserve-unknown-fields"] || !schema.properties
        ? true
        : undefined;
}
