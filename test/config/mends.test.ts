import assert from "node:assert/strict";
import fc from "fast-check";
import { findingText, type Finding } from "../../config/findings";
import { baseWith, families, judge } from "./fixtures";

type Group = Record<string, unknown>;

/** What a person would do who believes a message: the value, or the key, that was meant. */
function mended(document: Group, { path, reason }: Finding): boolean {
    const [, typed, key] =
        /^unknown (?:key|field) `([^`]+)`.*; did you mean `([^`]+)`\?$/.exec(reason) ?? [];
    if (typed !== undefined && key !== undefined) {
        const holder = at(document, path === "stack config" ? [] : parts(path)) as
            Group | undefined;
        if (!holder || !Object.hasOwn(holder, typed) || Object.hasOwn(holder, key)) return false;
        holder[key] = holder[typed];
        return delete holder[typed];
    }
    const [, meant] = /; did you mean `?([^`?]+)`?\?$/.exec(reason) ?? [];
    if (meant === undefined) return false;
    const all = parts(path);
    const holder = at(document, all.slice(0, -1)) as Group | undefined;
    const last = all.at(-1)!;
    if (!holder || typeof holder[last] !== "string" || holder[last] === meant) return false;
    holder[last] = meant;
    return true;
}

/** The keys of a path as a message has it: `bgp.routers["a.b"].asn`, `addresses[0]`. */
const parts = (path: string): string[] =>
    [...path.matchAll(/\["([^"]+)"\]|\[(\d+)\]|([^.[\]]+)/g)].map(
        ([, quoted, index, plain]) => (quoted ?? index ?? plain)!,
    );

const at = (document: unknown, path: readonly string[]): unknown =>
    path.reduce<unknown>((value, key) => (value as Group | undefined)?.[key], document);

/** Follows mends until a round has none: what is left, of which document. */
function follow(start: Group): { readonly left: readonly Finding[]; readonly document: Group } {
    const document = structuredClone(start);
    for (let round = 0; round < 12; round++) {
        const { errors } = judge(document);
        const steps = errors.map((error) => mended(document, error));
        if (!steps.includes(true)) return { left: errors, document };
    }
    throw new Error("the mends go round in a circle");
}

describe("a mend", () => {
    for (const { name, cases } of families) {
        it(`${name}: leads to nothing that has to be mended again`, () => {
            for (const { rule, set, invalid } of cases) {
                const before = judge(baseWith(set, invalid)).errors;
                const { left } = follow(baseWith(set, invalid));
                assert.ok(left.length <= before.length, `${rule}: ${left.map(findingText).join()}`);
                for (const { reason } of left) {
                    const old = before.some((one) => one.reason === reason);
                    assert.ok(old || !reason.includes("did you mean"), `${rule}: ${reason}`);
                }
            }
        });
    }

    it("of a misspelt key leads back to what was meant", () => {
        const groups = [
            ["metallb"],
            ["bgp"],
            ["bgp", "routers", "fw-a"],
            ["bgp", "routers", "fw-a", "pfsense"],
        ];
        const typo = fc.tuple(fc.constantFrom(...groups), fc.nat(20), fc.nat(20));
        const plan = JSON.stringify(judge(baseWith()).plan);
        fc.assert(
            fc.property(typo, ([path, which, where]) => {
                const stack = baseWith();
                const group = at(stack, path) as Group;
                const keys = Object.keys(group).filter((key) => key.length > 4);
                const key = keys[which % keys.length]!;
                const place = where % (key.length - 1);
                const swapped =
                    key.slice(0, place) + key[place + 1] + key[place] + key.slice(place + 2);
                fc.pre(swapped !== key);
                group[swapped] = group[key];
                delete group[key];
                const { left, document } = follow(stack);
                assert.deepEqual(left, []);
                assert.equal(JSON.stringify(judge(document).plan), plan);
            }),
        );
    });
});
