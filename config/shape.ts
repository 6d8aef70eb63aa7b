import type { z } from "zod";
import { didYouMean, type Findings, listText, nearest, pathText } from "./findings";
import { nodesMissing } from "./required-nodes";
import { stackSchema } from "./schema";
import { keysAt, placesOf } from "./schema-json";
import type { StackConfig } from "./schema";
import type { SecretContext } from "./secrets";

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** Words of MetalLB, Flux and FRR that people type here, and what stands for them. */
const ELSEWHERE: Readonly<Record<string, string>> = {
    password: "passwords are secrets: pulumi config set --secret bgpPassword",
    passwordSecret: "the Secret is made from the config key bgpPassword",
    privateKey: "the key is a secret: pulumi config set --secret sshKey",
    interface:
        "interface (unnumbered) peers are not supported: both ends are derived from addresses; give `address`",
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
    localASN: "it is `localAsn`",
    disableMP: "not supported: MetalLB has no use for it, and skips every check of such a peer",
    ipAddressPoolSelectors:
        "not supported: what the routers accept is derived from the pools; name them in `pools`",
    enableGracefulRestart: "it is `gracefulRestart`",
    ipAddressPools: "it is `pools`",
    dualStackAddressFamily:
        "not supported: give the router an address of each family, which makes a session of each",
    toReceive:
        "not supported: the firewalls announce nothing to the nodes, whose routes are their own business",
};

/** The same of one router, where a BGPPeer is meant. */
const ROUTER: Readonly<Record<string, string>> = {
    routerID: "it is `clusterRouterId`; `routerId` is the router's own",
    nodeSelectors: "it is `nodes`, by name: the router's end needs the address of every node",
};

/** The same of one node. */
const NODE: Readonly<Record<string, string>> = {
    asn: "not supported: `clusterAsn` of a router is for all nodes that peer with it",
};

/** The same under `pfsense`, where a login is meant. */
const PFSENSE: Readonly<Record<string, string>> = {
    password: "the SSH login is by key: pulumi config set --secret sshKey < private-key-file",
    sshPassword: "the SSH login is by key: pulumi config set --secret sshKey < private-key-file",
    asn: "it belongs to the router, one level up",
    address: "the SSH address is `host`; the router's own is one level up",
};

/** What stands where another kind of value is expected. */
const EXPECTED: readonly (readonly [path: RegExp, words: string])[] = [
    [/(^|\.)bfd$/, "the name of a BFD profile of `bgp.bfdProfiles`"],
    [/(^|\.)version$/, 'a version of three parts in quotes, like "0.16.1"'],
];

/** Groups whose keys are names: a known key in them stands too deep. */
const NAMED: readonly (readonly string[])[] = [
    ["bgp", "routers"],
    ["bgp", "nodes"],
    ["bgp", "advertise"],
    ["bgp", "bfdProfiles"],
    ["metallb", "pools"],
    ["metallb", "l2"],
];

/** Stands for a list's item that could not be read, so that the others keep their places. */
export const UNREADABLE = "\u0000";

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
 * @param context what is there but cannot be read (secrets), which has been reported, and where
 *     else keys may come from
 */
export function readShape(
    document: unknown,
    context: SecretContext & { readonly environments?: readonly string[] },
    findings: Findings,
): StackConfig | undefined {
    const parsed = stackSchema.safeParse(document);
    const missing = nodesMissing(document);
    if (parsed.success && missing.length === 0) return parsed.data;
    const wrong = parsed.error?.issues ?? [];
    const known = new Set(wrong.map(({ path }) => pathText(path)));
    const all = [...wrong, ...missing.filter(({ path }) => !known.has(pathText(path)))];
    const { secretKeys, encrypted = [], environments = [] } = context;
    const hidden = new Set([...secretKeys, ...encrypted]);
    const tooDeep = reportTooDeep(all, findings);
    const reported = all.filter(({ path }) => {
        const text = pathText(path);
        if (tooDeep.some((deep) => text === deep || text.startsWith(`${deep}.`))) return false;
        if (hidden.has(text)) return false;
        if (path.length !== 1 || environments.length === 0) return true;
        if (valueAt(document, path) !== undefined) return true;
        findings.later(text, `is not in the file; it may come from ${environments.join(", ")}`);
        return false;
    });
    explainIssues(reported, document, findings);
    let rest = structuredClone(document);
    let issues: readonly Issue[] = all;
    // Each round removes at least one key, so a handful is enough for what people write.
    for (let round = 0; round < 8; round++) {
        for (const issue of issues) rest = prune(rest, issue);
        const again = stackSchema.safeParse(rest);
        if (again.success) return again.data;
        issues = again.error.issues;
    }
    return undefined;
}

/** A key of the group around, indented under the names: one sentence for all that follows. */
function reportTooDeep(issues: readonly Issue[], findings: Findings): string[] {
    const found = new Set<string>();
    for (const { path } of issues) {
        const group = NAMED.find((names) => names.every((name, at) => path[at] === name));
        const key = group && path[group.length];
        const parent = group?.slice(0, -1);
        if (!group || !parent || !keysAt(parent).includes(String(key))) continue;
        const text = pathText([...group, key!]);
        if (found.has(text)) continue;
        found.add(text);
        findings.error(
            text,
            `stands too deep: it is \`${pathText([...parent, key!])}\`; check its indentation`,
        );
    }
    return [...found];
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
    const keys = known.length > 0 ? `; known here: ${known.join(", ")}` : "";
    const hint = hintFor(path, key, known) || keys;
    findings.error(pathText(path), `unknown key \`${key}\`${hint}`);
}

function hintFor(path: Path, key: string, known: readonly string[]): string {
    const words = {
        ...ELSEWHERE,
        ...(path.at(-1) === "pfsense" && PFSENSE),
        ...(path.at(-2) === "routers" && ROUTER),
        ...(path.at(-2) === "nodes" && NODE),
    };
    if (Object.hasOwn(words, key)) return `; ${words[key]}`;
    const [first = "", ...inner] = key.split(".");
    if (inner.length > 0 && known.includes(first)) {
        return `; write \`${inner.join(".")}\` under \`${first}\`, or: pulumi config set --path ${key} …`;
    }
    const meant = didYouMean(key, known);
    if (meant !== "") return meant;
    const places = placesOf(key, path);
    return places.length > 0
        ? `; it is known as ${listText(places.map((one) => `\`${one}\``))}`
        : "";
}

function reasonOf(issue: Issue, value: unknown): string {
    const shown = show(value);
    const text = pathText(issue.path);
    const expected = EXPECTED.find(([path]) => path.test(text))?.[1];
    switch (issue.code) {
        case "invalid_key":
            return `the name ${JSON.stringify(issue.path.at(-1))} ${issue.issues[0]?.message ?? "is not allowed"}`;
        case "invalid_type":
            if (expected !== undefined) return `must be ${expected}, is ${shown}`;
            return `must be ${kindOf(issue.expected)}, is ${shown}${quotesHint(issue.expected, value)}`;
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

/** YAML makes a number or a truth of what stands without quotes. */
const quotesHint = (expected: string, value: unknown): string =>
    expected === "string" && ["number", "boolean"].includes(typeof value)
        ? "; put a text in quotes"
        : "";

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
    if (Array.isArray(holder)) holder[Number(key)] = UNREADABLE;
    else delete holder[key];
    return document;
}

function put(document: unknown, path: Path, value: unknown): unknown {
    const holder = valueAt(document, path.slice(0, -1));
    if (isHolder(holder) && path.length > 0) holder[path.at(-1)!] = structuredClone(value);
    return document;
}
