import type { z } from "zod";
import { didYouMean, type Findings, listText, nearest, pathText } from "./findings";
import { stackSchema } from "./schema";
import { keysAt } from "./schema-json";
import type { StackConfig } from "./schema";

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** Words of MetalLB, Flux and FRR that people type here, and what stands for them. */
const ELSEWHERE: Readonly<Record<string, string>> = {
    password: "passwords are secrets: pulumi config set --secret bgpPassword",
    passwordSecret: "the Secret is made from the config key bgpPassword",
    privateKey: "the key is a secret: pulumi config set --secret sshKey",
    interface:
        "interface (unnumbered) peers are not supported: native refuses them; give `address`",
    myASN: "it is `bgp.asn`, or `clusterAsn` for one router",
    peerASN: "it is `asn` of the router",
    peerAddress: "it is `address` of the router",
    peerPort: "it is `port`",
    holdTime: "it is `timers.hold`, in seconds",
    keepaliveTime: "it is `timers.keepalive`, in seconds",
    connectTime: "it is `timers.connect`, in seconds",
    ebgpMultiHop: "it is `multihop`",
    bfdProfile: "it is `bfd`",
    dynamicASN: "it is `dynamicAsn`",
    enableGracefulRestart: "it is `gracefulRestart`",
    ipAddressPools: "it is `pools`",
};

/** Values for what is required but has no say in any other rule, so that those can run. */
const STAND_INS: readonly { path: Path; value: unknown }[] = [
    { path: ["cluster"], value: { context: "-" } },
    { path: ["cluster", "context"], value: "-" },
    { path: ["metallb"], value: { pools: {} } },
    { path: ["metallb", "pools"], value: {} },
    { path: ["bgp", "asn"], value: 4294967294 },
    { path: ["bgp", "nodes"], value: {} },
    { path: ["bgp", "routers"], value: {} },
];

/**
 * Reads the document by the schema and reports every deviation.
 *
 * Parts that cannot be read are left out and the rest is returned, so that the other rules can be
 * checked in the same run; undefined where nothing useful is left.
 *
 * @param hidden keys that are there but cannot be read, which has been reported
 */
export function readShape(
    document: unknown,
    hidden: readonly string[],
    findings: Findings,
): StackConfig | undefined {
    const parsed = stackSchema.safeParse(document);
    if (parsed.success) return parsed.data;
    const reported = parsed.error.issues.filter(
        ({ path }) => !(path.length === 1 && hidden.includes(String(path[0]))),
    );
    explainIssues(reported, document, findings);
    let rest = structuredClone(document);
    let issues = parsed.error.issues;
    // Each round removes at least one key, so a handful is enough for what people write.
    for (let round = 0; round < 8; round++) {
        for (const issue of issues) rest = prune(rest, issue);
        const again = stackSchema.safeParse(rest);
        if (again.success) return again.data;
        issues = again.error.issues;
    }
    return undefined;
}

function explainIssues(issues: readonly Issue[], document: unknown, findings: Findings): void {
    const missing = new Map<string, string[]>();
    const meant = new Set<string>();
    for (const issue of issues) {
        if (isMissing(issue, document)) {
            const parent = pathText(issue.path.slice(0, -1));
            missing.set(parent, [...(missing.get(parent) ?? []), String(issue.path.at(-1))]);
        } else if (issue.code === "unrecognized_keys") {
            for (const key of issue.keys) {
                const word = nearest(key, keysAt(issue.path));
                if (word !== undefined) meant.add(`${pathText(issue.path)} ${word}`);
                explainUnknown(issue.path, key, findings);
            }
        } else {
            const value = valueAt(document, issue.path);
            findings.error(pathText(issue.path), reasonOf(issue, value));
        }
    }
    for (const [parent, all] of missing) {
        // A misspelt key has been named with the one that was meant.
        const keys = all.filter((key) => !meant.has(`${parent} ${key}`));
        if (keys.length > 0)
            findings.error(parent, `is partly configured: missing ${listText(keys)}`);
    }
}

