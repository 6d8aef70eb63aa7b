import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { tar, type TarEntry, tarSize } from "../../lab/artifacts/tar";
import { withScratch } from "./scratch";

const numRuns = Number(process.env.PROPERTY_RUNS ?? 10);

async function bytesOf(entries: readonly TarEntry[]): Promise<Buffer> {
    const pieces: Buffer[] = [];
    for await (const piece of tar(entries)) pieces.push(piece);
    return Buffer.concat(pieces);
}

describe("tar", () => {
    it("writes what the system's tar reads back, in the size it announced", async () => {
        const name = fc.stringMatching(/^[a-zA-Z0-9_.-]{1,90}$/).map((text) => `f${text}`);
        const content = fc.uint8Array({ maxLength: 2000 }).map((bytes) => Buffer.from(bytes));
        const files = fc.dictionary(name, content, {
            minKeys: 1,
            maxKeys: 5,
            noNullPrototype: true,
        });
        await fc.assert(
            fc.asyncProperty(files, (wanted) =>
                withScratch(async (directory) => {
                    const entries = Object.entries(wanted).map(([name, text]): TarEntry => ({
                        kind: "text",
                        name,
                        text,
                    }));
                    const bytes = await bytesOf(entries);
                    assert.equal(bytes.length, tarSize(entries));
                    execFileSync("tar", ["-x", "-C", directory], { input: bytes });
                    const read = Object.keys(wanted).map((name) => [
                        name,
                        readFileSync(join(directory, name)),
                    ]);
                    assert.deepEqual(Object.fromEntries(read), wanted);
                    const listed = execFileSync("tar", ["-t"], { input: bytes, encoding: "utf8" });
                    assert.equal(
                        listed,
                        Object.keys(wanted)
                            .map((name) => `${name}\n`)
                            .join(""),
                    );
                }),
            ),
            { numRuns },
        );
    });

    it("writes modes, folders and files of root from the epoch", async () => {
        await withScratch(async (directory) => {
            const path = join(directory, "program");
            writeFileSync(path, "#!/bin/true\n", { mode: 0o600 });
            const bytes = await bytesOf([
                { kind: "directory", name: "tmp", mode: 0o1777 },
                { kind: "directory", name: "usr" },
                { kind: "file", name: "usr/program", path, mode: 0o755 },
                { kind: "text", name: "note", text: "é" },
            ]);
            const listed = execFileSync("tar", ["-tv", "--numeric-owner", "--utc"], {
                input: bytes,
                encoding: "utf8",
            });
            assert.deepEqual(listed.trim().replaceAll(/ +/g, " ").split("\n"), [
                "drwxrwxrwt 0/0 0 1970-01-01 00:00 tmp/",
                "drwxr-xr-x 0/0 0 1970-01-01 00:00 usr/",
                "-rwxr-xr-x 0/0 12 1970-01-01 00:00 usr/program",
                "-rw-r--r-- 0/0 2 1970-01-01 00:00 note",
            ]);
        });
    });

    it("refuses a name that does not fit", async () => {
        const name = "x".repeat(101);
        await assert.rejects(bytesOf([{ kind: "text", name, text: "" }]), {
            name: "RangeError",
            message: `too long for a tar header: ${name}`,
        });
    });

    it("gives the same bytes for the same files wherever and whenever they were made", async () => {
        await withScratch(async (directory) => {
            const archives = await Promise.all(
                ["a", "b"].map((folder) => {
                    mkdirSync(join(directory, folder));
                    const path = join(directory, folder, "file");
                    writeFileSync(path, "same", { mode: folder === "a" ? 0o600 : 0o644 });
                    return bytesOf([{ kind: "file", name: "file", path }]);
                }),
            );
            assert.deepEqual(archives[0], archives[1]);
        });
    });
});
