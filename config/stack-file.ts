import { isGroup } from "./groups";
import { isAlias, isMap, isNode, isPair, isScalar, LineCounter, parseDocument, visit } from "yaml";
import type { Document, Node as YamlNode, Pair } from "yaml";
import { didYouMean, type Finding, nearest, pathText } from "./findings";
import { readPlainScalar } from "./yaml-scalars";

/** Name of the project: the namespace of its keys. */
export const PROJECT = "metallb-pfsense";

/** What a stack file holds of this project. */
export interface StackFile {
    /** Values by key without prefix; encrypted ones below a key are left out. */
    readonly document: Record<string, unknown>;
    /** Keys whose whole value is encrypted. */
    readonly secretKeys: readonly string[];
    /** Paths of encrypted values below a key. */
    readonly encrypted: readonly string[];
    /** Environments (Pulumi ESC) that may bring more keys. */
    readonly environments: readonly string[];
    /** What is wrong with a value by the engine's reading of it. */
    readonly findings: readonly Finding[];
    /** What is wrong with the file as a whole; nothing else is known then. */
    readonly problems: readonly string[];
}

/**
 * Reads a Pulumi.<stack>.yaml as the engine does, without decrypting anything: YAML with merge keys
 * and octal integers, keys without a prefix as the project's own, JSON text as what it holds, and
 * the defaults of Pulumi.yaml (sdk/go/common/workspace of pulumi).
 *
 * @param project text of the Pulumi.yaml beside it
 */
export function readStackFile(bytes: Uint8Array, project = ""): StackFile {
    const { value, findings, problems } = readYaml(decode(bytes));
    if (problems.length > 0) return { ...nothing, problems };
    const file = isGroup(value) ? value : {};
    const environments = environmentsOf(file.environment);
    if (!isGroup(file.config)) {
        const from =
            environments.length > 0 ? `, and check cannot read ${listed(environments)}` : "";
        return { ...nothing, environments, problems: [`there is no \`config:\` in it${from}`] };
    }
    const { own, strangers } = ownValues(file.config);
    const defaults = ownValues(projectConfig(project)).own;
    const encrypted: string[] = [];
    const readable = Object.entries({ ...defaults, ...own }).map(([key, found]) => [
        key,
        isEncrypted(found) ? found : withoutSecrets(fromText(found), [key], encrypted),
    ]);
    const document = Object.fromEntries(readable) as Record<string, unknown>;
    return {
        document,
        secretKeys: Object.keys(document).filter((key) => isEncrypted(document[key])),
        encrypted,
        environments,
        findings: [...findings, ...strangers],
        problems: [],
    };
}

const nothing: Omit<StackFile, "problems"> = {
    document: {},
    secretKeys: [],
    encrypted: [],
    environments: [],
    findings: [],
};

const listed = (environments: readonly string[]) => `the environment ${environments.join(", ")}`;

