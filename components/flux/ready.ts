import type { KubernetesObject } from "@kubernetes/client-node";
import type * as pulumi from "@pulumi/pulumi";
import { fluxNamespace as namespace } from "../../config/namespaces";
import type { FluxPlan } from "../../config/plan";
import { notReadyText } from "../../config/release-words";
import { runError } from "../../config/run-error";
import type { ClusterApi } from "../cluster/api";
import { atChange, hookWarning } from "../hooks";
import { eventTexts, podTroubles, type WarningEvent } from "../pods";
import { type Seen, Troubles } from "../troubles";
import { Waits } from "../waits";

/** The label by which Flux's install manifest tells what an object is a part of. */
const partOf = { "app.kubernetes.io/part-of": "flux" };

interface Deployment extends KubernetesObject {
    spec?: { replicas?: number };
    status?: {
        observedGeneration?: number;
        replicas?: number;
        updatedReplicas?: number;
        availableReplicas?: number;
    };
}

/** Milliseconds. */
export interface FluxPatience {
    /** Between two looks at the Deployments. */
    readonly look: number;
    /** Between two looks at the pods. */
    readonly pods: number;
    /** For which something is wrong before it is told: much passes by itself while pods start. */
    readonly tell: number;
    /** For which a pod does not run. */
    readonly pod: number;
    /** For all of it. */
    readonly whole: number;
}

const usual: FluxPatience = { look: 250, pods: 5_000, tell: 15_000, pod: 120_000, whole: 600_000 };

/**
 * Waits until Flux's controllers run, beside what is made for them to work on: a controller looks at
 * its objects as soon as it starts, seconds before the plugin would have seen it to be available.
 */
export class FluxReady {
    private readonly warn = hookWarning();
    private answer: Promise<void> | undefined;
    /** A wait is under way. */
    pending = false;
    /** Why the controllers do not run, once that was given up. */
    problem: Error | undefined;

    constructor(
        private readonly api: ClusterApi,
        private readonly plan: Pick<FluxPlan, "components">,
        private readonly patience = usual,
        private readonly waits = new Waits(),
    ) {}

    /** After a change of a controller, whose end nobody waits for. */
    hooks(name: string): pulumi.ResourceHookBinding | undefined {
        return atChange("after", `${name}-controllers-begun`, () => this.begin());
    }

    /** Begins to wait, unless somebody does already. */
    begin(): void {
        if (this.pending) return;
        this.answer = this.wait();
        // Whoever waits for it is told.
        this.answer.catch(() => undefined);
    }

    /**
     * Settles when the controllers are what is wanted, in a run that changes none of them as well:
     * the plugin has not waited for those of the run before. One that is not there others name.
     * @throws RunError with what the pods and Kubernetes' events say
     */
    async reached(): Promise<void> {
        await this.answer;
        // One may have been changed after the other was looked at.
        await this.wait();
    }

    private async wait(): Promise<void> {
        this.pending = true;
        try {
            await this.waits.timed("Flux's controllers", this.running());
        } catch (error) {
            this.problem = error as Error;
            throw error;
        } finally {
            this.pending = false;
        }
    }

    private async running(): Promise<void> {
        const { look, pods, tell, pod, whole } = this.patience;
        const begun = Date.now();
        const troubles = new Troubles(tell, this.warn);
        let found: Seen = {};
        let [last, lastPods] = [begun, begun];
        for (;;) {
            // An API server that is away for a moment is no answer.
            const left = await this.notRunning().catch(() => undefined);
            if (left?.length === 0) return;
            const now = Date.now();
            if (now - lastPods >= pods) {
                const asked = podTroubles(this.api, namespace, partOf, "Flux", pod);
                found = await asked.catch(() => found);
                lastPods = now;
            }
            const over = await troubles.over(found, now - last);
            if (over || now - begun >= whole) throw await this.failure(now - begun, troubles.texts);
            last = now;
            await new Promise((resolve) => setTimeout(resolve, look));
        }
    }

    private async notRunning(): Promise<string[]> {
        const all = await this.api.list<Deployment>("apps/v1", "Deployment", namespace);
        const names = all.flatMap((one) => (isRunning(one) ? [] : (one.metadata?.name ?? [])));
        return this.plan.components.filter((component) => names.includes(component));
    }

    private async failure(waited: number, troubles: readonly string[]): Promise<pulumi.RunError> {
        const events = await this.api.list<WarningEvent>("v1", "Event", namespace).catch(() => []);
        return runError(notReadyText(waited / 1000, troubles, eventTexts(events), "Flux"));
    }
}

function isRunning({ metadata, spec, status = {} }: Deployment): boolean {
    const { replicas: wanted = 1 } = spec ?? {};
    const { replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = status;
    const current = status.observedGeneration === metadata?.generation;
    // A pod of before is available, too, and stays for as long as the new one does not run.
    return current && [replicas, updatedReplicas, availableReplicas].every((one) => one === wanted);
}
