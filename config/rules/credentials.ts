import { type Findings, pathText } from "../findings";

/** `https://user:password@host`: the form in which a login stands in an address. */
const LOGIN = /^[a-z][a-z0-9+.-]*:\/\/[^/@\s]+@/i;

/** No address may carry a login: it would stand in state, preview and the cluster in clear. */
export function ruleCredentials(document: unknown, findings: Findings): void {
    walk(document, [], (path, text) => {
        if (!LOGIN.test(text)) return;
        findings.error(
            pathText(path),
            "holds a login (user or password in front of the @), which would stand in state, preview and cluster in clear; leave it out; a chart's repository has its login in metallb.chart.user and the secret chartPassword",
        );
    });
}

function walk(
    value: unknown,
    path: PropertyKey[],
    see: (path: PropertyKey[], text: string) => void,
): void {
    if (typeof value === "string") see(path, value);
    else if (Array.isArray(value)) value.forEach((one, at) => walk(one, [...path, at], see));
    else if (typeof value === "object" && value !== null) {
        for (const [key, one] of Object.entries(value)) walk(one, [...path, key], see);
    }
}
