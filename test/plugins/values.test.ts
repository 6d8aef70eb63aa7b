import assert from "node:assert/strict";
import fc from "fast-check";
import { differences, propertyPath } from "../../lab/plugins/diff";
import { numRuns, properties } from "./arbitraries";
import { makeSecret, strip, type Value } from "../../lab/plugins/values";

describe("property values of the stand-in plugins", () => {
    it("keep what is inside a secret", () => {
        fc.assert(
            fc.property(properties, (value) => {
                const wrapped = Object.fromEntries(
                    Object.entries(value).map(([key, item]) => [key, makeSecret(item)]),
                );
                assert.deepEqual(strip(wrapped), strip(value));
            }),
            { numRuns },
        );
    });
});

describe("differences for the engine", () => {
    it("name every changed place, down to list items", () => {
        const olds: Value = { same: 1, gone: 2, deep: { list: [1, { x: "a" }, 3] }, type: "text" };
        const news: Value = { same: 1, more: 2, deep: { list: [1, { x: "b" }] }, type: ["text"] };
        const found = differences(olds, news).map((it) => [propertyPath(it.path), it.change]);
        assert.deepEqual(found, [
            ["gone", "delete"],
            ["deep.list[1].x", "update"],
            ["deep.list[2]", "delete"],
            ["type", "update"],
            ["more", "add"],
        ]);
    });

    it("do not look into secrets", () => {
        const olds = { connection: makeSecret({ host: "a", port: 22 }), same: makeSecret("x") };
        const news = { connection: makeSecret({ host: "a", port: 23 }), same: "x" };
        assert.deepEqual(differences(olds, news), [{ path: ["connection"], change: "update" }]);
    });

    it("are none between equals, and one per side when everything is exchanged", () => {
        fc.assert(
            fc.property(properties, (value) => {
                assert.deepEqual(differences(value, structuredClone(value)), []);
                const keys = Object.keys(value);
                const gone = differences(value, {}).map(({ path, change }) => [path, change]);
                assert.deepEqual(
                    gone,
                    keys.map((key) => [[key], "delete"]),
                );
            }),
            { numRuns },
        );
    });

    it("quote keys that hold dots", () => {
        assert.equal(propertyPath(["a", "b.c/d", 0, "e"]), 'a["b.c/d"][0].e');
    });
});
