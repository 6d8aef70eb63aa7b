import { isGroup } from "../groups";
import { didYouMean, type Findings, pathText } from "../findings";
import type { JsonValue } from "../plan";
import type { Site } from "../site";

type Selectors = readonly Readonly<Record<string, JsonValue>>[];

const NAME = /^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)$/;
const DOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const FIELDS = ["matchLabels", "matchExpressions"];
const EXPRESSION = ["key", "operator", "values"];
const OPERATORS = ["In", "NotIn", "Exists", "DoesNotExist"];

/**
 * Label selectors as Kubernetes judges them (apimachinery, LabelSelector): an unknown field is
 * dropped there without a word, and what is left matches everything.
 */
export function ruleSelectors(site: Site, findings: Findings): void {
    for (const { path, selectors } of selectorsOf(site)) {
        const seen = new Map<string, number>();
        for (const [index, selector] of selectors.entries()) {
            const at = [...path, index];
            ruleSelector(at, selector, findings);
            const text = JSON.stringify(selector);
            const before = seen.get(text);
            if (before !== undefined) {
                findings.error(
                    pathText(at),
                    `is the same selector as [${before}], and MetalLB refuses one twice`,
                );
            }
            seen.set(text, before ?? index);
        }
    }
    for (const [name, { preferredNodeSelectors }] of Object.entries(site.config.metallb.l2)) {
        for (const [index, { preference }] of (preferredNodeSelectors ?? []).entries()) {
            const at = ["metallb", "l2", name, "preferredNodeSelectors", index, "preference"];
            ruleSelector(at, preference, findings);
        }
    }
    const { discover } = site.config.bgp ?? {};
    if (discover) ruleSelector(["bgp", "discover", "selector"], discover.selector, findings);
}

function selectorsOf(site: Site): { path: PropertyKey[]; selectors: Selectors }[] {
    const { metallb, bgp } = site.config;
    const found: { path: PropertyKey[]; selectors: Selectors | undefined }[] = [
        ...Object.entries(metallb.pools).flatMap(([name, { serviceAllocation }]) =>
            (["namespaceSelectors", "serviceSelectors"] as const).map((key) => ({
                path: ["metallb", "pools", name, "serviceAllocation", key],
                selectors: serviceAllocation?.[key],
            })),
        ),
        ...Object.entries(metallb.l2).flatMap(([name, l2]) =>
            (["nodeSelectors", "serviceSelectors"] as const).map((key) => ({
                path: ["metallb", "l2", name, key],
                selectors: l2[key],
            })),
        ),
        ...Object.entries(bgp?.advertise ?? {}).flatMap(([name, advertise]) =>
            (["nodeSelectors", "serviceSelectors"] as const).map((key) => ({
                path: ["bgp", "advertise", name, key],
                selectors: advertise[key],
            })),
        ),
    ];
    return found.flatMap(({ path, selectors }) => (selectors ? [{ path, selectors }] : []));
}

function ruleSelector(
    path: readonly PropertyKey[],
    selector: Selectors[number],
    findings: Findings,
): void {
    for (const key of Object.keys(selector).filter((one) => !FIELDS.includes(one))) {
        findings.error(
            pathText(path),
            `unknown field \`${key}\`, which Kubernetes drops, so that the selector matches everything${didYouMean(key, FIELDS)}`,
        );
    }
    ruleLabels([...path, "matchLabels"], selector.matchLabels, findings);
    const { matchExpressions } = selector;
    if (matchExpressions === undefined) return;
    if (!Array.isArray(matchExpressions)) {
        findings.error(pathText([...path, "matchExpressions"]), "must be a list");
        return;
    }
    matchExpressions.forEach((expression: JsonValue, index) =>
        ruleExpression([...path, "matchExpressions", index], expression, findings),
    );
}

function ruleLabels(
    path: readonly PropertyKey[],
    labels: JsonValue | undefined,
    findings: Findings,
): void {
    if (labels === undefined) return;
    if (!isGroup(labels)) {
        findings.error(pathText(path), "must be a group of labels and their values");
        return;
    }
    for (const [key, value] of Object.entries(labels)) {
        ruleKey(path, key, findings);
        ruleValue([...path, key], value, findings);
    }
}

function ruleExpression(
    path: readonly PropertyKey[],
    expression: JsonValue,
    findings: Findings,
): void {
    const at = pathText(path);
    if (!isGroup(expression)) {
        findings.error(at, "must be a group with key and operator");
        return;
    }
    for (const key of Object.keys(expression).filter((one) => !EXPRESSION.includes(one))) {
        findings.error(at, `unknown field \`${key}\`${didYouMean(key, EXPRESSION)}`);
    }
    const { key, operator, values } = expression;
    if (typeof key === "string") ruleKey(path, key, findings);
    else findings.error(at, "has no `key`");
    if (typeof operator !== "string" || !OPERATORS.includes(operator)) {
        const given =
            operator === undefined ? "has no `operator`" : `operator ${text(operator)} is none`;
        findings.error(
            at,
            `${given}; it is one of ${OPERATORS.join(", ")}${didYouMean(text(operator), OPERATORS)}`,
        );
        return;
    }
    const list: readonly JsonValue[] = Array.isArray(values) ? (values as JsonValue[]) : [];
    const wants = operator === "In" || operator === "NotIn";
    if (wants && list.length === 0) findings.error(at, `${operator} needs a list of \`values\``);
    if (!wants && list.length > 0) findings.error(at, `${operator} takes no \`values\``);
    list.forEach((value, index) => ruleValue([...path, "values", index], value, findings));
}

function ruleKey(path: readonly PropertyKey[], key: string, findings: Findings): void {
    const [name = "", domain, ...rest] = key.split("/").reverse();
    const good =
        rest.length === 0 &&
        NAME.test(name) &&
        name.length <= 63 &&
        (domain === undefined || (DOMAIN.test(domain) && domain.length <= 253));
    if (good) return;
    findings.error(
        pathText(path),
        `${key} is no label; write it like app or app.kubernetes.io/name`,
    );
}

function ruleValue(path: readonly PropertyKey[], value: JsonValue, findings: Findings): void {
    if (typeof value !== "string") {
        findings.error(pathText(path), `must be text, is ${text(value)}; put it in quotes`);
    } else if (value !== "" && (!NAME.test(value) || value.length > 63)) {
        findings.error(
            pathText(path),
            `${JSON.stringify(value)} is no value of a label: at most 63 letters, digits, dots, hyphens and underscores, with a letter or digit at both ends`,
        );
    }
}

const text = (value: JsonValue | undefined): string =>
    typeof value === "string" ? value : JSON.stringify(value ?? null);
