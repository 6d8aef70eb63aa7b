import type { KubernetesObject } from "@kubernetes/client-node";
import type { ClusterApi } from "../cluster/api";

const apiVersion = "admissionregistration.k8s.io/v1";
const kind = "ValidatingWebhookConfiguration";
const metadata = { name: "frr-k8s-validating-webhook-configuration" };

type Policy = "Fail" | "Ignore";
interface Configuration extends KubernetesObject {
    webhooks?: { name: string; failurePolicy?: Policy }[];
}

/** Milliseconds between two looks for the webhook's configuration. */
const interval = 300;

/**
 * Lets FRRConfigurations pass while frr-k8s comes into a running cluster. Its webhook listens half a
 * minute after the speakers that write them have replaced those of the other backend, who are told
 * that it cannot be reached and wait longer and longer: 53 s without a session, measured, where it
 * takes 3 s without that. The speakers' objects are made from judged ones. Flux's drift detection
 * puts the policy back as soon as the upgrade is through, also where a run is killed in between.
 */
export class FrrWebhook {
    private passing = false;
    private watch: Promise<void> | undefined;

    constructor(private readonly api: ClusterApi) {}

    /** From now on, as soon as the configuration is there. */
    letPass(): void {
        if (this.passing) return;
        this.passing = true;
        this.watch = this.keepPassing();
    }

    /** The webhook judges again, as the chart has it. */
    async judge(): Promise<void> {
        if (!this.passing) return;
        this.passing = false;
        await this.watch;
        await this.set("Fail");
    }

    private async keepPassing(): Promise<void> {
        // Once: what Flux has put back is not to be changed again, or it would do nothing else.
        while (this.passing) {
            // Whatever keeps it from being changed, the release goes on as it would without.
            if (await this.set("Ignore").catch(() => false)) return;
            // A run that ends because the release fails is not held up.
            await new Promise((resolve) => void setTimeout(resolve, interval).unref());
        }
    }

    /** @returns whether there is something that has this policy now */
    private async set(policy: Policy): Promise<boolean> {
        const found = await this.api.find<Configuration>(apiVersion, kind, metadata);
        if (!found?.webhooks?.length) return false;
        const others = found.webhooks.filter((one) => one.failurePolicy !== policy);
        if (others.length === 0) return true;
        const webhooks = others.map(({ name }) => ({ name, failurePolicy: policy }));
        await this.api.adjust({ apiVersion, kind, metadata, webhooks } as Configuration);
        return true;
    }
}