function explainUnknown(path: Path, key: string, findings: Findings): void {
    const known = keysAt(path);
    const hint = Object.hasOwn(ELSEWHERE, key) ? `; ${ELSEWHERE[key]}` : didYouMean(key, known);
    const keys = hint === "" && known.length > 0 ? `; known here: ${known.join(", ")}` : hint;
    findings.error(pathText(path), `unknown key \`${key}\`${keys}`);
}

function reasonOf(issue: Issue, value: unknown): string {
    const shown = show(value);
    switch (issue.code) {
        case "invalid_key":
            return `the name ${JSON.stringify(issue.path.at(-1))} ${issue.issues[0]?.message ?? "is not allowed"}`;
        case "invalid_type":
            return `must be ${kindOf(issue.expected)}, is ${shown}`;
        case "invalid_value":
            return `is ${shown}, must be one of ${issue.values.map(String).join(", ")}${didYouMean(
                String(value),
                issue.values.map(String),
            )}`;
        case "too_small":
            return typeof value === "number"
                ? `is ${shown}, must be at least ${issue.minimum}`
                : "must not be empty";
        case "too_big":
            return typeof value === "number"
                ? `is ${shown}, must be at most ${issue.maximum}`
                : issue.message;
        case "invalid_element":
        case "invalid_format":
        case "invalid_union":
        case "not_multiple_of":
        case "unrecognized_keys":
            return `${shown} ${issue.message}`;
        case "custom":
            return issue.message;
    }
}

function kindOf(expected: string): string {
    const kinds: Readonly<Record<string, string>> = {
        string: "text",
        number: "a number",
        int: "a whole number",
        boolean: "true or false",
        array: "a list",
        object: "a group of keys",
        record: "a group of keys",
    };
    return kinds[expected] ?? expected;
}

/** A scalar as it stands, anything else by its kind. */
function show(value: unknown): string {
    if (value === null) return "empty";
    if (Array.isArray(value)) return "a list";
    if (typeof value === "object") return "a group of keys";
    const text = JSON.stringify(value) ?? "nothing";
    return text.length > 60 ? `${text.slice(0, 57)}…"` : text;
}

function isMissing(issue: Issue, document: unknown): boolean {
    return (
        issue.path.length > 0 &&
        ["invalid_type", "invalid_union", "invalid_value"].includes(issue.code) &&
        valueAt(document, issue.path) === undefined
    );
}

function valueAt(document: unknown, path: Path): unknown {
    return path.reduce<unknown>(
        (value, key) => (isHolder(value) && Object.hasOwn(value, key) ? value[key] : undefined),
        document,
    );
}

const isHolder = (value: unknown): value is Record<PropertyKey, unknown> =>
    typeof value === "object" && value !== null;

/** Takes what the issue is about out of the document, or the group that cannot be without it. */
function prune(document: unknown, issue: Issue): unknown {
    const standIn = STAND_INS.find(({ path }) => pathText(path) === pathText(issue.path));
    if (standIn) return put(document, issue.path, standIn.value);
    if (issue.code === "unrecognized_keys") {
        const holder = valueAt(document, issue.path);
        if (isHolder(holder)) for (const key of issue.keys) delete holder[key];
        return document;
    }
    let path = issue.path;
    while (path.length > 1 && valueAt(document, path) === undefined) path = path.slice(0, -1);
    const holder = valueAt(document, path.slice(0, -1));
    const key = path.at(-1);
    if (!isHolder(holder) || key === undefined) return {};
    if (Array.isArray(holder)) holder.splice(Number(key), 1);
    else delete holder[key];
    return document;
}

function put(document: unknown, path: Path, value: unknown): unknown {
    const holder = valueAt(document, path.slice(0, -1));
    if (isHolder(holder) && path.length > 0) holder[path.at(-1)!] = structuredClone(value);
    return document;
}
