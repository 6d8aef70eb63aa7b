import { type Document, parseDocument } from "yaml";

/** The project's prefix in front of every key of a stack file. */
const PREFIX = "metallb-pfsense:";

/** What a stack file holds of this project. */
export interface StackFile {
    /** Values by key without prefix; encrypted ones as they stand. */
    readonly document: Record<string, unknown>;
    /** Keys with an encrypted value in them. */
    readonly secretKeys: readonly string[];
    /** What is wrong with the file as YAML. */
    readonly problems: readonly string[];
}

/** Reads the text of a Pulumi.<stack>.yaml without decrypting anything. */
export function readStackText(text: string): StackFile {
    const parsed = parseDocument(text, { prettyErrors: true });
    const problems = parsed.errors.map(({ message }) => message.split("\n")[0]!.replace(/:$/, ""));
    const file = problems.length > 0 ? undefined : plainValue(parsed, problems);
    if (problems.length > 0) return { document: {}, secretKeys: [], problems };
    const config = configOf(file);
    if (!config) {
        return { document: {}, secretKeys: [], problems: ["there is no `config:` in it"] };
    }
    const own = Object.entries(config)
        .filter(([key]) => key.startsWith(PREFIX))
        .map(([key, value]) => [key.slice(PREFIX.length), value] as const);
    return {
        document: Object.fromEntries(own),
        secretKeys: own.filter(([, value]) => holdsSecret(value)).map(([key]) => key),
        problems: [],
    };
}

/** Aliases are resolved here only: one without anchor, or inside its own anchor, is found now. */
function plainValue(parsed: Document, problems: string[]): unknown {
    try {
        return JSON.parse(JSON.stringify(parsed.toJS({ maxAliasCount: 100 }) ?? null));
    } catch (error) {
        problems.push((error as Error).message.split("\n")[0]!);
        return undefined;
    }
}

function configOf(file: unknown): Record<string, unknown> | undefined {
    if (typeof file !== "object" || file === null || !("config" in file)) return undefined;
    const { config } = file;
    return typeof config === "object" && config !== null
        ? (config as Record<string, unknown>)
        : undefined;
}

function holdsSecret(value: unknown): boolean {
    if (typeof value !== "object" || value === null) return false;
    if (isEncrypted(value)) return true;
    return Object.values(value).some(holdsSecret);
}

/** The engine's own form: a group with the one key `secure`. */
function isEncrypted(value: object): boolean {
    return (
        Object.keys(value).length === 1 &&
        typeof (value as { secure?: unknown }).secure === "string"
    );
}
