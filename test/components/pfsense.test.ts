import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { renderAgent } from "../../components/pfsense/agent";
import { applyRequest, PfSenseBgp, type PfSenseBgpArgs } from "../../components/pfsense";
import type { FirewallPlan } from "../../config/plan";
import { sitePlan } from "./plans";
import {
    find,
    record,
    secretOutput,
    valueOf,
    withoutSecrets,
    type RecordOptions,
} from "./recorder";

const { connection, wanted } = sitePlan.firewalls["fw-a"] as FirewallPlan;
const sshKey = "-----BEGIN OPENSSH PRIVATE KEY-----\nsecret\n";

function make(args: Partial<PfSenseBgpArgs> = {}, options?: RecordOptions) {
    return record(
        () =>
            new PfSenseBgp("fw-a", {
                connection,
                sshKey: pulumi.secret(sshKey),
                wanted,
                password: pulumi.secret("s3cret"),
                ...args,
            }),
        options,
    );
}

const script = (password: string | undefined, deadline = 240 + 10 * wanted.neighbours.length) =>
    renderAgent({
        version: 1,
        action: "apply",
        reason: "pulumi metallb-pfsense/test: neighbours of home",
        wanted,
        deadline,
        ...(password === undefined ? {} : { password }),
    });

const said = {
    version: 1,
    action: "apply",
    outcome: "changed",
    message: "neighbour 192.168.33.21 added",
    problems: [],
    changes: ["neighbour 192.168.33.21 added"],
};
const stdout = `neighbour 192.168.33.21 added\nmetallb-pfsense-result:1:${JSON.stringify(said)}`;

/** As the plan has it, apart from the list in which it stands. */
const shown = {
    description: "wn1",
    asn: 64500,
    family: "ipv4",
    bfd: false,
    updateSource: "default",
    prefixListIn: "home-in-v4",
    prefixListOut: "home-out-v4",
    maximumPrefix: 300,
    passwordType: "both-bidir",
};

