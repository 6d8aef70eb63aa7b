import * as pulumi from "@pulumi/pulumi";
import type { MetalLbPlan } from "../../config/plan";
import type { ClusterApi } from "../cluster/api";
import { atChange, takesHooks } from "../hooks";
import { poolRefusal } from "./serving";

/** Longest wait for MetalLB's webhook, in milliseconds. */
const patience = 180_000;
const firstDelay = 500;
const longestDelay = 10_000;

/**
 * Only the API server's words for "the webhook could not be asked". Such a request was neither
 * judged nor stored, so it is safe to send again; a refusal by the webhook itself reads
 * "admission webhook … denied the request" and is final.
 */
const unreachable =
    /failed calling webhook [\\"]+[a-z]+\.metallb\.io[\\"]|conversion webhook for metallb\.io\/\S+, Kind=\w+ failed/;

/**
 * Milliseconds to wait before the next try, or undefined when trying again is wrong or pointless.
 * @param errors texts of all failures of this operation so far, newest first
 */
export function retryDelay(errors: readonly string[]): number | undefined {
    if (!unreachable.test(errors[0] ?? "")) {
        return undefined;
    }
    let waited = 0;
    let delay = firstDelay;
    for (let tries = 1; tries < errors.length; tries++) {
        waited += delay;
        delay = Math.min(delay * 1.5, longestDelay);
    }
    return waited + delay <= patience ? delay : undefined;
}

/**
 * Whoever asks MetalLB's webhook before an object is made or changed. An object that was refused and
 * tried again stays marked as not live in the engine's state (UpdateStep.Apply in its step.go keeps
 * InitErrors), and the next preview shows a change that is none.
 */
export class Webhook {
    private asking: Promise<void> | undefined;

    constructor(
        private readonly api: Pick<ClusterApi, "tryCreate">,
        private readonly plan: MetalLbPlan,
        /** Milliseconds. */
        private readonly delays: (failures: readonly string[]) => number | undefined = retryDelay,
    ) {}

    hooks(name: string): pulumi.ResourceHookBinding | undefined {
        return atChange("before", `${name}-webhook-there`, () =>
            pulumi.runtime.isDryRun() ? undefined : this.there(),
        );
    }

    /** Settles when it answers, whatever it says, or has not done so for three minutes. */
    there(): Promise<void> {
        // What begins at one moment asks once.
        this.asking ??= this.answered().finally(() => (this.asking = undefined));
        return this.asking;
    }

    private async answered(): Promise<void> {
        const failures: string[] = [];
        for (;;) {
            const failure = await poolRefusal(this.api, this.plan);
            if (failure === undefined) return;
            failures.unshift(failure);
            const delay = this.delays(failures);
            if (delay === undefined) return;
            await new Promise((resolve) => setTimeout(resolve, delay));
        }
    }
}

/**
 * Hooks that keep a MetalLB object's operation alive until MetalLB's admission webhook serves.
 *
 * MetalLB 0.16 reports its controller ready before the webhook listens (its readyz is a bare ping,
 * internal/k8s/k8s.go), so objects made right after a Ready HelmRelease may be refused for some
 * seconds. The object itself is the probe: after Ready the webhook configuration exists and fails
 * closed, hence a request is either judged or refused.
 *
 * @returns undefined under Pulumi's mocks
 */
export function untilWebhookServes(name: string): pulumi.ResourceHookBinding | undefined {
    if (!takesHooks("registerErrorHook")) return undefined;
    const hook = new pulumi.ErrorHook(`${name}-webhook`, async ({ errors }) => {
        // The engine asks at preview too, and a preview should fail fast (deploy/step.go).
        const delay = pulumi.runtime.isDryRun() ? undefined : retryDelay(errors);
        if (delay === undefined) {
            return false;
        }
        await new Promise((resolve) => setTimeout(resolve, delay));
        return true;
    });
    return { onError: [hook] };
}
