import assert from "node:assert/strict";
import { accessNow } from "../../components/cluster/access";
import type { ClusterApi, Named } from "../../components/cluster/api";
import { fluxGapsNow } from "../../components/cluster/flux-kinds";
import { passwordChanges } from "../../components/cluster/review";
import type { MetalLbPlan, Plan } from "../../config/plan";
import { metallbPlan } from "./plans";

const repository = "oci://registry.example.net/charts/metallb";
const plan: MetalLbPlan = {
    ...metallbPlan,
    passwords: {},
    chart: {
        repository,
        version: "0.16.1",
        login: { user: "flux", key: "chartPassword" },
        ca: "PEM\n",
    },
    serviceAccount: "installer",
    pullSecrets: ["regcred"],
};

/** A cluster that has objects by kind and name, and tells what it was asked for. */
function clusterWith(objects: Readonly<Record<string, object>>, forbidden: readonly string[] = []) {
    const asked: string[] = [];
    const find = (_apiVersion: string, kind: string, { name, namespace }: Named) => {
        asked.push(`${kind} ${namespace ?? "-"}/${name}`);
        if (forbidden.includes(kind)) return Promise.reject(new Error("forbidden"));
        return Promise.resolve(objects[`${kind} ${name}`]);
    };
    const serves = (_apiVersion: string, kind: string) => Promise.resolve(kind === "HelmRelease");
    return { asked, api: { find, serves } as unknown as ClusterApi };
}

describe("what the cluster is asked about the chart", () => {
    it("is the definitions of Flux's kinds, by their names", async () => {
        const { asked, api } = clusterWith({});
        const { kinds } = await fluxGapsNow(api, plan);
        assert.deepEqual(asked, [
            "CustomResourceDefinition -/helmreleases.helm.toolkit.fluxcd.io",
            "CustomResourceDefinition -/ocirepositories.source.toolkit.fluxcd.io",
        ]);
        assert.equal(kinds.length, 2);
        const chart = { repository: "https://charts.example.net", version: "0.16.1" };
        const other = clusterWith({});
        await fluxGapsNow(other.api, { ...plan, chart });
        assert.deepEqual(other.asked.slice(1), [
            "CustomResourceDefinition -/helmrepositories.source.toolkit.fluxcd.io",
            "CustomResourceDefinition -/helmcharts.source.toolkit.fluxcd.io",
        ]);
    });

    it("is what is served, for a user who may not read definitions", async () => {
        const { api } = clusterWith({}, ["CustomResourceDefinition"]);
        assert.deepEqual(await fluxGapsNow(api, plan), {
            kinds: ["OCIRepository of source.toolkit.fluxcd.io/v1"],
            fields: [],
        });
    });

    it("is the account and the Secrets that the plan names, in MetalLB's namespace", async () => {
        const { asked, api } = clusterWith({});
        assert.deepEqual(await accessNow(api, plan), {
            missingAccounts: ["installer"],
            missingSecrets: ["regcred"],
        });
        assert.deepEqual(asked, [
            "ServiceAccount metallb-system/installer",
            "Secret metallb-system/regcred",
        ]);
        const there = clusterWith({ "ServiceAccount installer": {}, "Secret regcred": {} });
        const nothing = { missingAccounts: [], missingSecrets: [] };
        assert.deepEqual(await accessNow(there.api, plan), nothing);
        const without = { ...plan, serviceAccount: undefined, pullSecrets: undefined };
        assert.deepEqual(await accessNow(api, without), nothing);
    });

    it("is whether its Secrets are those of the stack", async () => {
        const reveal = () => "right";
        const changes = (objects: Readonly<Record<string, object>>) =>
            passwordChanges(clusterWith(objects).api, { metallb: plan } as Plan, reveal);
        assert.deepEqual(await changes({}), [
            "certificate metallb-chart-ca added",
            "password metallb-chart-login added",
        ]);
        const secret = (key: string, text: string) => ({
            data: { [key]: Buffer.from(text).toString("base64") },
        });
        const login = (password: string) => {
            const auth = Buffer.from(`flux:${password}`).toString("base64");
            const auths = { "registry.example.net": { username: "flux", password, auth } };
            return secret(".dockerconfigjson", JSON.stringify({ auths }));
        };
        const ca = { "Secret metallb-chart-ca": secret("ca.crt", "PEM\n") };
        assert.deepEqual(
            await changes({ ...ca, "Secret metallb-chart-login": login("right") }),
            [],
        );
        assert.deepEqual(await changes({ ...ca, "Secret metallb-chart-login": login("wrong") }), [
            "password metallb-chart-login changed",
        ]);
    });
});
