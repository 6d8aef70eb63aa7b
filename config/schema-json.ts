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
