import assert from "node:assert/strict";
import fc from "fast-check";
import {
    type AddressRange,
    coverOf,
    type Family,
    formatPrefix,
    formatRange,
    intersection,
    mergeRanges,
    parsePrefix,
    parseRange,
    rangeOf,
    sizeOf,
    widen,
} from "../../config/addresses";
import { runs } from "./arbitrary";

const highest = (family: Family) => (family === "ipv4" ? 2n ** 32n : 2n ** 128n) - 1n;

const range = (family: Family): fc.Arbitrary<AddressRange> =>
    fc
        .tuple(
            fc.bigInt({ min: 0n, max: highest(family) }),
            fc.oneof(
                fc.bigInt({ min: 0n, max: 5000n }),
                fc.bigInt({ min: 0n, max: highest(family) }),
            ),
        )
        .map(([first, size]) => {
            const last = first + size;
            return { family, first, last: last > highest(family) ? highest(family) : last };
        });

describe("address arithmetic", () => {
    for (const family of ["ipv4", "ipv6"] as const) {
        it(`covers a range exactly with the fewest prefixes, ${family}`, () => {
            fc.assert(
                fc.property(range(family), (wanted) => {
                    const cover = coverOf(wanted);
                    let next = wanted.first;
                    for (const prefix of cover) {
                        assert.equal(prefix.network, next, "begins where the one before ended");
                        assert.deepEqual(parsePrefix(formatPrefix(prefix)), prefix);
                        next = rangeOf(prefix).last + 1n;
                    }
                    assert.equal(next, wanted.last + 1n);
                    // Two neighbours of one length that share a parent would be one prefix too many.
                    for (const [index, prefix] of cover.entries()) {
                        const after = cover[index + 1];
                        if (after?.length !== prefix.length) continue;
                        const parent = widen(rangeOf(prefix), prefix.length - 1);
                        assert.ok(parent.last < rangeOf(after).first + sizeOf(rangeOf(after)) - 1n);
                    }
                }),
                runs(family === "ipv4" ? 200 : 40),
            );
        });

        it(`reads its own print-out, ${family}`, () => {
            fc.assert(
                fc.property(range(family), (wanted) => {
                    fc.pre(wanted.first !== wanted.last);
                    assert.deepEqual(parseRange(formatRange(wanted)), wanted);
                }),
                runs(100),
            );
        });

        it(`merges ranges without losing or adding an address, ${family}`, () => {
            const near = fc
                .tuple(fc.bigInt({ min: 0n, max: 60n }), fc.bigInt({ min: 0n, max: 9n }))
                .map(([first, more]) => ({ family, first, last: first + more }));
            fc.assert(
                fc.property(fc.array(near, { maxLength: 8 }), (all) => {
                    const merged = mergeRanges(all);
                    for (let value = 0n; value < 80n; value++) {
                        const point = { family, first: value, last: value };
                        const within = (one: AddressRange) =>
                            intersection(one, point) !== undefined;
                        assert.equal(merged.filter(within).length, all.some(within) ? 1 : 0);
                    }
                    for (const [index, one] of merged.entries()) {
                        const after = merged[index + 1];
                        assert.ok(!after || after.first > one.last + 1n);
                    }
                }),
                runs(100),
            );
        });
    }

    it("prints IPv6 in the short form of RFC 5952", () => {
        assert.equal(
            formatRange(parseRange("2001:0DB8:0:0:0:0:0:1-2001:db8::f")),
            "2001:db8::1-2001:db8::f",
        );
        assert.deepEqual(coverOf(parseRange("10.0.0.255-10.0.1.2")).map(formatPrefix), [
            "10.0.0.255/32",
            "10.0.1.0/31",
            "10.0.1.2/32",
        ]);
    });
});
