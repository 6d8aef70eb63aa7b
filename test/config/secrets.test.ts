import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { loadStack } from "../../config/load";
import { passwordProblem, sshKeyProblem } from "../../config/secrets";
import { rejections } from "../components/recorder";
import { baseWith, judge } from "./fixtures";

const PROJECT = "metallb-pfsense";
const PEM = "OPENSSH PRIVATE KEY-----";
const SECRETS = {
    bgpPassword: "a-good-password",
    sshKey: `-----BEGIN ${PEM}\nbm90LWEta2V5\n-----END ${PEM}\n`,
};

/** Hands the config to the program as the engine does: groups as JSON, scalars as they are. */
function giveConfig(document: Record<string, unknown>, secrets: Record<string, string>): void {
    const plain = Object.entries(document).filter(([key]) => !/^(bgpPassword|sshKey)/.test(key));
    const values = [
        ...plain.map(([key, value]) => [
            `${PROJECT}:${key}`,
            typeof value === "string" ? value : JSON.stringify(value),
        ]),
        ...Object.entries(secrets).map(([key, value]) => [`${PROJECT}:${key}`, value]),
        ["kubernetes:context", "not ours"],
    ];
    pulumi.runtime.setAllConfig(
        Object.fromEntries(values) as Record<string, string>,
        Object.keys(secrets).map((key) => `${PROJECT}:${key}`),
    );
}

const outcome = (output: pulumi.Output<string>) =>
    (output as unknown as { promise(): Promise<string> }).promise();

describe("a password", () => {
    it("is 1-80 printable ASCII characters without white space, quotes and backslash", () => {
        const printable = Array.from({ length: 94 }, (_, index) => String.fromCharCode(33 + index));
        const refused = printable.filter((one) => passwordProblem("bgpPassword", one));
        assert.deepEqual(refused, ['"', "'", "\\"]);
        for (const wrong of ["", " ", "a b", "a\tb", "a\n", "pässword", "x".repeat(81), "a]]>b"]) {
            const problem = passwordProblem("bgpPassword-fw-a", wrong);
            assert.equal(
                problem,
                'bgpPassword-fw-a: must be 1-80 printable ASCII characters without white space, quotes, backslash and "]]>"',
            );
        }
        assert.equal(passwordProblem("bgpPassword", "x".repeat(80)), undefined);
    });

    it("never stands in an error, wherever it was typed", () => {
        const secret = "hunter2-hunter2";
        for (const change of [
            { bgpPassword: secret },
            { "bgpPassword-fw-a": secret },
            { "bgpPassword-nobody": secret },
            { bgppassword: secret },
            { sshKey: secret },
            { "bgp.routers.fw-a.password": secret },
            { "bgp.routers.fw-a.passwordSecret": { name: secret } },
            { "bgp.routers.fw-a.pfsense.privateKey": secret },
            { "bgp.password": secret },
        ]) {
            const { plan, errors, warnings } = judge(baseWith(change));
            assert.equal(plan, undefined);
            assert.ok(errors.length > 0);
            assert.ok(!JSON.stringify([errors, warnings]).includes("hunter2"));
        }
    });

    it("stands in a plan by the name of its key only", () => {
        const { plan } = judge(
            baseWith({ "bgpPassword-fw-b": { secure: "x" }, "sshKey-fw-a": { secure: "x" } }),
        );
        assert.deepEqual(plan!.metallb.passwords, {
            "bgp-peer-10.0.0.2-v4": "bgpPassword",
            "bgp-peer-10.0.0.3-v4": "bgpPassword-fw-b",
        });
        const { "fw-a": a, "fw-b": b } = plan!.firewalls;
        assert.deepEqual([a!.password, a!.connection.sshKey], ["bgpPassword", "sshKey-fw-a"]);
        assert.deepEqual([b!.password, b!.connection.sshKey], ["bgpPassword-fw-b", "sshKey"]);
        assert.deepEqual(
            Object.values(plan!.metallb.peers).map((peer) => peer.passwordSecret as unknown),
            ["bgp-peer-10.0.0.2-v4", "bgp-peer-10.0.0.3-v4"].map((name) => ({
                name,
                namespace: "metallb-system",
            })),
        );
    });
});

describe("an SSH key", () => {
    it("is the key, not its path", () => {
        assert.equal(sshKeyProblem("sshKey", SECRETS.sshKey), undefined);
        assert.equal(
            sshKeyProblem("sshKey", "~/.ssh/id_ed25519"),
            "sshKey: is no private key; set it with: pulumi config set --secret sshKey < private-key-file",
        );
    });
});

describe("loading the stack config", () => {
    before(async () => {
        await pulumi.runtime.setMocks(
            { newResource: ({ name }) => ({ id: name, state: {} }), call: () => ({}) },
            PROJECT,
            "prod",
        );
    });

    afterEach(() => pulumi.runtime.setAllConfig({}));

    it("gives the plan of the check, and every secret as a secret", async () => {
        giveConfig(baseWith(), SECRETS);
        const { plan, secrets } = loadStack();
        assert.deepEqual(plan, judge(baseWith()).plan);
        assert.deepEqual(Object.keys(secrets.outputs).sort(), ["bgpPassword", "sshKey"]);
        for (const [key, value] of Object.entries(SECRETS)) {
            assert.equal(await outcome(secrets.outputs[key]!), value);
            assert.equal(await pulumi.isSecret(secrets.outputs[key]!), true);
            assert.equal(secrets.reveal(key), value);
        }
    });

    it("tells every error and warning at once, without a stack trace", () => {
        const wrong = {
            "bgp.asn": 64500,
            "bgp.routers.fw-a.asn": 0,
            "metallb.pools.public.addresses": ["10.0.1.5/24"],
            "metallb.version": "latest",
        };
        giveConfig(baseWith(wrong), SECRETS);
        assert.throws(loadStack, (error: Error) => {
            assert.ok(pulumi.RunError.isInstance(error));
            assert.equal(error.stack, undefined);
            assert.equal(
                error.message,
                [
                    "3 errors in the stack config; nothing was changed:",
                    '  error: metallb.version: "latest" is no version; write it like 1.2.3, without a v',
                    "  error: metallb.pools.public.addresses[0]: 10.0.1.5/24 has host bits set; did you mean 10.0.1.0/24?",
                    "  error: bgp.routers.fw-a.asn: AS 0 is reserved; private ones are 64512-65534",
                    "  warning: bgp.asn: AS 64500 is kept for documentation, RFC 5398; private ones are 64512-65534",
                ].join("\n"),
            );
            return true;
        });
    });

    it("refuses a plain password without a word of it", () => {
        giveConfig(baseWith(), SECRETS);
        pulumi.runtime.setConfig(`${PROJECT}:bgpPassword`, "hunter2");
        assert.throws(loadStack, ({ message }: Error) => {
            assert.match(message, /error: bgpPassword: must be encrypted; remove the line, then:/);
            assert.ok(!message.includes("hunter2"));
            return true;
        });
    });

    it("looks at a password only inside the secret, and does not repeat it", async () => {
        giveConfig(baseWith(), { ...SECRETS, bgpPassword: "two words" });
        const errors = await rejections(() => outcome(loadStack().secrets.outputs.bgpPassword!));
        assert.ok(errors.length > 0);
        for (const error of errors) {
            assert.ok(pulumi.RunError.isInstance(error));
            assert.equal(error.stack, undefined);
            assert.equal(error.message, passwordProblem("bgpPassword", "two words"));
        }
    });
});
