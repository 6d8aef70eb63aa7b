/** One thing to say about a stack config. */
export interface Finding {
    /** Config key it is about, for example `metallb.pools.public.addresses[0]`. */
    readonly path: string;
    /** Value, reason and, where it can be named, the mend; never a secret. */
    readonly reason: string;
}

export const findingText = ({ path, reason }: Finding): string => `${path}: ${reason}`;

/** Every problem on a line of its own, errors first. */
export function problemsText(errors: readonly Finding[], warnings: readonly Finding[]): string {
    const count = errors.length === 1 ? "1 error" : `${errors.length} errors`;
    return [
        `${count} in the stack config; nothing was changed:`,
        ...findingLines(errors).map((line) => `  error: ${line}`),
        ...findingLines(warnings).map((line) => `  warning: ${line}`),
    ].join("\n");
}

/** Collects every problem of a stack config, so that all are told at once. */
export class Findings {
    readonly errors: Finding[] = [];
    readonly warnings: Finding[] = [];
    /** What is not wrong, but still to be filled in before anything can run. */
    readonly todo: Finding[] = [];

    error(path: string, reason: string): void {
        this.errors.push(finding(path, reason));
    }

    warn(path: string, reason: string): void {
        this.warnings.push(finding(path, reason));
    }

    later(path: string, reason: string): void {
        this.todo.push(finding(path, reason));
    }
}

/** Whatever key it was typed into: of `user:password@host` the password is never shown. */
const finding = (path: string, reason: string): Finding => ({
    path: withoutCredentials(path),
    reason: withoutCredentials(reason),
});

export const withoutCredentials = (text: string): string =>
    text.replace(/([^\s"'`/@:]+):[^\s"'`/@]+@/g, "$1:…@");

/** How many findings of one kind are told one by one. */
const most = 5;

/**
 * The lines for a list of findings. Of more than a handful that differ in names and numbers alone
 * the first few stand for all.
 */
export function findingLines(findings: readonly Finding[]): string[] {
    const kinds = new Map<string, Finding[]>();
    for (const one of findings) {
        const kind = kindOf(one);
        const alike = kinds.get(kind);
        if (alike) alike.push(one);
        else kinds.set(kind, [one]);
    }
    return [...kinds.values()].flatMap((alike) => [
        ...alike.slice(0, alike.length > 2 * most ? most : alike.length).map(findingText),
        ...(alike.length > 2 * most
            ? [
                  `${alike[0]!.path.replace(/[.[].*/, "")}: and ${alike.length - most} more like these`,
              ]
            : []),
    ]);
}

/** A finding without its names and numbers. */
const kindOf = ({ path, reason }: Finding): string =>
    `${path} ${reason}`.replace(/[A-Za-z0-9:./_-]*\d[A-Za-z0-9:./_-]*/g, "#");

/** A path as people write it: `bgp.nodes.wn1`, `pools.a.addresses[0]`, `bgp.nodes["wn1.lan"]`. */
export function pathText(parts: readonly PropertyKey[]): string {
    const text = parts
        .map((part) => {
            if (typeof part === "number") return `[${part}]`;
            const key = String(part);
            return /^[\w-]+$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
        })
        .join("");
    return text.replace(/^\./, "") || "stack config";
}

/** "a", "a and b", "a, b and c". */
export function listText(words: readonly string[]): string {
    return words.length < 2
        ? words.join("")
        : `${words.slice(0, -1).join(", ")} and ${words.at(-1)!}`;
}

/** The known word that is nearest to a misspelt one: at most a third of its letters differ. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
    let best: { word: string; distance: number } | undefined;
    for (const candidate of known) {
        const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
        if (!best || distance < best.distance) best = { word: candidate, distance };
    }
    return best && best.distance <= Math.max(1, Math.floor(word.length / 3))
        ? best.word
        : undefined;
}

/** `; did you mean X?` or nothing. */
export function didYouMean(word: string, known: Iterable<string>): string {
    const meant = nearest(word, known);
    return meant === undefined ? "" : `; did you mean \`${meant}\`?`;
}

/** `; there are a and b`, or of many names the one that was probably meant. */
export function knownNames(word: string, known: ReadonlySet<string>): string {
    if (known.size === 0) return "; there is none";
    if (known.size > 6) return didYouMean(word, known);
    return `; there ${known.size === 1 ? "is" : "are"} ${listText([...known])}`;
}

/** Letters changed, added, left out or swapped with their neighbour. */
function editDistance(a: string, b: string): number {
    let before: number[] = [];
    let row = Array.from({ length: b.length + 1 }, (_, index) => index);
    for (let i = 1; i <= a.length; i++) {
        const next = [i];
        for (let j = 1; j <= b.length; j++) {
            const replace = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
            const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
            const swap = swapped ? before[j - 2]! + 1 : Infinity;
            next.push(Math.min(replace, row[j]! + 1, next[j - 1]! + 1, swap));
        }
        [before, row] = [row, next];
    }
    return row[b.length]!;
}
