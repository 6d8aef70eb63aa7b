import type { JsonValue } from "./plan";

type Labels = Readonly<Record<string, string>>;

interface Expression {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
}

/**
 * Whether a label selector takes an object, as Kubernetes judges it (apimachinery,
 * LabelSelectorAsSelector): all that it names must hold, NotIn holds without the label as well, and
 * an empty one takes everything. Of a selector that config/rules/selectors.ts has let through.
 */
export function selects(selector: Readonly<Record<string, JsonValue>>, labels: Labels): boolean {
    const wanted = Object.entries((selector.matchLabels ?? {}) as Labels);
    const expressions = (selector.matchExpressions ?? []) as unknown as readonly Expression[];
    return (
        wanted.every(([key, value]) => valueOf(labels, key) === value) &&
        expressions.every((expression) => holds(expression, labels))
    );
}

function holds({ key, operator, values = [] }: Expression, labels: Labels): boolean {
    const value = valueOf(labels, key);
    switch (operator) {
        case "In":
            return value !== undefined && values.includes(value);
        case "NotIn":
            return value === undefined || !values.includes(value);
        case "Exists":
            return value !== undefined;
        default:
            return value === undefined;
    }
}

const valueOf = (labels: Labels, key: string): string | undefined =>
    Object.hasOwn(labels, key) ? labels[key] : undefined;
