import assert from "node:assert/strict";
import type { ClusterApi } from "../../components/cluster/api";
import { FrrWebhook } from "../../components/metallb/frr-webhook";

const name = "frr-k8s-validating-webhook-configuration";

/** A cluster that has the configuration from the second look on. */
function cluster(failurePolicy?: string) {
    let looks = 0;
    let policy = failurePolicy;
    const changes: unknown[] = [];
    const api = {
        find: () => {
            looks++;
            const webhooks = [{ name: "one", failurePolicy: policy }];
            return Promise.resolve(looks < 2 || policy === undefined ? undefined : { webhooks });
        },
        adjust: (change: { webhooks: { failurePolicy: string }[] }) => {
            policy = change.webhooks[0]!.failurePolicy;
            changes.push(change);
            return Promise.resolve();
        },
    } as unknown as ClusterApi;
    return { api, changes, looks: () => looks, putBack: () => (policy = "Fail") };
}

const until = async (isSo: () => boolean) => {
    const end = Date.now() + 5_000;
    while (!isSo()) {
        assert.ok(Date.now() < end, "in five seconds");
        await new Promise((resolve) => setTimeout(resolve, 10));
    }
};

describe("the webhook of frr-k8s in a cluster that changes to it", () => {
    const change = (failurePolicy: string) => ({
        apiVersion: "admissionregistration.k8s.io/v1",
        kind: "ValidatingWebhookConfiguration",
        metadata: { name },
        webhooks: [{ name: "one", failurePolicy }],
    });

    it("lets pass as soon as it is there, and judges again afterwards", async () => {
        const { api, changes } = cluster("Fail");
        const webhook = new FrrWebhook(api);
        webhook.letPass();
        await until(() => changes.length > 0);
        assert.deepEqual(changes, [change("Ignore")]);
        await webhook.judge();
        assert.deepEqual(changes, [change("Ignore"), change("Fail")]);
        await webhook.judge();
        assert.equal(changes.length, 2);
    });

    it("is left alone when Flux has put it back: the two would do nothing else", async () => {
        const { api, changes, looks, putBack } = cluster("Fail");
        const webhook = new FrrWebhook(api);
        webhook.letPass();
        await until(() => changes.length > 0);
        putBack();
        const before = looks();
        await new Promise((resolve) => setTimeout(resolve, 700));
        assert.equal(looks(), before);
        await webhook.judge();
        assert.deepEqual(changes, [change("Ignore")]);
    });

    it("is not missed where it never comes, and not touched where nobody has let it pass", async () => {
        const { api, changes, looks } = cluster();
        const webhook = new FrrWebhook(api);
        await webhook.judge();
        assert.equal(looks(), 0);
        webhook.letPass();
        await until(() => looks() > 1);
        await webhook.judge();
        assert.deepEqual(changes, []);
    });
});
