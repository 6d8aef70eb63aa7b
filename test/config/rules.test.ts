import assert from "node:assert/strict";
import { baseWith, families, judge, told } from "./fixtures";

const nothing = { errors: [], warnings: [], todo: [] };

describe("the rules of the stack config", () => {
    it("say nothing about the base of the fixtures", () => {
        assert.deepEqual(told(judge(baseWith())), nothing);
    });

    for (const { name, cases } of families) {
        describe(name, () => {
            for (const { rule, set, valid, invalid, invalidStack, ...said } of cases) {
                it(rule, () => {
                    const kept = judge(baseWith(set, valid));
                    assert.deepEqual(told(kept), nothing);
                    assert.ok(kept.plan, "a stack without errors has a plan");

                    const broken = judge(baseWith(set, invalid), invalidStack);
                    assert.deepEqual(told(broken), { ...nothing, ...said });
                    assert.ok(Object.keys(said).length > 0, "the fixture says what is wrong");
                    assert.equal(broken.plan === undefined, said.errors !== undefined);
                });
            }
        });
    }
});
