import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createApi } from "node:http";
import { createServer, type AddressInfo, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import { secretOf } from "../../components/secrets";
import program from "../../index";
import { kubeconfigFor } from "./plans";
import { record, shapeOf, withoutSecrets, type RecordOptions } from "./recorder";

const project = "metallb-pfsense";
const pem = "OPENSSH PRIVATE KEY-----";
const secrets = {
    sshKey: `-----BEGIN ${pem}\nbm90LWEta2V5\n-----END ${pem}\n`,
    bgpPassword: "the-bgp-password",
};

type Settings = Record<string, Record<string, unknown>>;

/** The committed dev stack, with what a person has to fill in. */
function devStack(kubeconfig: string): Settings {
    const { config } = parse(readFileSync("Pulumi.dev.yaml", "utf8")) as { config: Settings };
    const own = Object.entries(config).filter(([key]) => key.startsWith(`${project}:`));
    const stack = Object.fromEntries(
        own.map(([key, value]) => [key.slice(project.length + 1), value]),
    );
    const routers = stack.bgp?.routers as Record<string, { pfsense: Record<string, unknown> }>;
    for (const [index, { pfsense }] of Object.values(routers).entries()) {
        // Nobody listens there, so that a look at the firewalls ends at once.
        Object.assign(pfsense, { host: "127.0.0.1", port: 1 + index });
        pfsense.hostKey =
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIP////////////////////////////////////////8f";
    }
    const manifest = { path: "test/components/flux-install.yaml" };
    return {
        ...stack,
        bgp: { ...stack.bgp, check: { deadline: 0 } },
        cluster: { ...stack.cluster, context: "home", kubeconfig },
        flux: { ...stack.flux, manifest },
    };
}

async function run(settings: Settings, options?: RecordOptions) {
    const config = { ...settings, ...secrets };
    const entries = Object.entries(config).map(([key, value]) => [
        `${project}:${key}`,
        typeof value === "string" ? value : JSON.stringify(value),
    ]);
    pulumi.runtime.setAllConfig(
        Object.fromEntries(entries) as Record<string, string>,
        Object.keys(secrets).map((key) => `${project}:${key}`),
    );
    return record(program, options);
}

describe("the program", () => {
    let folder = "";
    let apiServer: Server;
    let kubeconfig = "";

    before(async () => {
        folder = mkdtempSync(join(tmpdir(), "program-"));
        kubeconfig = join(folder, "kubeconfig");
        apiServer = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
        await once(apiServer, "listening");
        const { port } = apiServer.address() as AddressInfo;
        writeFileSync(kubeconfig, kubeconfigFor(`https://127.0.0.1:${port}`));
    });
    after(() => {
        apiServer.close();
        rmSync(folder, { recursive: true });
        pulumi.runtime.setAllConfig({});
    });

    const said = {
        stdout: 'metallb-pfsense-result:1:{"version":1,"outcome":"unchanged","message":"nothing to say"}',
    };
    const outputs = { "fw-a": said, "fw-b": said };

    for (const preview of [true, false]) {
        it(`builds the whole dev stack (preview: ${preview})`, async () => {
            const { registrations } = await run(devStack(kubeconfig), { preview, outputs });
            const others = registrations.filter(
                ({ parent }) => parent !== "flux" && parent !== "metallb",
            );
            const command = "command:remote:Command";
            assert.deepEqual(shapeOf(others), [
                [command, "fw-a", "fw-a", ["fw-a.removal"]],
                [command, "fw-a.removal", "fw-a", []],
                [command, "fw-b", "fw-b", ["fw-b.removal"]],
                [command, "fw-b.removal", "fw-b", []],
                ["metallb-pfsense:index:Flux", "flux", null, []],
                ["metallb-pfsense:index:MetalLb", "metallb", null, []],
                ["metallb-pfsense:index:PfSenseBgp", "fw-a", null, []],
                ["metallb-pfsense:index:PfSenseBgp", "fw-b", null, ["fw-a", "fw-a.removal"]],
                ["metallb-pfsense:index:SessionCheck", "sessions", null, []],
                ["pulumi:index:Stash", "identity", null, []],
                ["pulumi:providers:kubernetes", "cluster", null, []],
            ]);
            assert.equal(registrations.filter(({ parent }) => parent === "flux").length, 9);
            assert.equal(registrations.filter(({ parent }) => parent === "metallb").length, 10);
        });
    }

    it("makes a router's peer and its password after its firewall, and nothing else of the cluster", async () => {
        const { registrations } = await run(devStack(kubeconfig), { outputs });
        const after = (firewall: string) =>
            registrations
                .filter(({ dependsOn }) => dependsOn.includes(firewall))
                .map(({ name }) => name);
        assert.deepEqual(after("fw-b"), [
            "metallb-secret-bgp-peer-192.168.33.4-v4",
            "metallb-bgppeer-peer-192.168.33.4-v4",
        ]);
        assert.deepEqual(after("fw-a"), [
            "metallb-secret-bgp-peer-192.168.33.2-v4",
            "metallb-bgppeer-peer-192.168.33.2-v4",
            "fw-b",
        ]);
    });

    it("marks every secret on every way it takes", async () => {
        const { registrations } = await run(devStack(kubeconfig), { outputs });
        const open = JSON.stringify(withoutSecrets(registrations));
        const all = JSON.stringify(registrations);
        for (const value of Object.values(secrets)) {
            const secret = JSON.stringify(value).slice(1, -1);
            assert.ok(all.includes(secret), "it is used");
            assert.ok(!open.includes(secret), "it is marked wherever it is");
            assert.ok(!open.includes(Buffer.from(value).toString("base64")));
        }
    });

    it("takes a secret for one whatever its source says", async () => {
        const { result } = await record(() => secretOf({ key: pulumi.output("value") }, "key"));
        assert.equal(await pulumi.isSecret(result), true);
    });

    it("warns about the recipe's AS numbers and gives the outputs that people look for", async () => {
        const { result, warnings } = await run(devStack(kubeconfig), { outputs });
        assert.equal(warnings.filter((warning) => warning.includes("RFC 5398")).length, 2);
        const { pools, nodes, byHand, sessions, tryNext } = result;
        assert.deepEqual(
            { pools, nodes, byHand },
            {
                pools: { "metallb-pool": { addresses: ["192.168.32.0/24"] } },
                nodes: { wn1: ["192.168.33.21"], wn2: ["192.168.33.22"] },
                byHand: {},
            },
        );
        assert.equal(sessions.length, 7);
        assert.match(tryNext["see the address"] ?? "", /^kubectl --context home /);
    });

    it("hands a router's end to a provider of another kind, without a secret", async () => {
        const { bgp, ...stack } = devStack(kubeconfig);
        const routers = bgp!.routers as Record<string, object>;
        const theirs = { address: "192.168.33.4", asn: 64501, byHand: "json" };
        const settings = { ...stack, bgp: { ...bgp, routers: { ...routers, "fw-b": theirs } } };
        const { result, registrations } = await run(settings, { outputs });
        const neighbour = (address: string, description: string) => ({
            address,
            description,
            asn: 64500,
            family: "ipv4",
            timers: { hold: 9, keepalive: 3 },
            bfd: false,
            prefixListIn: "test-in-v4",
            prefixListOut: "test-out-v4",
            maximumPrefix: 282,
        });
        const list = (name: string, description: string, rule: object) => ({
            name,
            description,
            family: "ipv4",
            rules: [{ seq: 10, ...rule }],
        });
        assert.deepEqual(result.byHand, {
            "fw-b": {
                owner: "test",
                bgp: { asn: 64501, routerId: "192.168.33.4" },
                addresses: { ipv4: "192.168.33.4" },
                port: 179,
                password: "bgpPassword",
                neighbours: [neighbour("192.168.33.21", "wn1"), neighbour("192.168.33.22", "wn2")],
                prefixLists: [
                    list("test-in-v4", "pools of test", {
                        action: "permit",
                        prefix: "192.168.32.0/24",
                        ge: 32,
                    }),
                    list("test-out-v4", "nothing towards test", { action: "deny", any: true }),
                ],
            },
        });
        const firewalls = registrations.filter(({ type }) => type.endsWith(":PfSenseBgp"));
        assert.deepEqual(
            firewalls.map(({ name }) => name),
            ["fw-a"],
        );
    });

    it("needs neither Flux's manifest nor a firewall for layer 2 beside an existing Flux", async () => {
        const { cluster, metallb } = devStack(kubeconfig);
        const { registrations } = await run({
            cluster: cluster ?? {},
            flux: { install: false },
            metallb: { ...metallb, l2: { lan: { pools: ["metallb-pool"] } } },
        });
        assert.deepEqual(
            registrations.map(({ name }) => name),
            [
                "metallb-namespace",
                "metallb-helmrelease",
                "metallb-ipaddresspool-metallb-pool",
                "metallb-l2advertisement-lan",
                "metallb-helmchart",
                "metallb-helmrepository",
                "flux",
                "metallb",
                "sessions",
                "identity",
                "cluster",
            ],
        );
    });

    it("makes of nodes that it discovers what it makes of the same ones in a list", async () => {
        const item = (name: string, address: string) => ({
            metadata: { name },
            status: { addresses: [{ type: "InternalIP", address }] },
        });
        const answers: Record<string, object> = {
            "/api/v1": { resources: [{ name: "nodes", kind: "Node", namespaced: false }] },
            "/api/v1/nodes": {
                items: [item("wn2", "192.168.33.22"), item("wn1", "192.168.33.21")],
            },
        };
        const server = createApi((request, response) => {
            const answer = answers[request.url!.replace(/\?.*/, "")];
            response.statusCode = answer ? 200 : 404;
            response.setHeader("content-type", "application/json");
            response.end(JSON.stringify(answer ?? {}));
        }).listen(0, "127.0.0.1");
        await once(server, "listening");
        const { port } = server.address() as AddressInfo;
        const path = join(folder, "answers");
        const insecure = { "insecure-skip-tls-verify": true };
        writeFileSync(path, kubeconfigFor(`http://127.0.0.1:${port}`, insecure));
        try {
            const listed = devStack(path);
            const discovering = { ...listed, bgp: { ...listed.bgp, discover: {} } };
            delete (discovering.bgp as { nodes?: unknown }).nodes;
            const [wanted, found] = [
                await run(listed, { preview: true }),
                await run(discovering, { preview: true }),
            ];
            assert.deepEqual(shapeOf(found.registrations), shapeOf(wanted.registrations));
            const ends = ({ registrations }: typeof found) =>
                registrations.filter(({ type }) => /:(BGPPeer|PfSenseBgp)$/.test(type));
            assert.equal(ends(found).length, 4);
            assert.deepEqual(ends(found), ends(wanted));
            assert.deepEqual(found.result.nodes, wanted.result.nodes);
        } finally {
            server.closeAllConnections();
            server.close();
        }
    });

    it("is held to the review that it is given, and does nothing else", async () => {
        const settings = devStack(kubeconfig);
        const reviewed = "METALLB_PFSENSE_REVIEWED";
        const digestOf = ({ result }: Awaited<ReturnType<typeof run>>) =>
            (result as { review: { digest: string } }).review.digest;
        const digest = digestOf(await run(settings, { outputs }));
        try {
            process.env[reviewed] = "0123456789ab";
            await assert.rejects(run(settings, { outputs }), (error: Error) => {
                assert.ok(pulumi.RunError.isInstance(error), "printed without a stack trace");
                const [first, second] = error.message.split("\n");
                assert.equal(
                    first,
                    `Nothing was changed: ${reviewed} is 0123456789ab, and what this up would do has the digest ${digest}. Preview it again.`,
                );
                assert.equal(second, "What this changes:");
                return true;
            });
            const monitor = pulumi.runtime.getMonitor() as unknown as {
                getRegisteredResources(): Map<string, unknown>;
            };
            assert.equal(monitor.getRegisteredResources().size, 1, "the stack's identity alone");
            assert.match(digestOf(await run(settings, { preview: true })), /^[0-9a-f]{12}$/);
            process.env[reviewed] = digest;
            assert.equal(digestOf(await run(settings, { outputs })), digest);
        } finally {
            delete process.env[reviewed];
        }
    });

    it("registers nothing when the config is wrong or the cluster does not answer", async () => {
        const wrong = devStack(kubeconfig);
        wrong.bgp = { ...wrong.bgp, asn: "no number" };
        const silent = devStack(join(folder, "none"));
        const undiscovered = devStack(kubeconfig);
        undiscovered.bgp = { ...undiscovered.bgp, nodes: {}, discover: {} };
        for (const [settings, message] of [
            [wrong, /in the stack config; nothing was changed:\n/],
            [silent, /^The kubeconfig \S+ cannot be read\. Nothing was changed\.$/],
            [undiscovered, /^The nodes could not be discovered\. /],
        ] as const) {
            await assert.rejects(run(settings), (error: Error) => {
                assert.ok(pulumi.RunError.isInstance(error), "printed without a stack trace");
                assert.equal(error.stack, undefined);
                assert.match(error.message, message);
                return true;
            });
            const monitor = pulumi.runtime.getMonitor() as unknown as {
                getRegisteredResources(): Map<string, unknown>;
            };
            assert.equal(monitor.getRegisteredResources().size, 0);
        }
    });
});
