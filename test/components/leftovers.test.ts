import assert from "node:assert/strict";
import type { ClusterApi } from "../../components/cluster/api";
import { Leftovers } from "../../components/cluster/leftovers";

const kubelet = { manager: "kubelet", operation: "Update", subresource: "status" };
const plugin = { manager: "pulumi-kubernetes-1a2b3c4d", operation: "Apply" };
const object = { apiVersion: "v1", kind: "Namespace", metadata: { name: "flux-system" } };

async function written(
    managedFields: readonly object[] | undefined,
    made: object = object,
    rewrite = (leftovers: Leftovers) => leftovers.release(made),
) {
    const calls: unknown[] = [];
    const api = {
        find: (...asked: unknown[]) => {
            calls.push(asked);
            return Promise.resolve(managedFields && { ...made, metadata: { managedFields } });
        },
        merge: (...change: unknown[]) => void calls.push(change),
    } as unknown as ClusterApi;
    await rewrite(new Leftovers(api, new Set()));
    return calls;
}

describe("what a killed run has made", () => {
    const asked = ["v1", "Namespace", { name: "flux-system" }];

    it("is not this run's yet: the plugin's name goes, and nobody else's", async () => {
        const managedFields = [kubelet];
        assert.deepEqual(await written([plugin, kubelet]), [
            asked,
            ["v1", "Namespace", { name: "flux-system", managedFields }],
        ]);
    });

    it("is somebody's who owns nothing where it had that name alone", async () => {
        const pool = { kind: "IPAddressPool", apiVersion: "metallb.io/v1beta1" };
        const metadata = {
            name: "services",
            namespace: "metallb-system",
            labels: { one: "label" },
        };
        const named = { name: "services", namespace: "metallb-system" };
        const nobody = {
            manager: "metallb-pfsense",
            operation: "Update",
            apiVersion: "metallb.io/v1beta1",
            fieldsType: "FieldsV1",
            fieldsV1: { "f:metadata": {} },
        };
        assert.deepEqual(await written([plugin], { ...pool, metadata }), [
            ["metallb.io/v1beta1", "IPAddressPool", named],
            ["metallb.io/v1beta1", "IPAddressPool", { ...named, managedFields: [nobody] }],
        ]);
    });

    it("is taken from everybody by who adopts it, but for the name that the state has", async () => {
        const kubectl = { manager: "kubectl", operation: "Apply" };
        const before = { manager: "before-first-apply", operation: "Update" };
        const taken = (found: readonly object[], own?: string) =>
            written(found, object, (leftovers) => leftovers.takeOver(object, own));
        const rest = (managedFields: readonly object[]) => [
            asked,
            ["v1", "Namespace", { name: "flux-system", managedFields }],
        ];
        assert.deepEqual(await taken([plugin, kubectl, before, kubelet]), rest([kubelet]));
        assert.deepEqual(
            await taken([plugin, kubectl, kubelet], plugin.manager),
            rest([plugin, kubelet]),
        );
        assert.deepEqual(await taken([plugin, kubelet], plugin.manager), [asked]);
    });

    it("is left as it is where it is not there, or not the plugin's", async () => {
        assert.deepEqual(await written(undefined), [asked]);
        assert.deepEqual(await written([kubelet]), [asked]);
    });
});
