import type { KubernetesObject } from "@kubernetes/client-node";
import * as pulumi from "@pulumi/pulumi";
import { chartProblem } from "../../config/chart-words";
import type { ClusterObject } from "../../config/objects";
import type { MetalLbPlan } from "../../config/plan";
import type { ClusterApi } from "../cluster/api";
import { takesHooks } from "../hooks";

interface Source extends KubernetesObject {
    status?: { conditions?: Condition[] };
}
interface Condition {
    readonly type: string;
    readonly status: string;
    readonly message?: string;
    readonly observedGeneration?: number;
    readonly lastTransitionTime?: string;
}

/** Milliseconds between two looks, and after which a failure from before counts as today's. */
const interval = 1_000;
const stale = 15_000;

/**
 * Says why a chart cannot be had while it is waited for: the plugin ends with no more than "timed
 * out waiting for the condition". A failure may pass, so it is a warning; the wait has the last word.
 */
export class ChartWords {
    constructor(
        private readonly api: ClusterApi,
        private readonly plan: Pick<MetalLbPlan, "chart">,
    ) {}

    /** What happens around one source; undefined under Pulumi's mocks. */
    hooks(name: string, source: ClusterObject): pulumi.ResourceHookBinding | undefined {
        if (!takesHooks("registerResourceHook")) return undefined;
        const waited = { over: false };
        const hook = (what: string, run: () => Promise<void> | void) =>
            new pulumi.ResourceHook(`${name}-${source.kind.toLowerCase()}-${what}`, run);
        const begin = hook("watched", async () => {
            void this.watch(source, await this.failure(source), waited);
        });
        const end = hook("had", () => void (waited.over = true));
        return {
            beforeCreate: [begin],
            beforeUpdate: [begin],
            afterCreate: [end],
            afterUpdate: [end],
        };
    }

    private async watch(
        source: ClusterObject,
        before: Condition | undefined,
        waited: { readonly over: boolean },
    ): Promise<void> {
        const started = Date.now();
        const said = new Set<string>();
        while (!waited.over) {
            // A run that ends because of it is not held up.
            await new Promise((resolve) => void setTimeout(resolve, interval).unref());
            const failure = await this.failure(source);
            const known = failure !== undefined && sameFailure(failure, before);
            if (!failure || (known && Date.now() - started < stale)) continue;
            const text = chartProblem(this.plan, failure.message ?? "");
            if (said.has(text)) continue;
            said.add(text);
            await pulumi.log.warn(text);
        }
    }

    /** Why the source is not ready; undefined where it is, or nobody knows. */
    private async failure({ apiVersion, kind, metadata }: ClusterObject) {
        const found = await this.api
            .find<Source>(apiVersion, kind, metadata)
            .catch(() => undefined);
        const ready = found?.status?.conditions?.find(({ type }) => type === "Ready");
        return ready?.status === "False" ? ready : undefined;
    }
}

const sameFailure = (one: Condition, other: Condition | undefined): boolean =>
    one.message === other?.message && one.observedGeneration === other?.observedGeneration;
