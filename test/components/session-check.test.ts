import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import type { AgentRequest, AgentSession } from "../../components/pfsense/agent";
import type { PfSenseBgp, Said } from "../../components/pfsense";
import { SessionCheck } from "../../components/sessions";
import { nextSteps, sessionsTable } from "../../components/sessions/table";
import type { Plan } from "../../config/plan";
import { sitePlan } from "./plans";
import { record, type RecordOptions } from "./recorder";

/** Stands for a resource of another component. */
class Other extends pulumi.CustomResource {
    constructor(
        name: string,
        readonly said = pulumi.output<Said | undefined>({ message: "changed", changes: [] }),
    ) {
        super("test:index:Other", name);
    }
}

const sessionsOf = (state: string): AgentSession[] =>
    ["192.168.33.22", "192.168.33.21"].map((neighbour, index) => ({
        neighbour,
        description: "",
        state,
        uptime: 7,
        prefixesAccepted: 2 - index,
        prefixesSent: 0,
    }));

const said = (state: string) => {
    const outcome = state === "Established" ? "established" : "failed";
    const message = outcome === "failed" ? "2 of 2 sessions are not ready" : "all 2 sessions";
    const seen = { sessions: sessionsOf(state), others: ["192.168.33.250"] };
    const result = { version: 1, action: "check", outcome, message, ...seen };
    return `hello\nmetallb-pfsense-result:1:${JSON.stringify(result)}`;
};

/** An answer with so many prefixes of wn2 and wn1. */
const carrying = (wn2: number, wn1: number, state = "Established") => {
    const sessions = sessionsOf("Established").map((session) =>
        session.neighbour.endsWith("22")
            ? { ...session, state, prefixesAccepted: wn2 }
            : { ...session, prefixesAccepted: wn1 },
    );
    const outcome = state === "Established" ? "established" : "failed";
    const result = { version: 1, action: "check", outcome, message: "some words", sessions };
    return `metallb-pfsense-result:1:${JSON.stringify(result)}`;
};

interface Asked extends AgentRequest {
    readonly host: string;
    readonly key: string;
}

interface Site {
    readonly plan?: Plan;
    readonly reached?: readonly string[];
    /** State of every session before the run. */
    readonly before?: string;
    /** What the agent's last run on both firewalls has said. */
    readonly said?: Partial<Said> | "nothing";
    /** Neighbours of others with a session before the run. */
    readonly others?: readonly string[];
    /** No session is there yet, so that all firewalls are made before the first is proven. */
    readonly first?: boolean;
}

/** Runs a check with firewalls that answer by their address. */
async function check(
    answers: Readonly<Record<string, string | ((request: AgentRequest) => string)>> = {},
    { plan = sitePlan, before = "Idle", reached = ["fw-a", "fw-b"], ...site }: Site = {},
    options?: RecordOptions,
) {
    const { said: last, others, first } = site;
    const asked: Asked[] = [];
    const passed: string[] = [];
    const taken: Record<string, boolean> = {};
    const proofs: (() => Promise<void>)[] = [];
    let table: string[] = [];
    let failure: Error | undefined;
    const { warnings } = await record(async () => {
        const sessions = new SessionCheck("sessions", {
            plan,
            secrets: { outputs: {}, reveal: (name) => `the ${name}` },
            observations: Object.fromEntries(
                ["fw-a", "fw-b"].map((router) => [
                    router,
                    {
                        told: { severity: "info" as const, text: "" },
                        reached: reached.includes(router),
                        review: {},
                        sessions: sessionsOf(before),
                        ...(others && { others }),
                    },
                ]),
            ),
            ask: (connection, key, script) => {
                const base64 = /payload = '([^']*)'/.exec(script)?.[1] ?? "";
                const request = JSON.parse(
                    Buffer.from(base64, "base64").toString(),
                ) as AgentRequest;
                asked.push({ ...request, host: connection.host, key: key.privateKey! });
                const answer = answers[connection.host] ?? "Established";
                if (typeof answer === "function") return Promise.resolve(answer(request));
                if (answer === "silent") return Promise.reject(new Error("it is silent"));
                return Promise.resolve(said(answer));
            },
        });
        try {
            for (const router of ["fw-a", "fw-b"]) {
                const said = last === "nothing" ? undefined : { message: "", changes: [], ...last };
                const firewall = new Other(router, pulumi.output(said));
                const peers = [new Other(`peer-${router}`)];
                const made = firewall as unknown as PfSenseBgp;
                const proof = () => sessions.prove(router, made, peers);
                if (first) taken[router] = await sessions.taken(router, made);
                if (first) proofs.push(proof);
                else await proof();
                passed.push(router);
            }
            if (first) assert.deepEqual(asked, []);
            for (const proof of proofs) await proof();
            table = await sessions.conclude([new Other("pool")]);
        } catch (error) {
            failure = error as Error;
        }
    }, options);
    return { asked, passed, taken, table, failure, warnings };
}