describe("PfSenseBgp", () => {
    for (const preview of [true, false]) {
        it(`is a command and its removal under one readable component (preview: ${preview})`, async () => {
            const { registrations, warnings } = await make({}, { preview });
            assert.deepEqual(warnings, []);
            const ordinary = {
                replaceOnChanges: [],
                ignoreChanges: [],
                createTimeout: "",
                onError: [],
            };
            assert.deepEqual(
                registrations.map((one) => ({ ...one, inputs: withoutSecrets(one.inputs) })),
                [
                    {
                        type: "command:remote:Command",
                        name: "fw-a",
                        parent: "fw-a",
                        dependsOn: ["fw-a.removal"],
                        inputs: {
                            addPreviousOutputInEnv: false,
                            connection: "[secret]",
                            create: "/usr/local/bin/php -q -- apply",
                            logging: "none",
                            stdin: "[secret]",
                            update: "/usr/local/bin/php -q -- apply",
                        },
                        options: {
                            ...ordinary,
                            deleteBeforeReplace: false,
                            replaceOnChanges: ["triggers[*]"],
                            ignoreChanges: ["create", "update"],
                        },
                    },
                    {
                        type: "command:remote:Command",
                        name: "fw-a.removal",
                        parent: "fw-a",
                        dependsOn: [],
                        inputs: {
                            addPreviousOutputInEnv: false,
                            connection: "[secret]",
                            delete: "/usr/local/bin/php -q -- remove",
                            logging: "none",
                            stdin: "[secret]",
                        },
                        options: {
                            ...ordinary,
                            deleteBeforeReplace: true,
                            replaceOnChanges: ["triggers[*]"],
                        },
                    },
                    {
                        type: "metallb-pfsense:index:PfSenseBgp",
                        name: "fw-a",
                        dependsOn: [],
                        inputs: {
                            connection: {
                                host: "192.168.33.2",
                                port: 22,
                                user: "admin",
                                hostKey: connection.hostKey,
                                command: "/usr/local/bin/php -q",
                            },
                            version: 1,
                            owner: "home",
                            bgp: { asn: 64501, routerId: "192.168.33.2" },
                            neighbours: {
                                "192.168.33.21": shown,
                                "192.168.33.22": { ...shown, description: "wn2" },
                            },
                            prefixLists: {
                                "home-in-v4": {
                                    description: "pools",
                                    family: "ipv4",
                                    rules: [
                                        {
                                            seq: 10,
                                            action: "permit",
                                            prefix: "192.168.32.0/24",
                                            ge: 32,
                                        },
                                    ],
                                },
                                "home-out-v4": {
                                    description: "nothing",
                                    family: "ipv4",
                                    rules: [{ seq: 10, action: "deny", any: true }],
                                },
                            },
                            adopt: false,
                            allowCarp: false,
                            password: "[secret]",
                        },
                        options: { ...ordinary, deleteBeforeReplace: false },
                    },
                ],
            );
        });
    }

    it("sends the agent and the password on standard input, as a secret", async () => {
        const command = await commandOf(make());
        assert.deepEqual(command.stdin, secretOutput(script("s3cret")));
    });

    it("takes the entries back with a script that needs no password", async () => {
        const { registrations } = await make();
        const removal = commandIn(registrations, "fw-a.removal");
        assert.deepEqual(removal.stdin, secretOutput(script(undefined)));
    });

    it("runs again where the firewall was seen to differ, and only there", async () => {
        const { registrations } = await make({ run: "0123456789ab" });
        const { inputs, options } = find(
            registrations.filter(({ type }) => type === "command:remote:Command"),
            "fw-a",
        );
        const apply = "/usr/local/bin/php -q -- apply 0123456789ab";
        assert.deepEqual([inputs.create, inputs.update], [apply, apply]);
        assert.deepEqual(options.ignoreChanges, []);
    });

    it("does nothing to a firewall that is gone, not even when it is taken out", async () => {
        const { registrations } = await make({ gone: true, run: "0123456789ab" });
        const commands = registrations.filter(({ type }) => type === "command:remote:Command");
        assert.equal(commands.length, 2);
        for (const { options } of commands) {
            assert.deepEqual([options.ignoreChanges, options.retainOnDelete], [["*"], true]);
        }
    });

    it("says whose the entries are", async () => {
        const stack = { id: "0b8f0a52-9c1e-4a41-9d3d-2f6f1f6f7a01", name: "o/p/s" };
        const holder = { stack, router: "fw-a", routers: ["fw-a", "fw-b"] };
        const command = await commandOf(make({ holder, password: undefined }));
        const request = applyRequest(wanted, holder, undefined);
        assert.deepEqual(command.stdin, secretOutput(renderAgent(request)));
        assert.deepEqual(
            [request.stack, request.router, request.routers],
            [stack, "fw-a", ["fw-a", "fw-b"]],
        );
    });

    it("says in one sentence that something else has run", async () => {
        const { result } = await make({}, { outputs: { "fw-a": { stdout: "Welcome!" } } });
        const message =
            "the firewall gave no result: the command must run PHP on its standard input; it printed: Welcome!";
        assert.deepEqual(await valueOf(result.said), { message, changes: [], problem: message });
    });

    it("dials once, with the host's key", async () => {
        const command = await commandOf(make());
        const { value } = command.connection as { value: unknown };
        assert.deepEqual(value, {
            host: "192.168.33.2",
            port: 22,
            user: "admin",
            hostKey: connection.hostKey,
            privateKey: sshKey,
            dialErrorLimit: 1,
            perDialTimeout: 10,
        });
    });

    it("goes by a jump host with the same key and passphrase, each with its own host key", async () => {
        const jump = { host: "10.0.0.1", port: 2222, user: "ops", hostKey: "ssh-ed25519 AAAAjump" };
        const login = { privateKey: sshKey, privateKeyPassword: "open sesame" };
        const dial = { dialErrorLimit: 1, perDialTimeout: 10 };
        const made = make({ connection: { ...connection, jump }, passphrase: "open sesame" });
        const command = await commandOf(made);
        assert.deepEqual((command.connection as { value: unknown }).value, {
            host: "192.168.33.2",
            port: 22,
            user: "admin",
            hostKey: connection.hostKey,
            ...login,
            ...dial,
            proxy: { ...jump, ...login, ...dial },
        });
    });

    it("goes without a password where there is none, and still as a secret", async () => {
        const { registrations } = await make({ password: undefined, deadline: 300 });
        assert.deepEqual(commandIn(registrations).stdin, secretOutput(script(undefined, 300)));
        const component = registrations.find(({ type }) => type.endsWith(":PfSenseBgp"));
        assert.ok(component && !("password" in component.inputs));
    });

    it("runs the command a user without root needs", async () => {
        const sudo = { ...connection, user: "ops", command: "sudo -n /usr/local/bin/php -q" };
        const { registrations } = await make({ connection: sudo });
        assert.deepEqual(
            [commandIn(registrations).create, commandIn(registrations, "fw-a.removal").delete],
            ["sudo -n /usr/local/bin/php -q -- apply", "sudo -n /usr/local/bin/php -q -- remove"],
        );
    });

    it("shows no secret outside of secrets", async () => {
        const { registrations } = await make();
        const open = JSON.stringify(registrations.map(({ inputs }) => withoutSecrets(inputs)));
        const payload = Buffer.from("s3cret").toString("base64").slice(0, 6);
        for (const text of ["s3cret", "PRIVATE KEY", payload]) assert.ok(!open.includes(text));
    });

    it("tells what the firewall did, in the open", async () => {
        const { result } = await make({}, { outputs: { "fw-a": { stdout } } });
        assert.deepEqual(await valueOf(result.said), {
            message: "neighbour 192.168.33.21 added",
            changes: ["neighbour 192.168.33.21 added"],
        });
        assert.equal(await pulumi.isSecret(result.said), false);
    });
});

type Recorded = Awaited<ReturnType<typeof make>>["registrations"];

function commandIn(registrations: Recorded, name = "fw-a"): Readonly<Record<string, unknown>> {
    const commands = registrations.filter(({ type }) => type === "command:remote:Command");
    return find(commands, name).inputs;
}

async function commandOf(made: ReturnType<typeof make>) {
    return commandIn((await made).registrations);
}
