import assert from "node:assert/strict";
import type { Registration } from "../components/recorder";
import { judge } from "./judge";
import { planOf, resourcesOf } from "./made";

/** The recipe's resources with one thing spoiled, and everything that is said about them. */
export interface Spoiled {
    readonly what: string;
    readonly spoil: (all: Registration[]) => void;
    /** In any order; empty: that much is allowed. */
    readonly said: readonly string[];
}

export type Group = Record<string, unknown>;

/** A group among the inputs of the first resource of this name, or name and end of its type. */
export function inputs(all: readonly Registration[], name: string, ...path: string[]): Group {
    const [called = name, type = ""] = name.split(" of ");
    const found = all.find((one) => one.name === called && one.type.endsWith(type));
    assert.ok(found, name);
    return path.reduce<Group>((group, key) => group[key] as Group, found.inputs);
}

export const set = (group: Group, key: string, value: unknown): void => void (group[key] = value);

/** One test a case. */
export function testSpoiled(cases: readonly Spoiled[]): void {
    let recipe: readonly Registration[];
    before(async () => {
        recipe = await resourcesOf(planOf("recipe"));
    });
    for (const { what, spoil, said } of cases) {
        it(`says ${said.length === 0 ? "nothing" : "what to do"} about ${what}`, async () => {
            const all = structuredClone(recipe) as Registration[];
            spoil(all);
            assert.deepEqual(await judge(all), [...said].sort());
        });
    }
}
