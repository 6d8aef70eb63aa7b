import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync, existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lock } from "../../lab/state";

describe("the lab's lock", () => {
    let state: string;
    beforeEach(() => {
        state = join(mkdtempSync(join(tmpdir(), "lab-")), "state");
    });
    afterEach(() => rmSync(join(state, ".."), { recursive: true }));

    it("is held until it is given back", () => {
        const unlock = lock(state);
        assert.equal(readFileSync(`${state}.lock`, "utf8"), String(process.pid));
        unlock();
        assert.equal(existsSync(`${state}.lock`), false);
    });

    it("refuses while another process holds it, and names that process", () => {
        writeFileSync(`${state}.lock`, "1");
        const message = `another run of the lab (process 1) is at work on ${state}: wait for it`;
        assert.throws(() => lock(state), { message });
    });

    it("is taken over from a process that has ended", () => {
        writeFileSync(`${state}.lock`, "4194305");
        lock(state)();
        assert.equal(existsSync(`${state}.lock`), false);
    });
});
