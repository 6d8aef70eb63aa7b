import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import type { AgentRequest, AgentSession } from "../../components/pfsense/agent";
import { SessionCheck } from "../../components/sessions";
import { nextSteps, sessionsTable } from "../../components/sessions/table";
import type { Plan } from "../../config/plan";
import { sitePlan } from "./plans";
import {
    find,
    record,
    secretOutput,
    shapeOf,
    valueOf,
    withoutSecrets,
    type RecordOptions,
    type Registration,
} from "./recorder";

/** Stands for a resource of another component. */
class Other extends pulumi.CustomResource {
    constructor(name: string) {
        super("test:index:Other", name);
    }
}

const values = {
    sshKey: "the-private-key",
    bgpPassword: "first-password",
    bgpPasswordB: "second-password",
};

async function check(
    plan: Plan,
    secrets: Record<string, string> = values,
    options?: RecordOptions,
) {
    const { result, registrations } = await record(() => {
        const marked = Object.entries(secrets).map(([key, value]) => [key, pulumi.secret(value)]);
        return new SessionCheck("sessions", {
            plan,
            secrets: Object.fromEntries(marked) as Record<string, pulumi.Output<string>>,
            firewalls: { "fw-a": new Other("fw-a"), "fw-b": new Other("fw-b") },
            cluster: [new Other("pool"), new Other("peer")],
        });
    }, options);
    const own = registrations.filter(({ type }) => type !== "test:index:Other");
    return { table: result.table, registrations: own };
}

function stdinOf(registrations: readonly Registration[], name: string): string {
    return (find(registrations, name).inputs.stdin as { value: string }).value;
}

/** The request inside the script that a command sends. */
function requestOf(registrations: readonly Registration[], name: string): AgentRequest {
    const base64 = /payload = '([^']*)'/.exec(stdinOf(registrations, name))?.[1] ?? "";
    return JSON.parse(Buffer.from(base64, "base64").toString()) as AgentRequest;
}

function answer(state: string): Record<string, unknown> {
    const session = (neighbour: string, prefixesAccepted: number): AgentSession => ({
        neighbour,
        description: "",
        state,
        uptime: 7,
        prefixesAccepted,
        prefixesSent: 0,
    });
    const sessions = [session("192.168.33.22", 2), session("192.168.33.21", 1)];
    const result = { version: 1, action: "check", outcome: "established", sessions };
    return { stdout: secretOutput(`hello\nmetallb-pfsense-result:1:${JSON.stringify(result)}`) };
}

describe("SessionCheck", () => {
    for (const preview of [true, false]) {
        it(`asks each firewall after both ends are made (preview: ${preview})`, async () => {
            const outputs = {
                "sessions-fw-a": answer("Established"),
                "sessions-fw-b": answer("Established"),
            };
            const { registrations } = await check(sitePlan, values, { preview, outputs });
            const command = "command:remote:Command";
            assert.deepEqual(shapeOf(registrations), [
                [command, "sessions-fw-a", "sessions", ["fw-a", "peer", "pool"]],
                [command, "sessions-fw-b", "sessions", ["fw-b", "peer", "pool"]],
                ["metallb-pfsense:index:SessionCheck", "sessions", null, []],
            ]);
        });
    }

    const outputs = {
        "sessions-fw-a": answer("Established"),
        "sessions-fw-b": answer("Established"),
    };

    it("sends one command that has no delete, and keeps script and connection secret", async () => {
        const { registrations } = await check(sitePlan, values, { outputs });
        assert.deepEqual(withoutSecrets(find(registrations, "sessions-fw-a").inputs), {
            connection: "[secret]",
            create: "/usr/local/bin/php -q",
            stdin: "[secret]",
            logging: "none",
            addPreviousOutputInEnv: false,
        });
        const open = JSON.stringify(withoutSecrets(registrations));
        for (const secret of Object.values(values)) {
            assert.ok(!open.includes(secret));
        }
    });

    it("asks for what the plan wants, and sends no password", async () => {
        const { registrations } = await check(sitePlan, values, { outputs });
        const { reason, ...request } = requestOf(registrations, "sessions-fw-b");
        const wanted = sitePlan.firewalls["fw-b"]?.wanted;
        assert.deepEqual(request, {
            version: 1,
            action: "check",
            wanted,
            deadline: 90,
            prefixes: 0,
        });
        assert.match(reason, /^session check of plan [0-9a-f]{12}$/);
        assert.ok(!stdinOf(registrations, "sessions-fw-b").includes(values.bgpPasswordB));
    });

    it("runs again when either end changes, and not otherwise", async () => {
        const stdin = async (plan: Plan, secrets = values) =>
            stdinOf((await check(plan, secrets, { outputs })).registrations, "sessions-fw-a");
        const before = await stdin(sitePlan);
        assert.equal(await stdin(structuredClone(sitePlan)), before);
        const { metallb, firewalls } = sitePlan;
        const other = firewalls["fw-b"];
        assert.ok(other);
        const changed: Plan[] = [
            { ...sitePlan, metallb: { ...metallb, values: { speaker: { logLevel: "debug" } } } },
            {
                ...sitePlan,
                firewalls: {
                    ...firewalls,
                    "fw-b": { ...other, wanted: { ...other.wanted, adopt: true } },
                },
            },
            { ...sitePlan, check: { deadline: 30, prefixes: 0, preview: false } },
        ];
        for (const plan of changed) {
            assert.notEqual(await stdin(plan), before);
        }
        assert.notEqual(await stdin(sitePlan, { ...values, bgpPasswordB: "third" }), before);
        assert.equal(await stdin(sitePlan, { ...values, sshKey: "rotated" }), before);
    });

    it("shows what the firewalls say, in the order of the plan and in the clear", async () => {
        const said = { ...outputs, "sessions-fw-b": answer("Active") };
        const { table } = await check(sitePlan, values, { outputs: said });
        assert.equal(await pulumi.isSecret(table), false);
        assert.deepEqual(await valueOf(table), [
            "router  its end               node  its end                state        prefixes",
            "fw-a    192.168.33.2 AS64501  wn1   192.168.33.21 AS64500  Established  1",
            "fw-a    192.168.33.2 AS64501  wn2   192.168.33.22 AS64500  Established  2",
            "fw-b    192.168.33.4 AS64501  wn1   192.168.33.21 AS64500  Active       1",
            "fw-b    192.168.33.4 AS64501  wn2   192.168.33.22 AS64500  Active       2",
        ]);
    });

    it("asks nobody with a deadline of 0", async () => {
        const plan = { ...sitePlan, check: { deadline: 0, prefixes: 0, preview: false } };
        const { table, registrations } = await check(plan);
        assert.deepEqual(shapeOf(registrations), [
            ["metallb-pfsense:index:SessionCheck", "sessions", null, []],
        ]);
        assert.equal(
            (await valueOf(table)).filter((line) => line.includes(" not checked ")).length,
            4,
        );
    });
});

describe("the texts for people", () => {
    it("say which sessions nobody can be asked about", () => {
        const [session] = sitePlan.sessions;
        assert.ok(session);
        assert.deepEqual(sessionsTable([{ ...session, checked: false }], {}), [
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
