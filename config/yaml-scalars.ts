/**
 * Plain scalars as the engine's YAML library reads them (gopkg.in/yaml.v3, resolve.go): YAML 1.2
 * with the integers of 1.1, so that 010 is eight.
 */

export interface PlainScalar {
    readonly value: string | number | boolean | null;
    /** It begins with a zero and was read to the base of eight. */
    readonly octal?: true;
}

const words: ReadonlyMap<string, boolean | null> = new Map<string, boolean | null>([
    ...["", "~", "null", "Null", "NULL"].map((word) => [word, null] as const),
    ...["true", "True", "TRUE"].map((word) => [word, true] as const),
    ...["false", "False", "FALSE"].map((word) => [word, false] as const),
]);

const FLOAT = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/;
const BASES: readonly (readonly [pattern: RegExp, base: number])[] = [
    [/^([-+]?)0[xX]([0-9a-fA-F]+)$/, 16],
    [/^([-+]?)0[bB]([01]+)$/, 2],
    [/^([-+]?)0[oO]([0-7]+)$/, 8],
    [/^([-+]?)0([0-7]+)$/, 8],
    [/^([-+]?)(0|[1-9][0-9]*)$/, 10],
];

/** The value of a scalar without quotes. */
export function readPlainScalar(source: string): PlainScalar {
    const word = words.get(source);
    if (word !== undefined) return { value: word };
    if (!/^[-+.0-9]/.test(source)) return { value: source };
    const text = source.replaceAll("_", "");
    for (const [pattern, base] of BASES) {
        const [, sign, digits] = pattern.exec(text) ?? [];
        if (digits === undefined) continue;
        const value = Number.parseInt(digits, base) * (sign === "-" ? -1 : 1);
        const octal = base === 8 && /^[-+]?0[0-7]/.test(text);
        return octal ? { value, octal: true } : { value };
    }
    return { value: FLOAT.test(text) ? Number(text) : source };
}
