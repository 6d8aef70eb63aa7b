import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { findingText } from "../../config/findings";
import type { Plan } from "../../config/plan";
import type { Dialect } from "../../config/schema";
import { planFromStack, type StackResult } from "../../config/stack";
import { readStackFile } from "../../config/stack-file";

export const FOLDER = join(__dirname, "..", "fixtures");

type Settings = Record<string, unknown>;

/** One rule: a few changed keys that keep it beside a few that break it. */
export interface RuleCase {
    readonly rule: string;
    /** Keys changed in both; a value of null takes a key away. */
    readonly set?: Settings;
    readonly valid: Settings;
    readonly invalid: Settings;
    /** Name of the stack for the invalid one. */
    readonly invalidStack?: string;
    /** Everything the invalid one must be told, and nothing else. */
    readonly errors?: readonly string[];
    readonly warnings?: readonly string[];
    /** What is still to be filled in; the plan is there all the same. */
    readonly todo?: readonly string[];
}

export const families = readdirSync(join(FOLDER, "rules")).map((file) => ({
    name: file.replace(/\.yaml$/, ""),
    cases: parse(readFileSync(join(FOLDER, "rules", file), "utf8")) as RuleCase[],
}));

const base = readStackFile(readFileSync(join(FOLDER, "base.yaml"))).document;

/** The base stack with keys changed: "bgp.routers.fw-a.asn" is a path through its groups. */
export function baseWith(...changes: (Settings | undefined)[]): Settings {
    const document = structuredClone(base);
    for (const [path, value] of changes.flatMap((change) => Object.entries(change ?? {}))) {
        const keys = path.split(".");
        const last = keys.pop()!;
        const holder = keys.reduce<Settings>(
            (group, key) => (group[key] ??= {}) as Settings,
            document,
        );
        if (value === null) delete holder[last];
        else holder[last] = value;
    }
    return document;
}

/** What is said about a document whose encrypted values look as in a stack file. */
export function judge(document: Settings, stack = "prod"): StackResult {
    const text = JSON.stringify({
        config: Object.fromEntries(
            Object.entries(document).map(([key, value]) => [`metallb-pfsense:${key}`, value]),
        ),
    });
    const file = readStackFile(Buffer.from(text));
    return planFromStack(file.document, { stack, ...file });
}

export const told = ({ errors, todo, warnings }: StackResult) => ({
    errors: errors.map(findingText),
    warnings: warnings.map(findingText),
    todo: todo.map(findingText),
});

/** Sites with one router, `edge`, that is configured by hand. */
export const handSites = ["ipv4", "dual-stack", "direct"] as const;

export type HandSite = (typeof handSites)[number];

/** The plan of such a site with its router in this language. */
export function handPlan(site: HandSite, dialect?: Dialect): Plan {
    const file = readStackFile(readFileSync(join(FOLDER, "by-hand", `${site}.yaml`)));
    const { bgp } = file.document as { bgp: { routers: { edge: { byHand?: Dialect } } } };
    if (dialect !== undefined) bgp.routers.edge.byHand = dialect;
    const { plan, errors } = planFromStack(file.document, { stack: "hand", ...file });
    if (!plan) throw new Error(errors.map(findingText).join("\n"));
    return plan;
}
