import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { cached, cacheRoot, keyOf } from "../../lab/artifacts/cache";
import { withScratch } from "./scratch";

describe("cache", () => {
    const outer = process.env.XDG_CACHE_HOME;
    afterEach(() => {
        if (outer === undefined) delete process.env.XDG_CACHE_HOME;
        else process.env.XDG_CACHE_HOME = outer;
    });

    /** Runs `use` with an empty cache and the folder its entries of kind `things` are in. */
    const withCache = (use: (shelf: string) => Promise<void>) =>
        withScratch((directory) => {
            process.env.XDG_CACHE_HOME = directory;
            return use(join(directory, "metallb-pfsense", "things"));
        });
    const write = (text: string) => (directory: string) =>
        writeFileSync(join(directory, "file"), text);

    it("is where XDG says, by default under the home folder", () => {
        process.env.XDG_CACHE_HOME = "/somewhere";
        assert.equal(cacheRoot(), "/somewhere/metallb-pfsense");
        process.env.XDG_CACHE_HOME = "relative, which the XDG specification says to ignore";
        assert.equal(cacheRoot(), join(homedir(), ".cache/metallb-pfsense"));
    });

    it("makes a thing once", () =>
        withCache(async (shelf) => {
            const path = join(shelf, "a");
            assert.deepEqual(await cached("things", "a", write("1")), { path, fresh: true });
            assert.deepEqual(await cached("things", "a", write("2")), { path, fresh: false });
            assert.equal(readFileSync(join(path, "file"), "utf8"), "1");
        }));

    it("keeps nothing of a thing that could not be made", () =>
        withCache(async (shelf) => {
            const fail = (directory: string) => {
                write("half")(directory);
                throw new Error("disk full");
            };
            await assert.rejects(cached("things", "a", fail), { message: "disk full" });
            assert.deepEqual(readdirSync(shelf), []);
        }));

    it("gives two makers at once the same whole thing", () =>
        withCache(async (shelf) => {
            let waiting = 0;
            let release = () => {};
            const both = new Promise<void>((resolve) => (release = resolve));
            const make = async (directory: string) => {
                if (++waiting === 2) release();
                await both;
                write("whole")(directory);
            };
            const hits = await Promise.all([1, 2].map(() => cached("things", "a", make)));
            const path = join(shelf, "a");
            assert.deepEqual(
                hits.map((hit) => hit.path),
                [path, path],
            );
            assert.deepEqual(readdirSync(shelf), ["a"]);
            assert.equal(readFileSync(join(path, "file"), "utf8"), "whole");
        }));

    it("drops what was not used for 30 days when it grows", () =>
        withCache(async (shelf) => {
            const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000);
            for (const [name, days] of Object.entries({ used: 40, recent: 29, old: 31 })) {
                mkdirSync(join(shelf, name), { recursive: true });
                utimesSync(join(shelf, name), daysAgo(days), daysAgo(days));
            }
            await cached("things", "used", () => assert.fail("it is there"));
            await cached("things", "new", write("1"));
            assert.deepEqual(readdirSync(shelf).sort(), ["new", "recent", "used"]);
        }));

    it("has keys that tell apart where one text ends and the next begins", () => {
        assert.equal(keyOf("a", "b"), keyOf("a", Buffer.from("b")));
        assert.notEqual(keyOf("ab", "c"), keyOf("a", "bc"));
    });
});
