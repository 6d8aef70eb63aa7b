import { z } from "zod";
import { stackSchema } from "./schema";

interface JsonSchema {
    readonly properties?: Readonly<Record<string, JsonSchema>>;
    readonly additionalProperties?: JsonSchema | boolean;
    readonly items?: JsonSchema;
    readonly anyOf?: readonly JsonSchema[];
}

let cached: JsonSchema | undefined;

/** The names that a group of keys at this path may hold; empty where any name may stand. */
export function keysAt(path: readonly PropertyKey[]): string[] {
    cached ??= z.toJSONSchema(stackSchema, { io: "input" }) as JsonSchema;
    const found = path.reduce<JsonSchema | undefined>(step, cached);
    return Object.keys(found?.properties ?? {});
}

function step(schema: JsonSchema | undefined, key: PropertyKey): JsonSchema | undefined {
    if (!schema) return undefined;
    const name = String(key);
    if (schema.properties && Object.hasOwn(schema.properties, name)) return schema.properties[name];
    if (typeof schema.additionalProperties === "object") return schema.additionalProperties;
    return (
        schema.items ?? schema.anyOf?.map((one) => step(one, key)).find((one) => one !== undefined)
    );
}

/**
 * Where a key of this name would be known, as a person writes it: `metallb.pools`,
 * `bgp.routers.<name>.pfsense.hostKey`. Below `from` if it is known there, else anywhere; none when
 * there are many.
 */
export function placesOf(key: string, from: readonly PropertyKey[]): string[] {
    cached ??= z.toJSONSchema(stackSchema, { io: "input" }) as JsonSchema;
    const below = placesIn(from.reduce<JsonSchema | undefined>(step, cached), key);
    const places = below.length > 0 ? below : placesIn(cached, key);
    return places.length <= 3 ? places : [];
}

function placesIn(schema: JsonSchema | undefined, key: string): string[] {
    if (!schema) return [];
    const own = Object.entries(schema.properties ?? {}).flatMap(([name, inner]) => [
        ...(name === key ? [name] : []),
        ...placesIn(inner, key).map((place) => `${name}.${place}`),
    ]);
    const named =
        typeof schema.additionalProperties === "object"
            ? placesIn(schema.additionalProperties, key).map((place) => `<name>.${place}`)
            : [];
    return [...own, ...named, ...(schema.anyOf ?? []).flatMap((one) => placesIn(one, key))];
}
