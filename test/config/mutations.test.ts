import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { planFromStack } from "../../config/stack";
import { readStackFile } from "../../config/stack-file";
import { runs } from "./arbitrary";

const EXAMPLES = join(__dirname, "..", "..", "examples");
const texts = readdirSync(EXAMPLES)
    .filter((file) => file.endsWith(".yaml"))
    .map((file) => readFileSync(join(EXAMPLES, file), "utf8"));

/** Words with a meaning to JavaScript, YAML or the schema, where a plain text would stand. */
const word = fc.constantFrom(
    "__proto__",
    "constructor",
    "toString",
    "hasOwnProperty",
    "length",
    "",
    "0",
    "-",
    "/",
    "10.0.0.0/8-10.0.0.1",
    "::",
    "0.0.0.0/0",
    "::/0",
    "no-export",
    "large:::",
    "fw-a",
    "secure",
);

const anything = fc.oneof(
    word,
    fc.jsonValue({ maxDepth: 2 }),
    fc.integer(),
    fc.constant(null),
    fc.constant([]),
    fc.constant({}),
    fc.constant({ secure: "x" }),
);

interface Step {
    readonly picks: readonly number[];
    readonly what: "replace" | "remove" | "rename" | "copy";
    readonly name: string;
    readonly value: unknown;
}

const step: fc.Arbitrary<Step> = fc.record({
    picks: fc.array(fc.nat(20), { minLength: 1, maxLength: 8 }),
    what: fc.constantFrom("replace", "remove", "rename", "copy"),
    name: fc.oneof(word, fc.string({ maxLength: 70 })),
    value: anything,
});

type Group = Record<string, unknown>;

/** Walks down by the picks and changes what stands there. */
function mutate(document: Group, { picks, what, name, value }: Step): void {
    let holder: Group | unknown[] = document;
    for (const [index, pick] of picks.entries()) {
        const keys = Object.keys(holder);
        if (keys.length === 0) return;
        const key = keys[pick % keys.length]!;
        const inner: unknown = (holder as Group)[key];
        if (index < picks.length - 1 && typeof inner === "object" && inner !== null) {
            holder = inner as Group | unknown[];
            continue;
        }
        const group = holder as Group;
        if (what === "replace") group[key] = value;
        if (Array.isArray(holder)) {
            if (what === "remove") holder.splice(Number(key), 1);
            else if (what === "replace") holder[Number(key)] = value;
            return;
        }
        if (what === "copy" || what === "rename") {
            Object.defineProperty(group, name, {
                value: inner,
                enumerable: true,
                configurable: true,
                writable: true,
            });
        }
        if (what === "remove" || (what === "rename" && name !== key)) delete group[key];
        return;
    }
}

/** Exactly one of plan and errors, and every finding in words. */
function judged(document: unknown, secretKeys: readonly string[]): void {
    const { plan, errors, warnings } = planFromStack(document, { stack: "prod", secretKeys });
    assert.equal(plan === undefined, errors.length > 0);
    for (const { path, reason } of [...errors, ...warnings]) {
        assert.ok(path.length > 0 && reason.length > 0);
        assert.doesNotMatch(reason, /\[object|undefined|NaN/);
    }
}

describe("whatever stands in a stack file, the answer is a plan or config errors", () => {
    it("with values changed, removed, renamed and copied", () => {
        let refused = 0;
        const { numRuns } = runs(150);
        fc.assert(
            fc.property(
                fc.constantFrom(...texts),
                fc.array(step, { minLength: 1, maxLength: 3 }),
                (text, steps) => {
                    const { document } = readStackFile(Buffer.from(text));
                    // A value put into itself would be a circle, which no file can hold.
                    for (const one of steps) mutate(document, structuredClone(one));
                    const secretKeys = ["bgpPassword", "sshKey", "sshKey-fw-a", "sshKey-fw-b"];
                    judged(document, secretKeys);
                    if (!planFromStack(document, { stack: "prod", secretKeys }).plan) refused++;
                },
            ),
            { numRuns },
        );
        assert.ok(refused > numRuns / 10, `only ${refused} of ${numRuns} were refused`);
    });

    it("with letters of the file changed", () => {
        const edit = fc.record({
            at: fc.nat(5000),
            cut: fc.nat(3),
            put: fc.oneof(
                fc.string({ maxLength: 3 }),
                fc.constantFrom("\n", ":", "[", "}", "&a", "*a"),
            ),
        });
        fc.assert(
            fc.property(
                fc.constantFrom(...texts),
                fc.array(edit, { minLength: 1, maxLength: 4 }),
                (text, edits) => {
                    const changed = edits.reduce((now, { at, cut, put }) => {
                        const from = at % now.length;
                        return now.slice(0, from) + put + now.slice(from + cut);
                    }, text);
                    const { document, secretKeys, problems } = readStackFile(Buffer.from(changed));
                    if (problems.length === 0) judged(document, secretKeys);
                },
            ),
            runs(80),
        );
    });

    it("with no group at all", () => {
        fc.assert(
            fc.property(fc.oneof(fc.jsonValue(), fc.constant(undefined)), (document) => {
                judged(document, []);
            }),
            runs(100),
        );
    });
});
