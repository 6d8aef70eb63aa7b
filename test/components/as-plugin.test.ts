import assert from "node:assert/strict";
import type { KubernetesObject } from "@kubernetes/client-node";
import type { ClusterApi } from "../../components/cluster/api";
import {
    applyAsPlugin,
    isByPlugin,
    setByPlugin,
    withoutPlugin,
} from "../../components/cluster/as-plugin";

type Entry = readonly [manager: string, operation: string, spec?: object, subresource?: string];

const object = (...entries: Entry[]): KubernetesObject => ({
    apiVersion: "metallb.io/v1beta1",
    kind: "IPAddressPool",
    metadata: {
        name: "services",
        namespace: "metallb-system",
        labels: { one: "label" },
        resourceVersion: "7",
        managedFields: entries.map(([manager, operation, spec, subresource]) => ({
            manager,
            operation,
            ...(spec && { fieldsV1: { "f:spec": spec } }),
            ...(subresource !== undefined && { subresource }),
        })),
    },
});

describe("an object of the Kubernetes plugin", () => {
    const ours: Record<string, Entry> = {
        "applied by it": ["pulumi-kubernetes-1a2b3c4d", "Apply"],
        "posted by it, as from 4.29 on": ["pulumi-kubernetes", "Update"],
        "posted by it on Windows": ["pulumi-kubernetes.exe", "Update"],
        "posted by it long ago": ["pulumi-resource-kubernetes", "Update"],
    };
    for (const [what, entry] of Object.entries(ours)) {
        it(`is known when ${what}`, () => {
            assert.equal(isByPlugin(object(["kubectl-edit", "Update"], entry)), true);
        });
    }

    const others: Record<string, Entry> = {
        "applied by Flux": ["helm-controller", "Apply"],
        "made by kubectl": ["kubectl-create", "Update"],
        "changed by something of a similar name": ["pulumi-kubernetes-operator", "Update"],
        "given a status by it": ["pulumi-kubernetes", "Update", undefined, "status"],
    };
    for (const [what, entry] of Object.entries(others)) {
        it(`is somebody else's when only ${what}`, () => {
            assert.equal(isByPlugin(object(entry)), false);
            assert.equal(setByPlugin(object(entry)), undefined);
        });
    }

    it("has set what any of its entries holds", () => {
        assert.deepEqual(
            setByPlugin(
                object(
                    ["pulumi-kubernetes", "Update", { "f:chart": { "f:spec": { "f:a": {} } } }],
                    ["kubectl-edit", "Update", { "f:other": {} }],
                    ["pulumi-kubernetes-1", "Apply", { "f:chart": { "f:spec": { "f:b": {} } } }],
                ),
            ),
            { "f:chart": { "f:spec": { "f:a": {}, "f:b": {} } } },
        );
    });

    it("is let go with all that others have, and never without any entry", () => {
        const others = object(["kubectl-edit", "Update", { "f:other": {} }]);
        const both = object(
            ["pulumi-kubernetes-1", "Apply", {}],
            ["kubectl-edit", "Update", { "f:other": {} }],
        );
        assert.equal(withoutPlugin(others), undefined);
        assert.deepEqual(withoutPlugin(both), others.metadata!.managedFields);
        assert.deepEqual(withoutPlugin(object(["pulumi-kubernetes-1", "Apply", {}])), [
            {
                manager: "metallb-pfsense",
                operation: "Update",
                apiVersion: "metallb.io/v1beta1",
                fieldsType: "FieldsV1",
                fieldsV1: { "f:metadata": {} },
            },
        ]);
    });

    const written = async (found: KubernetesObject) => {
        const calls: unknown[] = [];
        const call = (how: string) => (what: unknown, manager: string) => {
            calls.push([how, what, manager]);
            return Promise.resolve();
        };
        const api = { apply: call("apply"), put: call("put") } as unknown as ClusterApi;
        await applyAsPlugin(api, found, { addresses: [] });
        return calls;
    };
    const next = {
        apiVersion: "metallb.io/v1beta1",
        kind: "IPAddressPool",
        metadata: {
            name: "services",
            namespace: "metallb-system",
            labels: { one: "label" },
            annotations: undefined,
        },
        spec: { addresses: [] },
    };

    it("is changed in the name that the plugin has for it", async () => {
        assert.deepEqual(await written(object(["pulumi-kubernetes-1a2b", "Apply"])), [
            ["apply", next, "pulumi-kubernetes-1a2b"],
        ]);
    });

    it("is written in the name whose fields the plugin takes over, where it was posted", async () => {
        assert.deepEqual(await written(object(["pulumi-kubernetes", "Update"])), [
            ["put", next, "pulumi-kubernetes"],
        ]);
    });
});
