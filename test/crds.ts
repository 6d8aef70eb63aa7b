import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse, parseAllDocuments, stringify } from "yaml";
import { z } from "zod";

/** What a CRD says about a field and those in it: types and bounds, none of its words. */
export interface Field {
    readonly type: string;
    readonly format?: string;
    readonly enum?: readonly string[];
    readonly minimum?: number;
    readonly maximum?: number;
    readonly required?: readonly string[];
    readonly properties?: Readonly<Record<string, Field>>;
    readonly additionalProperties?: Field | boolean;
    readonly items?: Field;
}

/** A kind at the version that is stored, which the program writes. */
export interface Kind {
    readonly apiVersion: string;
    /** The object without what every object has (metadata) and what MetalLB writes (status). */
    readonly schema: Field;
}

export type Kinds = Readonly<Record<string, Kind>>;

interface CustomResourceDefinition {
    readonly spec: {
        readonly group: string;
        readonly names: { readonly kind: string };
        readonly versions: readonly {
            readonly name: string;
            readonly storage: boolean;
            readonly schema: { readonly openAPIV3Schema: Field };
        }[];
    };
}

/** Releases of MetalLB's chart whose kinds are written down in test/golden/crds. */
export const RELEASES = ["0.16.1", "0.16.2"] as const;
export type Release = (typeof RELEASES)[number];

/** MetalLB's kinds as they are written down, which needs no chart. */
export const recordedKinds = (release: Release): Kinds =>
    parse(readFileSync(join(__dirname, "golden", "crds", `${release}.yaml`), "utf8")) as Kinds;

/** The kinds of the chart's own template (charts/crds/templates/crds.yaml). */
export function kindsOf(template: string): Kinds {
    const text = template.replace(/\{\{.*?\}\}/g, "templated");
    const kinds = parseAllDocuments(text).map((one) => {
        const { group, names, versions } = (one.toJS() as CustomResourceDefinition).spec;
        const { name, schema } = versions.find(({ storage }) => storage)!;
        const { properties, required = [] } = schema.openAPIV3Schema;
        const whole = {
            type: "object",
            required: required.filter((key) => key === "spec"),
            properties: properties!.spec && { spec: properties!.spec },
        };
        return [names.kind, { apiVersion: `${group}/${name}`, schema: bare(whole) }] as const;
    });
    return Object.fromEntries(kinds.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** As test/golden/crds has it; what several fields share stands there once. */
export function kindsText(kinds: Kinds): string {
    const seen = new Map<string, object>();
    const once = (value: unknown): unknown => {
        if (typeof value !== "object" || value === null) return value;
        const text = JSON.stringify(value);
        const before = seen.get(text);
        if (before) return before;
        const copy = Array.isArray(value)
            ? value.map(once)
            : Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, once(inner)]));
        if (text.length > 200) seen.set(text, copy);
        return copy;
    };
    return stringify(once(kinds), { lineWidth: 0 });
}

/** The fields of a kind's spec by path; a label selector is one field. */
export function fieldsOf({ schema }: Kind): string[] {
    const below = (field: Field, path: string): string[] => {
        const inner = field.items ?? field;
        if (!inner.properties || inner.properties.matchLabels) return path === "" ? [] : [path];
        return Object.entries(inner.properties).flatMap(([name, one]) =>
            below(one, path === "" ? name : `${path}.${name}`),
        );
    };
    return schema.properties ? below(schema.properties.spec!, "") : [];
}

/** What the API server would say to an object, to a field that the kind has not among it. */
export function judgeObject(kinds: Kinds, object: Readonly<Record<string, unknown>>): string[] {
    const { apiVersion, kind, metadata, ...rest } = object;
    const known = kinds[String(kind)];
    const { name } = metadata as { name: string };
    if (!known || known.apiVersion !== apiVersion) {
        return [`${String(kind)} ${name}: no kind of ${String(apiVersion)}`];
    }
    const { error } = readerOf(known).safeParse(rest);
    return (error?.issues ?? []).map(
        (issue) => `${String(kind)} ${name}: ${issue.path.join(".")}: ${issue.message}`,
    );
}

const readers = new WeakMap<Kind, z.ZodType>();

function readerOf(kind: Kind): z.ZodType {
    const before = readers.get(kind);
    if (before) return before;
    const reader = z.fromJSONSchema(strict(kind.schema) as never);
    readers.set(kind, reader);
    return reader;
}

/** A structural schema prunes what it does not know; here that is an error. */
function strict({ format, properties, items, additionalProperties, ...rest }: Field): Field {
    return {
        ...rest,
        // As the API server has it (kube-openapi, IsValueValidAgainstRange).
        ...(format === "int32" && {
            minimum: Math.max(rest.minimum ?? -(2 ** 31), -(2 ** 31)),
            maximum: Math.min(rest.maximum ?? 2 ** 31 - 1, 2 ** 31 - 1),
        }),
        ...(properties && { properties: mapValues(properties, strict) }),
        ...(items && { items: strict(items) }),
        ...(rest.type === "object" && {
            additionalProperties:
                typeof additionalProperties === "object" ? strict(additionalProperties) : false,
        }),
    };
}

function bare(field: Field): Field {
    const { type, format, enum: values, minimum, maximum, required } = field;
    const { properties, additionalProperties, items } = field;
    return {
        type,
        ...(format !== undefined && { format }),
        ...(values && { enum: values }),
        ...(minimum !== undefined && { minimum }),
        ...(maximum !== undefined && { maximum }),
        ...(required?.length && { required }),
        ...(properties && { properties: mapValues(properties, bare) }),
        ...(typeof additionalProperties === "object" && {
            additionalProperties: bare(additionalProperties),
        }),
        ...(items && { items: bare(items) }),
    };
}

const mapValues = <T, U>(record: Readonly<Record<string, T>>, to: (value: T) => U) =>
    Object.fromEntries(Object.entries(record).map(([key, value]) => [key, to(value)]));
