import assert from "node:assert/strict";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { utils } from "ssh2";
import type { AgentResult } from "../../components/pfsense/agent";
import { foretoldText } from "../../components/pfsense/foretell";
import { observe } from "../../components/pfsense/observe";
import type { FirewallPlan } from "../../config/plan";
import { sitePlan } from "./plans";

const observed: AgentResult = {
    version: 1,
    action: "observe",
    outcome: "observed",
    message: "2 differences",
    problems: [],
    changes: ["neighbour 10.0.0.21 added", "prefix list home-in-v4 changed: row"],
    effect: "reload",
    resets: [],
    reason: "FRR takes the change over without resetting a session that stays",
};

describe("what a preview foretells of a firewall", () => {
    it("names the changes and what becomes of running sessions", () => {
        assert.deepEqual(foretoldText("fw-a", observed), {
            severity: "info",
            text: `fw-a, compared with what is wanted:
  neighbour 10.0.0.21 added
  prefix list home-in-v4 changed: row
  running sessions: FRR takes the change over without resetting a session that stays`,
        });
    });

    it("warns when sessions drop", () => {
        for (const effect of ["resets", "restart"] as const) {
            const { severity } = foretoldText("fw-a", { ...observed, effect, reason: "some drop" });
            assert.equal(severity, "warn");
        }
    });

    it("does not warn of sessions where pfSense keeps FRR stopped", () => {
        const host = { pfsense: "2.8.1", package: "2.0.2", frr: "", carp: "BACKUP" };
        const { severity, text } = foretoldText("fw-b", { ...observed, effect: "restart", host });
        assert.equal(severity, "info");
        assert.match(
            text,
            /\n {2}running sessions: none, this is the standby side of a CARP pair$/,
        );
    });

    it("cuts a long list and says by how much", () => {
        const changes = Array.from({ length: 500 }, (_, index) => `neighbour ${index} added`);
        const lines = foretoldText("fw-a", { ...observed, changes }).text.split("\n");
        assert.equal(lines.length, 15);
        assert.equal(lines[12], "  neighbour 11 added");
        assert.equal(lines[13], "  and 488 more");
    });

    it("counts what the firewall itself has cut from the list", () => {
        const changes = Array.from({ length: 100 }, (_, index) => `neighbour ${index} added`);
        const { text } = foretoldText("fw-a", { ...observed, changes, cut: { changes: 1000 } });
        assert.match(text, /\n {2}and 988 more\n/);
    });

    it("says what becomes of sessions of others", () => {
        const last = (result: Partial<AgentResult>) =>
            foretoldText("fw-a", { ...observed, ...result })
                .text.split("\n  ")
                .at(-1);
        assert.equal(
            last({ effect: "reload", others: ["10.0.0.1", "10.0.0.2"] }),
            "sessions of others, 10.0.0.1, 10.0.0.2: they stay",
        );
        const others = Array.from({ length: 8 }, (_, index) => `10.0.0.${index}`);
        assert.equal(
            last({ effect: "restart", others }),
            "sessions of others, 10.0.0.0, 10.0.0.1, 10.0.0.2, 10.0.0.3, 10.0.0.4, 10.0.0.5, 2 more: they drop too, and the change is taken back unless they return",
        );
        assert.match(last({ others: [] })!, /^running sessions: /);
    });

    it("warns of what the agent notes besides, also when there is nothing to change", () => {
        const notes = ["The floating rule is asked before."];
        assert.deepEqual(foretoldText("fw-a", { ...observed, changes: [], notes }), {
            severity: "warn",
            text: "fw-a is as wanted: nothing to change there.\n  The floating rule is asked before.",
        });
        const { severity, text } = foretoldText("fw-a", { ...observed, effect: "reload", notes });
        assert.deepEqual([severity, text.split("\n  ").at(-1)], ["warn", notes[0]]);
    });

    it("says so when there is nothing to change", () => {
        assert.deepEqual(foretoldText("fw-a", { ...observed, changes: [], effect: "none" }), {
            severity: "info",
            text: "fw-a is as wanted: nothing to change there.",
        });
    });

    it("warns with every reason for which the firewall would refuse", () => {
        const problems = ["Raw FRR configuration is in use.", "AS 64501 is not AS 64502."];
        const refusals = [
            { ...observed, problems },
            { ...observed, outcome: "refused" as const, problems, changes: [] },
        ];
        for (const result of refusals) {
            assert.deepEqual(foretoldText("fw-a", result), {
                severity: "warn",
                text: `fw-a would refuse this:\n  ${problems.join("\n  ")}`,
            });
        }
    });

    it("warns with the agent's sentence when it could not look", () => {
        const failed = { ...observed, outcome: "failed" as const, message: "the worker hung" };
        assert.deepEqual(foretoldText("fw-a", failed), {
            severity: "warn",
            text: "fw-a could not be asked what this would do to it: the worker hung.",
        });
    });
});

describe("a firewall that is asked before anything is done", () => {
    const { connection, wanted } = sitePlan.firewalls["fw-a"] as FirewallPlan;
    const dials: number[] = [];
    const server = createServer((socket) => {
        dials.push(Date.now());
        socket.destroy();
    });
    let port: number;
    before(async () => {
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        port = (server.address() as AddressInfo).port;
    });
    beforeEach(() => dials.splice(0));
    after(() => server.close());

    const key = { privateKey: utils.generateKeyPairSync("ecdsa", { bits: 256 }).private };
    const request = { version: 1, action: "apply", reason: "test", wanted, deadline: 120 } as const;
    const asked = (sshKey = key) =>
        observe("fw-a", { ...connection, host: "127.0.0.1", port }, sshKey, request);
    const answered = (result: AgentResult) =>
        observe("fw-a", connection, key, request, () =>
            Promise.resolve(`metallb-pfsense-result:1:${JSON.stringify(result)}`),
        );

    it("is told of and left alone when it hangs up: one dial", async () => {
        assert.deepEqual(await asked(), {
            told: {
                severity: "warn",
                text: "fw-a could not be asked what this would do to it: Connection lost before handshake.",
            },
            reached: false,
            review: {},
        });
        assert.equal(dials.length, 1);
    });

    it("is not dialled with a key that is none, which is not repeated", async () => {
        const { told } = await asked({ privateKey: "n0-key" });
        assert.equal(
            told.text,
            "fw-a could not be asked what this would do to it: Cannot parse privateKey: Unsupported key format.",
        );
        assert.deepEqual(dials, []);
    });

    it("is to be mended where it differs, by an apply whose name is new at every finding", async () => {
        const first = await answered({ ...observed, revision: "aaaa" });
        const again = await answered({ ...observed, revision: "bbbb" });
        assert.match(first.run!, /^[0-9a-f]{12}$/);
        assert.notEqual(first.run, again.run);
        assert.equal((await answered({ ...observed, revision: "aaaa" })).run, first.run);
    });

    it("is left with the apply that it knows where it is as wanted, or cannot say", async () => {
        const asWanted = { ...observed, changes: [] };
        const refused = { ...asWanted, outcome: "refused" as const, problems: ["no"] };
        for (const [result, known] of [
            [{ ...asWanted, run: "0123456789ab" }, "0123456789ab"],
            [{ ...asWanted, run: "" }, "again"],
            [refused, undefined],
        ] as const) {
            const { run, reached } = await answered(result);
            assert.deepEqual({ run, reached }, { run: known, reached: true });
        }
    });

    it("tells of sessions that are not this stack's", async () => {
        const others = ["192.168.33.250", "192.168.33.251"];
        assert.deepEqual((await answered({ ...observed, others })).others, others);
    });
});
