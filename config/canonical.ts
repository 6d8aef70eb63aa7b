const byName = new Intl.Collator("en", { numeric: true });

/** Compares names as people count: wn2 before wn10; same for every machine and language. */
export const compareNames = (a: string, b: string): number =>
    byName.compare(a, b) || (a < b ? -1 : a > b ? 1 : 0);

/**
 * The document with the keys of every group in the order of their names.
 *
 * Lists in the plan (sessions, node names) follow from groups, and moving a line in the stack file
 * must not change a plan.
 */
export function sortKeys(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(sortKeys);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
        Object.entries(value)
            .sort(([a], [b]) => compareNames(a, b))
            .map(([key, inner]) => [key, sortKeys(inner)]),
    );
}
