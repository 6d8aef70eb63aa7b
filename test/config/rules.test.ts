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

    it("warns about a firewall's filter of more than 10,000 rules, and not of as many", () => {
        // Fourteen rules each.
        const odd = (count: number) =>
            Array.from({ length: count }, (_, index) => {
                const block = `172.${16 + Math.floor(index / 250)}.${index % 250}`;
                return `${block}.1-${block}.254`;
            });
        const filter = (addresses: readonly string[]) =>
            told(judge(baseWith({ "metallb.pools.public.addresses": addresses })));
        assert.deepEqual(
            filter([
                ...odd(714),
                "172.20.0.0/29",
                "172.20.0.16/29",
                "172.20.0.32/29",
                "172.20.0.48/29",
            ]),
            nothing,
        );
        assert.deepEqual(filter(odd(715)), {
            ...nothing,
            warnings: [
                "bgp.routers.fw-a: its inbound filter has 10010 rules (also fw-b): more than 10000 are slow to write and to load; give the pools ranges that are whole prefixes (10.0.0.0/24 is one rule, 10.0.0.1-10.0.0.254 is 14), or name with `peers` who hears which pool",
            ],
        });
    });
});
