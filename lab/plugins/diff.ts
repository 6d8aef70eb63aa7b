import { isDeepStrictEqual } from "node:util";
import { isObject, isSecret, own, strip, type Properties, type Value } from "./values";

export type Change = "add" | "delete" | "update";

/** One changed property; `path` holds keys and list positions from the top. */
export interface Difference {
    readonly path: readonly (string | number)[];
    readonly change: Change;
}

/**
 * Every place where `news` differs from `olds`, as deep as both still have the same shape. A secret
 * is one value, whatever it holds, and being secret or not is no difference.
 */
export function differences(olds: Properties, news: Properties): Difference[] {
    return compare(olds, news, []);
}

function compare(
    old: Value | undefined,
    now: Value | undefined,
    path: readonly (string | number)[],
): Difference[] {
    if (isDeepStrictEqual(old, now)) return [];
    if (old === undefined) return [{ path, change: "add" }];
    if (now === undefined) return [{ path, change: "delete" }];
    if (isSecret(old) || isSecret(now)) {
        return isDeepStrictEqual(strip(old), strip(now)) ? [] : [{ path, change: "update" }];
    }
    if (isObject(old) && isObject(now)) {
        const keys = new Set([...Object.keys(old), ...Object.keys(now)]);
        return [...keys].flatMap((key) => compare(own(old, key), own(now, key), [...path, key]));
    }
    if (Array.isArray(old) && Array.isArray(now)) {
        const length = Math.max(old.length, now.length);
        return Array.from({ length }, (_, i) => compare(old[i], now[i], [...path, i])).flat();
    }
    return [{ path, change: "update" }];
}

/** The path in the engine's notation: `spec.rules[0].ports["a.b"]`. */
export function propertyPath(path: readonly (string | number)[]): string {
    let text = "";
    for (const part of path) {
        if (typeof part === "number") text += `[${part}]`;
        else if (/[."[\]]/.test(part)) text += `["${part.replaceAll('"', '\\"')}"]`;
        else text += text === "" ? part : `.${part}`;
    }
    return text;
}
