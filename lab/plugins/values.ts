/**
 * Pulumi's property values as they travel in a protobuf Struct.
 *
 * The engine marks what JSON cannot say with signatures (sdk/go/common/resource/properties.go and
 * sdk/go/common/resource/plugin/rpc.go of pulumi).
 */
export type Value = null | boolean | number | string | Value[] | Properties;
export interface Properties {
    [key: string]: Value;
}

const signatureKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";
/** Stands for a value that is not known before the resources it comes from are made. */
export const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

export function isObject(value: Value | undefined): value is Properties {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isSecret(value: Value | undefined): boolean {
    return isObject(value) && value[signatureKey] === secretSignature;
}

export function makeSecret(value: Value): Value {
    return isSecret(value) ? value : { [signatureKey]: secretSignature, value };
}

/** The value without its marks of secretness, at any depth. */
export function strip(value: Value): Value {
    if (Array.isArray(value)) return value.map(strip);
    if (!isObject(value)) return value;
    if (isSecret(value)) return strip(value.value ?? null);
    return stripProperties(value);
}

export function stripProperties(properties: Properties): Properties {
    return mapValues(properties, strip);
}

export function mapValues<V, W>(
    record: Readonly<Record<string, V>>,
    map: (value: V, key: string) => W,
): Record<string, W> {
    return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value, key)]));
}

/** A property of the object's own: a key may be called `toString`. */
export function own(object: Properties, key: string): Value | undefined {
    return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** The value at a path of keys, or undefined where the path ends early. */
export function at(value: Value | undefined, ...path: readonly string[]): Value | undefined {
    let found = value;
    for (const key of path) found = isObject(found) ? own(found, key) : undefined;
    return found;
}

export function textAt(value: Value | undefined, ...path: readonly string[]): string | undefined {
    const found = at(value, ...path);
    return typeof found === "string" && found !== "" ? found : undefined;
}
