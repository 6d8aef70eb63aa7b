import assert from "node:assert/strict";
import fc from "fast-check";
import { compilePath } from "../../lab/plugins/kubernetes/jsonpath";
import { readyCondition } from "../../lab/plugins/kubernetes/conditions";
import { liveInputs, normalised, plainObject, stateOf } from "../../lab/plugins/kubernetes/objects";
import { replacingPaths } from "../../lab/plugins/kubernetes/replacement";
import { makeSecret, type Properties, type Value } from "../../lab/plugins/values";
import { numRuns, properties } from "./arbitraries";
import type { Api } from "../../lab/plugins/kubernetes/api";

const noApi = undefined as unknown as Api;

describe("live objects in the shape of the inputs", () => {
    const input = {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: "d", annotations: {} },
        spec: { limits: { cpu: "1000m", memory: "1024Mi" }, args: ["a"] },
    };

    it("show an edit and hide what the server adds or spells differently", () => {
        const live = {
            ...input,
            metadata: { name: "d", uid: "1", generation: 2 },
            spec: { limits: { cpu: "1", memory: "1Gi" }, args: ["b", "c"], replicas: 1 },
            status: { ready: true },
        };
        const expected = { ...input, spec: { limits: input.spec.limits, args: ["b"] } };
        assert.deepEqual(liveInputs(live, input), expected);
    });

    it("are the inputs when nobody edited anything", () => {
        fc.assert(
            fc.property(properties, fc.string(), (inputs, added) => {
                const live = { [`${added}!`]: "of the server", ...structuredClone(inputs) };
                assert.deepEqual(liveInputs(live, inputs), inputs);
            }),
            { numRuns },
        );
    });

    it("compare a Secret's stringData with the data the server keeps", () => {
        const secret = { kind: "Secret", apiVersion: "v1", stringData: { p: "one", q: "two" } };
        const live = { ...secret, stringData: {}, data: { p: "b25l", q: "aGFuZA==", r: "eA==" } };
        assert.deepEqual(liveInputs(live, normalised(secret)), {
            kind: "Secret",
            apiVersion: "v1",
            data: { p: "b25l", q: "aGFuZA==" },
        });
    });

    it("take nothing for equal of a kind whose types nobody knows", () => {
        const foo = {
            apiVersion: "example.com/v1",
            metadata: { labels: {} },
            spec: { limits: "1000m" },
        };
        const live = { apiVersion: "example.com/v1", metadata: {}, spec: { limits: "1" } };
        assert.deepEqual(liveInputs(live, foo), live);
    });
});

describe("objects and states", () => {
    it("are sent without marks, read-only fields and underscores for dashes", () => {
        const inputs = {
            metadata: { name: makeSecret("n"), creationTimestamp: null, uid: "u" },
            spec: [{ x_kubernetes_list_type: "map" }],
        };
        assert.deepEqual(plainObject(inputs), {
            metadata: { name: "n" },
            spec: [{ "x-kubernetes-list-type": "map" }],
        });
    });

    it("keep a Secret's content secret, sent secret or not", () => {
        const inputs = { apiVersion: "v1", kind: "Secret", stringData: { p: "one" } };
        const live = { apiVersion: "v1", kind: "Secret", data: { p: "b25l" } };
        assert.deepEqual(stateOf(inputs, live, "m"), {
            apiVersion: "v1",
            kind: "Secret",
            data: makeSecret({ p: "b25l" }),
            __inputs: { ...inputs, stringData: makeSecret({ p: "one" }) },
            __fieldManager: "m",
            __initialApiVersion: "v1",
        });
    });

    it("are replaced when a Secret changes, unless Secrets are mutable", () => {
        const secret = { apiVersion: "v1", kind: "Secret" };
        const name = ["metadata.name", "metadata.namespace"];
        const fixed = { secrets: false, configMaps: false };
        const mutable = { secrets: true, configMaps: false };
        assert.deepEqual(replacingPaths(secret, fixed), [...name, "type", "stringData", "data"]);
        assert.deepEqual(replacingPaths(secret, mutable), [...name, "type"]);
        const immutable = { ...secret, immutable: true };
        assert.equal(replacingPaths(immutable, mutable).includes("data"), true);
    });
});

