import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writePlugins } from "../../lab/plugins";
import { at, makeSecret, unknownValue, type Properties } from "../../lab/plugins/values";
import { PluginClient } from "./client";

const type = "kubernetes:example.com/v1:Foo";

describe("stand-in for the Kubernetes plugin", () => {
    let folder: string;
    let plugin: PluginClient;

    const foo = (name: string, more: Properties = {}): Properties => ({
        apiVersion: "example.com/v1",
        kind: "Foo",
        metadata: { name, namespace: "ns" },
        spec: { s: "a" },
        ...more,
    });
    const start = (env: NodeJS.ProcessEnv) =>
        PluginClient.start(join(folder, "pulumi-resource-kubernetes"), type, {
            PATH: process.env.PATH,
            TMPDIR: folder,
            ...env,
        });

    before(async () => {
        folder = mkdtempSync(join(tmpdir(), "kubernetes-plugin-"));
        await writePlugins(folder, ["kubernetes"]);
        plugin = await start({ LAB_KUBECTL: join(__dirname, "fake-kubectl.mjs") });
        await plugin.configure({ context: "c" });
    });

    after(async () => {
        await plugin.stop();
        const left = readdirSync(folder).filter((name) => name.startsWith("pulumi-kubernetes-"));
        rmSync(folder, { recursive: true });
        assert.deepEqual(left, []);
    });

    it("names what has no name, and knows the name again", async () => {
        const news = { ...foo(""), metadata: {} };
        const { metadata } = await plugin.check(news);
        assert.match(at(metadata, "name") as string, /^x-[0-9a-f]{8}$/);
        assert.deepEqual(
            [at(metadata, "namespace"), at(metadata, "annotations")],
            ["default", { "pulumi.com/autonamed": "true" }],
        );
    });

    it("makes an object, keeps secrets, and sees no change afterwards", async () => {
        const inputs = await plugin.check(foo("made", { spec: { s: makeSecret("x") } }));
        const { id, state } = await plugin.create(inputs);
        assert.equal(id, "ns/made");
        assert.deepEqual(state.spec, { n: 3, s: makeSecret("x") });
        assert.deepEqual(state.__inputs, inputs);
        assert.deepEqual(at(state, "status", "query"), "?fieldManager=pulumi-kubernetes");
        assert.deepEqual((await plugin.diff(state, inputs, inputs)).changes, []);
        assert.deepEqual(await plugin.read(id, state, inputs), { id, inputs });
    });

    it("previews on the server, and not with unknowns", async () => {
        const known = await plugin.create(foo("previewed"), true);
        assert.deepEqual([known.id, known.state.spec], ["", { n: 3, s: "a" }]);
        const open = foo("previewed", { spec: { s: unknownValue } });
        assert.deepEqual((await plugin.create(open, true)).state, open);
        assert.deepEqual(await plugin.read("ns/previewed", {}, foo("previewed")), {
            id: "",
            inputs: {},
        });
    });

    it("takes over nothing, but previews it", async () => {
        await plugin.create(foo("there"));
        assert.deepEqual((await plugin.create(foo("there"), true)).state, foo("there"));
        await assert.rejects(plugin.create(foo("there")), {
            message: [
                'resource "urn:x" was not successfully created by the Kubernetes API server: foos.example.com "there" already exists',
                "The resource already exists in the cluster. Import it, name another one, or manage only some of its fields by a Patch resource.",
            ].join("\n\n"),
        });
    });

    it("replaces on another name or namespace, updates the rest", async () => {
        const { state } = await plugin.create(foo("changed"));
        const diff = (news: Properties) => plugin.diff(state, foo("changed"), news);
        assert.deepEqual(await diff(foo("changed", { spec: { s: "b", l: [1] } })), {
            changes: ["spec.l", "spec.s"],
            replaces: [],
            deleteBeforeReplace: false,
        });
        assert.deepEqual(await diff(foo("other")), {
            changes: ["metadata.name"],
            replaces: ["metadata.name"],
            deleteBeforeReplace: false,
        });
        const moved = foo("changed", { metadata: { name: "changed", namespace: "ns2" } });
        assert.deepEqual((await diff(moved)).replaces, ["metadata.namespace"]);
    });

    it("updates by server-side apply, always as the same manager", async () => {
        const { id, state } = await plugin.create(foo("updated"));
        const updated = await plugin.update(id, state, foo("updated", { spec: { s: "b" } }));
        assert.deepEqual(updated.spec, { n: 3, s: "b" });
        assert.equal(updated.__fieldManager, state.__fieldManager);
        assert.equal(
            at(updated, "status", "query"),
            `?fieldManager=${state.__fieldManager as string}&force=false`,
        );
    });

    it("records what was made but did not become ready", async () => {
        const annotations = {
            "pulumi.com/waitFor": "condition=Ready",
            "pulumi.com/timeoutSeconds": "0.1",
        };
        const metadata = { name: "slow", namespace: "ns", annotations };
        const message =
            'resource "urn:x" was successfully created, but the Kubernetes API server reported that it failed to fully initialize or become live: timed out waiting for the condition';
        await assert.rejects(plugin.create(foo("slow", { metadata })), {
            message,
            recorded: { id: "ns/slow", reasons: [message] },
        });
    });

    it("says what the server refused, and records it only where something is there", async () => {
        const bad = foo("bad", { spec: { n: 0 } });
        await assert.rejects(plugin.create(bad), {
            message:
                'resource "urn:x" was not successfully created by the Kubernetes API server: Foo.example.com "bad" is invalid',
        });
        const { id, state } = await plugin.create(foo("good"));
        const message =
            'the Kubernetes API server reported that "ns/good" failed to fully initialize or become live: Foo.example.com "good" is invalid';
        await assert.rejects(plugin.update(id, state, foo("good", { spec: { n: 0 } })), {
            message,
            recorded: { id, reasons: [message] },
        });
    });

    it("deletes, and takes what is gone for deleted", async () => {
        const { id, state } = await plugin.create(foo("gone"));
        await plugin.delete(id, state);
        assert.deepEqual(await plugin.read(id, state, foo("gone")), { id: "", inputs: {} });
        await plugin.delete(id, state);
    });

    it("previews without a cluster, and says why it can do no more", async () => {
        const alone = await start({ LAB_KUBECTL: "false" });
        try {
            await alone.configure({});
            assert.deepEqual((await alone.create(foo("x"), true)).state, foo("x"));
            await assert.rejects(alone.create(foo("x")), {
                message:
                    "configured Kubernetes cluster is unreachable: unable to load Kubernetes client configuration from kubeconfig file: ",
            });
        } finally {
            await alone.stop();
        }
    });
});