const [fwA, fwB] = ["192.168.33.2", "192.168.33.4"];

describe("SessionCheck", () => {
    it("asks every firewall when its ends are made, and all of them again at the end", async () => {
        const plan = { ...sitePlan, check: { ...sitePlan.check, prefixes: 3 } };
        const { table, asked, passed } = await check({}, { plan });
        assert.equal(table.length, 5);
        assert.deepEqual(
            asked.map(({ host, prefixes }) => [host, prefixes]),
            [
                [fwA, 0],
                [fwB, 0],
                [fwA, 3],
                [fwB, 3],
            ],
        );
        assert.deepEqual(passed, ["fw-a", "fw-b"]);
    });

    it("asks for what the plan wants, with the firewall's own key and no password", async () => {
        const { asked } = await check();
        const { host, key, ...request } = asked.at(-1)!;
        assert.deepEqual([host, key], [fwB, "the sshKey"]);
        assert.deepEqual(request, {
            version: 1,
            action: "check",
            reason: "session check of home",
            wanted: sitePlan.firewalls["fw-b"]?.wanted,
            deadline: 90,
            prefixes: 0,
        });
    });

    it("shows what the firewalls say, in the order of the plan", async () => {
        const { table } = await check();
        assert.deepEqual(table, [
            "router  its end               node  its end                state        prefixes",
            "fw-a    192.168.33.2 AS64501  wn1   192.168.33.21 AS64500  Established  1",
            "fw-a    192.168.33.2 AS64501  wn2   192.168.33.22 AS64500  Established  2",
            "fw-b    192.168.33.4 AS64501  wn1   192.168.33.21 AS64500  Established  1",
            "fw-b    192.168.33.4 AS64501  wn2   192.168.33.22 AS64500  Established  2",
        ]);
    });

    it("shows in a preview what was seen before, and asks nobody again", async () => {
        const { table, asked } = await check({}, {}, { preview: true });
        assert.equal(table.filter((line) => line.includes("  Idle ")).length, 4);
        assert.deepEqual(asked, []);
    });

    it("ends the run with the firewall's own words, before the next one is touched", async () => {
        const { failure, passed, asked } = await check({ [fwA]: "Active" });
        assert.ok(pulumi.RunError.isInstance(failure));
        assert.match(failure.message, /^fw-a: 2 of 2 sessions are not ready\n\nrouter /);
        assert.match(failure.message, /fw-a .* Active/);
        assert.deepEqual(passed, []);
        assert.deepEqual(
            asked.map(({ host, prefixes }) => [host, prefixes]),
            [[fwA, 0]],
        );
    });

    it("proves all of a first installation at its end, and stops at a firewall that refuses", async () => {
        const { taken, asked } = await check({}, { first: true });
        assert.deepEqual(taken, { "fw-a": true, "fw-b": true });
        assert.deepEqual(
            asked.map(({ host }) => host),
            [fwA, fwB, fwA, fwB],
        );
        const refused = await check({}, { first: true, said: { problem: "no FRR package" } });
        assert.deepEqual(
            [refused.failure?.message, refused.passed, refused.asked],
            ["fw-a: no FRR package", [], []],
        );
        const left = await check({}, { first: true, said: "nothing" });
        assert.deepEqual([left.taken, left.asked], [{ "fw-a": false, "fw-b": false }, []]);
    });

    it("lets a firewall that is down hold up nobody, and names it at the end", async () => {
        const { failure, passed } = await check({ [fwA]: "silent" }, { reached: ["fw-b"] });
        assert.match(
            failure?.message ?? "",
            /^fw-a: it is silent; is it gone for good, set pfsense\.gone: true for this router\n/,
        );
        assert.deepEqual(passed, ["fw-a", "fw-b"]);
    });

    it("asks no firewall that is gone, and waits for none", async () => {
        const { "fw-a": a, "fw-b": b } = sitePlan.firewalls;
        const plan = {
            ...sitePlan,
            firewalls: { "fw-a": a!, "fw-b": { ...b!, gone: true as const } },
        };
        const { table, asked, passed } = await check({}, { plan });
        assert.equal(table.at(-1), "fw-b: not checked: the firewall is gone");
        assert.deepEqual(
            asked.map(({ host }) => host),
            [fwA, fwA],
        );
        assert.deepEqual(passed, ["fw-a", "fw-b"]);
    });

    it("ends the run where something else than the agent has run", async () => {
        const { failure, passed, asked } = await check({}, { said: { problem: "no agent" } });
        assert.ok(pulumi.RunError.isInstance(failure));
        assert.equal(failure.message, "fw-a: no agent");
        assert.deepEqual([passed, asked], [[], []]);
    });

    it("warns of a session of others that is not there any more", async () => {
        const others = ["192.168.33.250", "192.168.33.251"];
        const { warnings, failure } = await check({}, { others });
        assert.equal(failure, undefined);
        assert.deepEqual(
            warnings,
            ["fw-a", "fw-b"].map(
                (router) =>
                    `${router}: Established before this run and not now, of others: 192.168.33.251`,
            ),
        );
    });

    it("asks nobody with a deadline of 0", async () => {
        const plan = { ...sitePlan, check: { deadline: 0, prefixes: 0, preview: false } };
        const { table, asked, passed } = await check({}, { plan });
        assert.equal(table.filter((line) => line.includes(" not checked ")).length, 4);
        assert.equal(table.at(-1), "fw-b: not checked: bgp.check.deadline is 0");
        assert.deepEqual(asked, []);
        assert.deepEqual(passed, ["fw-a", "fw-b"]);
    });

    it("asks no firewall that --target left out of the run", async () => {
        const { table, asked, passed } = await check({}, { said: "nothing" });
        assert.equal(table.at(-1), "fw-b: not checked: not part of this run");
        assert.deepEqual(asked, []);
        assert.deepEqual(passed, ["fw-a", "fw-b"]);
    });
});