describe("JSONPath of pulumi.com/waitFor", () => {
    const status = (type: string, value: string): Value => ({
        status: { conditions: [{ type, status: value }], list: [1, 2] },
    });
    const filter =
        "$.status.conditions[?((@.type=='Ready' && @.status=='True') || (@.type=='Stalled' && @.status=='True'))]";

    it("selects members, positions and filtered items", () => {
        const object = status("Ready", "True");
        assert.deepEqual(compilePath(".status.list[-1]")(object), [2]);
        assert.deepEqual(compilePath(".status['list'][*]")(object), [1, 2]);
        assert.deepEqual(compilePath('.status.conditions[?(@.type=="Ready")].status')(object), [
            "True",
        ]);
        assert.deepEqual(compilePath(".status.missing.x")(object), []);
    });

    it("combines comparisons", () => {
        const found = (type: string, value: string) => compilePath(filter)(status(type, value));
        assert.equal(found("Ready", "True").length, 1);
        assert.equal(found("Stalled", "True").length, 1);
        assert.equal(found("Ready", "Unknown").length, 0);
        assert.equal(compilePath(".status[?!@.type]")(status("x", "y")).length, 2);
    });

    it("refuses what it does not understand, with the place", () => {
        assert.throws(
            () => compilePath(".a[0"),
            /unexpected text at position 5 of JSONPath "\.a\[0"/,
        );
        assert.throws(() => compilePath(".a.."), /unexpected text at position/);
    });
});

describe("readiness", () => {
    const object = (annotations: Properties, status: Properties, generation = 1): Properties => ({
        apiVersion: "example.com/v1",
        kind: "Foo",
        metadata: { name: "f", generation, annotations },
        status,
    });
    const judge = (it: Properties) => readyCondition(it)?.(it, noApi);
    const waitFor = (text: string) => ({ "pulumi.com/waitFor": text });
    const ready = { conditions: [{ type: "Ready", status: "True" }] };

    it("asks nothing of a kind it does not know, nor with skipAwait", () => {
        assert.equal(readyCondition(object({}, {})), undefined);
        const skipped = { ...waitFor("condition=Ready"), "pulumi.com/skipAwait": "true" };
        assert.equal(readyCondition(object(skipped, {})), undefined);
    });

    it("takes a condition of this generation only", async () => {
        const annotations = waitFor("condition=Ready");
        assert.deepEqual(await judge(object(annotations, ready)), { ready: true });
        const stale = { ...ready, observedGeneration: 1 };
        assert.deepEqual(await judge(object(annotations, stale, 2)), { ready: false });
        const no = { conditions: [{ type: "Ready", status: "False" }] };
        assert.deepEqual(await judge(object(annotations, no)), {
            ready: false,
            message: "Resource has condition Ready=False (want True)",
        });
    });

    it("wants all of a list", async () => {
        const annotations = waitFor('["condition=Ready", "jsonpath={.status.version}=2"]');
        assert.deepEqual(await judge(object(annotations, { ...ready, version: 2 })), {
            ready: true,
        });
        assert.deepEqual(await judge(object(annotations, { ...ready, version: 1 })), {
            ready: false,
            message: 'Waiting for jsonpath={.status.version}=2 (found "1")',
        });
    });

    it("refuses a waitFor without its prefix", () => {
        const expected = { message: 'expected a "jsonpath=" or "condition=" prefix, got "Ready"' };
        assert.throws(() => readyCondition(object(waitFor("Ready"), {})), expected);
    });

    it("waits for a Deployment's new Pods, not the old ones", async () => {
        const deployment = (status: Properties): Properties => ({
            apiVersion: "apps/v1",
            kind: "Deployment",
            metadata: { name: "d", generation: 2 },
            spec: { replicas: 2 },
            status,
        });
        const all = { replicas: 2, updatedReplicas: 2, availableReplicas: 2 };
        const verdicts = await Promise.all(
            [
                { ...all, observedGeneration: 2 },
                { ...all, observedGeneration: 1 },
                { ...all, observedGeneration: 2, updatedReplicas: 1 },
                { ...all, observedGeneration: 2, replicas: 3 },
            ].map(async (status) => (await judge(deployment(status)))?.ready),
        );
        assert.deepEqual(verdicts, [true, false, false, false]);
    });
});
