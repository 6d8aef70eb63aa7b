import assert from "node:assert/strict";
import fc from "fast-check";
import { type PoolNow, poolMove, type PoolWanted, type ServiceNow } from "../../config/pool-moves";

const now = (name: string, ...addresses: string[]): PoolNow => ({ name, addresses, ours: true });
const wanted = (...addresses: string[]): PoolWanted => ({ addresses, namespaces: [] });
const web: ServiceNow = { namespace: "demo", name: "web", addresses: ["10.0.0.200"] };

describe("moves between pools", () => {
    const upper = "10.0.0.128/25";

    it("are none where no address changes its pool", () => {
        const pools = [now("a", "10.0.0.0/24"), now("b", "10.1.0.0/24")];
        const same = { a: wanted("10.0.0.0-10.0.0.255"), b: wanted("10.1.0.0/23") };
        assert.deepEqual(poolMove(pools, same, [web]), {
            letGo: {},
            takers: {},
            affected: [],
            problems: [],
        });
    });

    for (const [from, to] of [
        ["a", "b"],
        ["b", "a"],
    ] as const) {
        it(`let half of ${from} go to the new pool ${to}: the service keeps its address`, () => {
            const halves = { [from]: wanted("10.0.0.0/25"), [to]: wanted(upper) };
            assert.deepEqual(poolMove([now(from, "10.0.0.0/24")], halves, [web]), {
                letGo: { [from]: ["10.0.0.0-10.0.0.127"] },
                takers: { [from]: [to] },
                affected: [{ service: web, address: "10.0.0.200", from, to }],
                problems: [],
            });
        });
    }

    it("let a renamed pool go altogether", () => {
        assert.deepEqual(poolMove([now("a", upper)], { z: wanted(upper) }, [web]), {
            letGo: { a: [] },
            takers: { a: ["z"] },
            affected: [{ service: web, address: "10.0.0.200", from: "a", to: "z" }],
            problems: [],
        });
    });

    it("leave one address as a range, which MetalLB takes", () => {
        const { letGo } = poolMove(
            [now("a", "10.0.0.0/31")],
            { a: wanted("10.0.0.0/32"), b: wanted("10.0.0.1/32") },
            [],
        );
        assert.deepEqual(letGo, { a: ["10.0.0.0-10.0.0.0"] });
    });

    it("shift ranges along a chain of pools", () => {
        const { letGo, takers, problems } = poolMove(
            [now("a", "10.0.0.0/24"), now("b", "10.0.1.0/24")],
            { a: wanted("10.0.3.0/24"), b: wanted("10.0.0.0/24"), c: wanted("10.0.1.0/24") },
            [],
        );
        assert.deepEqual(problems, []);
        assert.deepEqual(takers, { a: ["b"], b: ["c"] });
        assert.deepEqual(Object.entries(letGo), [
            ["a", ["10.0.3.0-10.0.3.255"]],
            ["b", ["10.0.0.0-10.0.0.255"]],
        ]);
    });

    it("name a service that loses its address, or may not have it in the other pool", () => {
        const pool = now("a", "10.0.0.0/24");
        const lost = { service: web, address: "10.0.0.200", from: "a" };
        assert.deepEqual(poolMove([pool], { a: wanted("10.0.0.0/25") }, [web]).affected, [lost]);
        const halves = { a: wanted("10.0.0.0/25"), b: wanted(upper) };
        const asking = { ...web, asksFor: "a" };
        assert.deepEqual(poolMove([pool], halves, [asking]).affected, [
            { ...lost, service: asking },
        ]);
        const others = { ...halves, b: { addresses: [upper], namespaces: ["prod"] } };
        assert.deepEqual(poolMove([pool], others, [web]).affected, [lost]);
        const demo = { ...halves, b: { addresses: [upper], namespaces: ["demo"] } };
        assert.deepEqual(poolMove([pool], demo, [web]).affected, [{ ...lost, to: "b" }]);
    });

    it("are refused where two pools swap, or the pool is somebody else's", () => {
        const swap = poolMove(
            [now("a", "10.0.0.0/24"), now("b", "10.0.1.0/24")],
            { a: wanted("10.0.1.0/24"), b: wanted("10.0.0.0/24") },
            [],
        );
        assert.deepEqual(
            swap.problems.map((text) => text.split(" gives ")[0]),
            ["The pool a", "The pool b"],
        );
        const foreign = poolMove([{ ...now("x", upper), ours: false }], { a: wanted(upper) }, [
            web,
        ]);
        assert.deepEqual(foreign, {
            letGo: {},
            takers: {},
            affected: [],
            problems: [
                "The pool x in the cluster, which this program has not made, has addresses of a: delete it, or take other addresses.",
            ],
        });
    });

    const pieces = ["10.0.0.0/26", "10.0.0.64/26", "10.0.0.128/26", "10.0.0.192/26"] as const;
    /** Every piece belongs to one pool or to none. */
    const layout = fc.tuple(...pieces.map(() => fc.constantFrom(undefined, "a", "b", "c")));
    const poolsOf = (owners: readonly (string | undefined)[]) => {
        const pools: Record<string, string[]> = {};
        owners.forEach((owner, index) => {
            if (owner) (pools[owner] ??= []).push(pieces[index]!);
        });
        return pools;
    };

    it("let no two pools have one address at any moment, whatever the pools were", () => {
        fc.assert(
            fc.property(layout, layout, (before, after) => {
                const present = Object.entries(poolsOf(before));
                const planned = poolsOf(after);
                const { letGo, problems } = poolMove(
                    present.map(([name, addresses]) => now(name, ...addresses)),
                    Object.fromEntries(
                        Object.entries(planned).map(([name, addresses]) => [
                            name,
                            wanted(...addresses),
                        ]),
                    ),
                    [],
                );
                if (problems.length > 0) return;
                const state = new Map(present);
                const set = (name: string, addresses: readonly string[]) => {
                    if (addresses.length > 0) state.set(name, [...addresses]);
                    else state.delete(name);
                    const others = [...state].filter(([other]) => other !== name);
                    const { letGo: overlaps, problems: swaps } = poolMove(
                        others.map(([other, its]) => now(other, ...its)),
                        { [name]: wanted(...(addresses.length > 0 ? addresses : ["10.9.9.9/32"])) },
                        [],
                    );
                    assert.deepEqual([overlaps, swaps], [{}, []]);
                };
                for (const [name, addresses] of Object.entries(letGo)) set(name, addresses);
                for (const [name, addresses] of Object.entries(planned)) set(name, addresses);
            }),
            { numRuns: 2000 },
        );
    });
});
