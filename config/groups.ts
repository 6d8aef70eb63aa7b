import type { JsonObject, JsonValue } from "./plan";

/** Whether a value is a group of keys, and neither a list nor a plain value. */
export function isGroup(value: JsonValue | undefined): value is JsonObject;
export function isGroup(value: unknown): value is Record<string, unknown>;
export function isGroup(value: unknown): boolean {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Two groups as one, key by key; where both say something else the second one holds. */
export function merged(base: JsonObject, over: JsonObject): JsonObject {
    const all: Record<string, JsonValue> = { ...base };
    for (const [key, value] of Object.entries(over)) {
        const before = all[key];
        all[key] = isGroup(before) && isGroup(value) ? merged(before, value) : value;
    }
    return all;
}
