import assert from "node:assert/strict";
import type { ClusterApi } from "../../components/cluster/api";
import { servesObjects } from "../../components/metallb/serving";
import { metallbPlan } from "./plans";

describe("whether MetalLB takes its objects", () => {
    const registered = { metadata: { name: "metallb-webhook-configuration" } };

    /** @param refusal why the API server does not take a pool; absent: it does */
    async function serves(webhook: object | undefined, refusal?: Error, plan = metallbPlan) {
        const tried: unknown[] = [];
        const api = {
            find: () => Promise.resolve(webhook),
            tryCreate: (object: object) => {
                tried.push(object);
                return refusal ? Promise.reject(refusal) : Promise.resolve();
            },
        } as unknown as ClusterApi;
        return { answer: await servesObjects(api, plan), tried };
    }

    it("is asked with the first pool, once its webhook is registered", async () => {
        const [[name, spec]] = Object.entries(metallbPlan.pools) as [[string, object]];
        const pool = {
            apiVersion: "metallb.io/v1beta1",
            kind: "IPAddressPool",
            metadata: { name, namespace: metallbPlan.namespace },
            spec,
        };
        assert.deepEqual(await serves(registered), { answer: true, tried: [pool] });
    });

    it("is not asked before: the API server alone would take anything", async () => {
        assert.deepEqual(await serves(undefined), { answer: false, tried: [] });
    });

    it("is not so while nobody answers, nor known where there is no pool to ask with", async () => {
        assert.equal((await serves(registered, new Error("connection refused"))).answer, false);
        const plan = { ...metallbPlan, pools: {} };
        assert.deepEqual(await serves(registered, undefined, plan), { answer: false, tried: [] });
    });
});
