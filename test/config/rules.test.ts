import assert from "node:assert/strict";
import { baseWith, families, judge, told } from "./fixtures";

describe("the rules of the stack config", () => {
    it("say nothing about the base of the fixtures", () => {
        assert.deepEqual(told(judge(baseWith())), { errors: [], warnings: [] });
    });

    for (const { name, cases } of families) {
        describe(name, () => {
            for (const { rule, set, valid, invalid, invalidStack, errors, warnings } of cases) {
                it(rule, () => {
                    const kept = judge(baseWith(set, valid));
                    assert.deepEqual(told(kept), { errors: [], warnings: [] });
                    assert.ok(kept.plan, "a stack without errors has a plan");

                    const broken = judge(baseWith(set, invalid), invalidStack);
                    assert.deepEqual(told(broken), {
                        errors: errors ?? [],
                        warnings: warnings ?? [],
                    });
                    assert.ok(errors ?? warnings, "the fixture says what is wrong");
                    assert.equal(broken.plan === undefined, errors !== undefined);
                });
            }
        });
    }
});