/** Text in UTF-8 or, with its mark, UTF-16: all that the engine's library takes. */
function decode(bytes: Uint8Array): string {
    const [first, second] = bytes;
    if (first === 0xff && second === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
    if (first === 0xfe && second === 0xff) return new TextDecoder("utf-16be").decode(bytes);
    return new TextDecoder().decode(bytes);
}

interface Read {
    readonly value: unknown;
    readonly findings: Finding[];
    readonly problems: string[];
}

function readYaml(text: string): Read {
    const lines = new LineCounter();
    // The library compares every key with every other: a second for thousands of nodes or pools.
    const parsed = parseDocument(text, { lineCounter: lines, merge: true, uniqueKeys: false });
    const problems = yamlProblems(parsed);
    const findings: Finding[] = [];
    if (problems.length === 0) problems.push(...keyProblems(parsed, lines));
    if (problems.length > 0) return { value: undefined, findings, problems };
    visit(parsed, {
        Scalar(key, node, ancestors) {
            if (key === "key" || node.type !== "PLAIN" || node.source === undefined) return;
            const { value, octal } = readPlainScalar(node.source);
            node.value = value;
            if (octal) findings.push(octalFinding(pathOf(ancestors, node), node.source, value));
        },
    });
    return { value: parsed.toJS({ maxAliasCount: -1 }) as unknown, findings, problems };
}

/** Without the lines of the file, which may hold a secret; one tab makes many other errors. */
function yamlProblems(parsed: Document.Parsed): string[] {
    const tab = parsed.errors.find(({ code }) => code === "TAB_AS_INDENT");
    return (tab ? [tab] : parsed.errors).map(({ message }) =>
        message.split("\n")[0]!.replace(/:$/, ""),
    );
}

/** Keys that stand twice, and aliases that mean nothing. */
function keyProblems(parsed: Document.Parsed, lines: LineCounter): string[] {
    const problems: string[] = [];
    visit(parsed, {
        Map(_key, { items }) {
            const seen = new Set<unknown>();
            for (const { key } of items) {
                const name = isScalar(key) ? key.value : key;
                if (seen.has(name) && name !== "<<") {
                    const { line } = lines.linePos((isNode(key) ? key.range?.[0] : 0) ?? 0);
                    problems.push(`Map keys must be unique at line ${line}`);
                }
                seen.add(name);
            }
        },
        Alias(_key, node, ancestors) {
            const around = ancestors.some((one) => isNode(one) && anchorOf(one) === node.source);
            if (around) {
                problems.push(
                    `the alias *${node.source} stands inside its own anchor &${node.source}`,
                );
            } else if (node.resolve(parsed) === undefined) {
                // Not by name: it may be a password that begins with an asterisk.
                const { line } = lines.linePos(node.range?.[0] ?? 0);
                problems.push(
                    `an alias (*…) without an anchor at line ${line}; a value that begins with * needs quotes, and a secret is set with: pulumi config set --secret <key>`,
                );
            }
        },
    });
    return problems;
}

const anchorOf = (node: YamlNode) =>
    isAlias(node) ? undefined : (node as { anchor?: string }).anchor;

/** Keys and list positions from `config:` down, without the project's prefix. */
function pathOf(ancestors: readonly unknown[], node: unknown): string {
    const path: PropertyKey[] = [];
    const chain = [...ancestors, node];
    for (const [index, one] of chain.entries()) {
        if (isPair(one)) path.push(keyText(one));
        const next = chain[index + 1];
        if (!isMap(one) && hasItems(one)) path.push(one.items.indexOf(next));
    }
    const [section, key, ...rest] = path;
    if (section !== "config" || key === undefined) return pathText(path);
    return pathText([String(key).replace(`${PROJECT}:`, ""), ...rest]);
}

const keyText = ({ key }: Pair) => String(isScalar(key) ? key.value : key);
const hasItems = (value: unknown): value is { items: unknown[] } =>
    typeof value === "object" && value !== null && "items" in value;

function octalFinding(path: string, source: string, value: unknown): Finding {
    const meant = source.replace(/^([-+]?)0+(?=\d)/, "$1");
    return {
        path,
        reason: `${source} begins with a zero, and the engine reads it as an octal number, ${String(value)}; write ${meant}, or put a text in quotes`,
    };
}

/**
 * The project's own values by key, and what looks like a misspelt one of them.
 *
 * @param config by key as the engine has them: `project:key`, or `key` in a file
 */
export function ownValues<T>(config: Readonly<Record<string, T>>): {
    readonly own: Record<string, T>;
    readonly strangers: Finding[];
} {
    const own: Record<string, T> = {};
    const strangers: Finding[] = [];
    for (const [key, value] of Object.entries(config)) {
        const colon = key.indexOf(":");
        const space = key.slice(0, Math.max(colon, 0));
        if (colon < 0 || space === PROJECT) own[key.slice(colon + 1)] = value;
        else if (nearest(space, [PROJECT]) !== undefined) {
            const hint = didYouMean(key, [`${PROJECT}${key.slice(colon)}`]);
            strangers.push({ path: key, reason: `belongs to no project of this name${hint}` });
        }
    }
    return { own, strangers };
}

/** `config:` of a Pulumi.yaml: a value, or a group with `value` or `default`. */
function projectConfig(project: string): Record<string, unknown> {
    const { value } = readYaml(project);
    const config = isGroup(value) && isGroup(value.config) ? value.config : {};
    const values = Object.entries(config).flatMap(([key, given]) => {
        if (!isGroup(given)) return [[key, given]];
        const found = given.value ?? given.default;
        return found === undefined ? [] : [[key, found]];
    });
    return Object.fromEntries(values) as Record<string, unknown>;
}

/** `pulumi config set` writes JSON text; the engine hands objects over in the same way. */
export function fromText(value: unknown): unknown {
    if (typeof value !== "string") return value;
    try {
        return JSON.parse(value);
    } catch {
        return value;
    }
}

function environmentsOf(value: unknown): string[] {
    if (Array.isArray(value)) return value.map((one) => (isGroup(one) ? "…" : String(one)));
    if (isGroup(value)) return environmentsOf(value.imports ?? ["of its own"]);
    return typeof value === "string" ? [value] : [];
}

/** Encrypted values cannot be read in a review; where they stand is noted. */
function withoutSecrets(value: unknown, path: PropertyKey[], encrypted: string[]): unknown {
    if (Array.isArray(value)) {
        return value.map((inner, index) => withoutSecrets(inner, [...path, index], encrypted));
    }
    if (!isGroup(value)) return value;
    const kept = Object.entries(value).flatMap(([key, inner]) => {
        if (!isEncrypted(inner)) return [[key, withoutSecrets(inner, [...path, key], encrypted)]];
        encrypted.push(pathText([...path, key]));
        return [];
    });
    return Object.fromEntries(kept) as Record<string, unknown>;
}

/** The engine's own form: a group with the one key `secure`. */
function isEncrypted(value: unknown): boolean {
    return isGroup(value) && Object.keys(value).length === 1 && typeof value.secure === "string";
}
