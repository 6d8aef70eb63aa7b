import type { KubernetesObject } from "@kubernetes/client-node";
import { metallbObject } from "../../config/objects";
import type { MetalLbPlan } from "../../config/plan";
import type { ClusterApi } from "../cluster/api";

const webhook = { name: "metallb-webhook-configuration" };

/**
 * Whether MetalLB takes its objects: it does so as soon as its controller serves the webhook, and
 * Helm sees some seconds later that all its pods are ready. Before the webhook is registered the API
 * server would take anything.
 */
export async function servesObjects(api: ClusterApi, plan: MetalLbPlan): Promise<boolean> {
    if (Object.keys(plan.pools).length === 0) return false;
    try {
        const registered = await api.find<KubernetesObject>(
            "admissionregistration.k8s.io/v1",
            "ValidatingWebhookConfiguration",
            webhook,
        );
        // Else nobody serves yet: no such kind, no endpoint, a certificate of before.
        return registered !== undefined && (await poolRefusal(api, plan)) === undefined;
    } catch {
        return false;
    }
}

/** Why the first pool would not be taken, which is not made; undefined where it would, or without one. */
export async function poolRefusal(
    api: Pick<ClusterApi, "tryCreate">,
    plan: MetalLbPlan,
): Promise<string | undefined> {
    const [pool] = Object.entries(plan.pools);
    if (!pool) return undefined;
    const tried = api.tryCreate(metallbObject(plan, "IPAddressPool", ...pool));
    return tried.then(
        () => undefined,
        ({ message }: Error) => message,
    );
}