describe("SessionCheck, while somebody is in maintenance", () => {
    const planOf = (nodes: string[], routers: string[], deadline = 90): Plan => ({
        ...sitePlan,
        check: { ...sitePlan.check, deadline, prefixes: 2 },
        maintenance: { nodes, routers },
        sessions: sitePlan.sessions.map((session) =>
            nodes.includes(session.node) || routers.includes(session.router)
                ? { ...session, drained: true as const }
                : session,
        ),
    });
    const askedOf = (asked: readonly Asked[]) =>
        asked.map(({ host, wanted, prefixes, deadline }) => [
            host,
            wanted.neighbours.map(({ description }) => description).join(),
            prefixes,
            deadline,
        ]);
    const drained = () => carrying(0, 2);

    it("waits for the sessions that carry, and looks at those that do not", async () => {
        const plan = planOf(["wn2"], []);
        const { asked, table, failure } = await check({ [fwA]: drained, [fwB]: drained }, { plan });
        assert.equal(failure, undefined);
        assert.deepEqual(askedOf(asked), [
            [fwA, "wn1", 0, 90],
            [fwB, "wn1", 0, 90],
            [fwA, "wn1", 2, 90],
            [fwB, "wn1", 2, 90],
            [fwA, "wn1,wn2", 0, 10],
            [fwB, "wn1,wn2", 0, 10],
        ]);
        assert.deepEqual(table, [
            "router  its end               node  its end                state                 prefixes",
            "fw-a    192.168.33.2 AS64501  wn1   192.168.33.21 AS64500  Established           2",
            "fw-a    192.168.33.2 AS64501  wn2   192.168.33.22 AS64500  Established, drained  0",
            "fw-b    192.168.33.4 AS64501  wn1   192.168.33.21 AS64500  Established           2",
            "fw-b    192.168.33.4 AS64501  wn2   192.168.33.22 AS64500  Established, drained  0",
        ]);
    });

    it("shows what is shut, once it is", async () => {
        const drainedPlan = planOf(["wn2"], []);
        const shut = drainedPlan.sessions.map((one) =>
            one.drained ? { ...one, shut: true as const } : one,
        );
        const plan = { ...drainedPlan, sessions: shut };
        const closed = ({ wanted }: AgentRequest) =>
            wanted.neighbours.length === 2 ? carrying(0, 2, "Idle (Admin)") : drained();
        const { table, failure } = await check({ [fwA]: closed, [fwB]: drained }, { plan });
        assert.equal(failure, undefined);
        const state = (row: string) => row.split(/ {2,}/)[4];
        assert.deepEqual(
            [table[2], table[4]].map((row) => state(row!)),
            ["Idle (Admin), shut", "Established, drained"],
        );
    });

    it("looks again until a node that is drained carries nothing", async () => {
        let looks = 0;
        const slow = ({ wanted, deadline }: AgentRequest) =>
            wanted.neighbours.length === 2 && deadline === 10 && looks++ === 0
                ? carrying(2, 2)
                : drained();
        const plan = planOf(["wn2"], []);
        const { failure } = await check({ [fwA]: slow, [fwB]: drained }, { plan });
        assert.deepEqual([failure, looks], [undefined, 2]);
    });

    it("ends the run where a node that is drained carries on", async () => {
        const plan = planOf(["wn2"], [], 1);
        const carriesOn = () => carrying(2, 2);
        const { failure } = await check({ [fwA]: carriesOn, [fwB]: drained }, { plan });
        assert.match(
            failure?.message ?? "",
            /^fw-a: 192\.168\.33\.22 wn2 is to be drained and still carries 2 prefixes\n\nrouter /,
        );
    });

    it("ends the run where nobody else carries", async () => {
        const plan = planOf(["wn2"], [], 1);
        const nothing = () => carrying(0, 0);
        const { failure } = await check(
            { [fwA]: nothing, [fwB]: drained },
            { plan, before: "Established" },
        );
        assert.match(
            failure?.message ?? "",
            /^fw-a: no session that is not in maintenance carries a prefix, and before this run one had 2\n\n/,
        );
    });

    it("takes no firewall for switched off that has answered before", async () => {
        const plan = planOf([], ["fw-b"], 1);
        const { failure } = await check({ [fwA]: () => carrying(2, 2), [fwB]: "silent" }, { plan });
        assert.match(failure?.message ?? "", /^fw-b: it is silent;/);
    });

    it("takes a node that is switched off for drained", async () => {
        const plan = planOf(["wn2"], []);
        const off = ({ wanted }: AgentRequest) =>
            wanted.neighbours.length === 2 ? carrying(0, 2, "Active") : drained();
        const { failure, table } = await check({ [fwA]: off, [fwB]: off }, { plan });
        assert.equal(failure, undefined);
        assert.equal(table.filter((line) => line.includes("  Active, drained  0")).length, 2);
    });

    it("waits for no session of a firewall in maintenance, nor for one that is switched off", async () => {
        const plan = planOf([], ["fw-b"]);
        const { asked, failure, table } = await check(
            { [fwA]: () => carrying(2, 2), [fwB]: "silent" },
            { plan, before: "Established", reached: ["fw-a"] },
        );
        assert.equal(failure, undefined);
        assert.deepEqual(askedOf(asked), [
            [fwA, "wn1,wn2", 0, 90],
            [fwA, "wn1,wn2", 2, 90],
            [fwB, "wn1,wn2", 0, 10],
            [fwA, "wn1,wn2", 0, 10],
        ]);
        assert.equal(
            table.at(-1),
            "fw-b: in maintenance: it is silent; is it gone for good, set pfsense.gone: true for this router",
        );
    });
});

describe("the texts for people", () => {
    it("say which sessions nobody can be asked about", () => {
        const [session] = sitePlan.sessions;
        assert.ok(session);
        const { firewall, ...byHand } = session;
        assert.equal(firewall, "fw-a");
        assert.deepEqual(sessionsTable([byHand], {}), [
            "router  its end               node  its end                state               prefixes",
            "fw-a    192.168.33.2 AS64501  wn1   192.168.33.21 AS64500  configured by hand  -",
        ]);
    });

    it("say why a firewall did not look at its sessions", () => {
        const message = "not checked: CARP is BACKUP here and pfSense keeps FRR stopped";
        const table = sessionsTable(sitePlan.sessions, { "fw-b": { message, sessions: [] } });
        assert.equal(table.at(-1), `fw-b: ${message}`);
        assert.equal(table.filter((line) => line.includes(" not checked ")).length, 4);
    });

    it("name the cluster in what to try next", () => {
        const commands = Object.values(nextSteps("home"));
        assert.equal(commands.filter((it) => it.startsWith("kubectl --context home ")).length, 2);
    });
});
