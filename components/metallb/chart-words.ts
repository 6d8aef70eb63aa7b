import type { KubernetesObject } from "@kubernetes/client-node";
import type * as pulumi from "@pulumi/pulumi";
import { chartProblem } from "../../config/chart-words";
import type { ClusterObject } from "../../config/objects";
import type { MetalLbPlan } from "../../config/plan";
import type { ClusterApi } from "../cluster/api";
import { hookWarning, meanwhile } from "../hooks";

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

/** Milliseconds after which a failure from before counts as today's. */
const stale = 15_000;

/**
 * Says why a chart cannot be had while it is waited for: the plugin ends with no more than "timed
 * out waiting for the condition". A failure may pass, so it is a warning; the wait has the last word.
 */
export class ChartWords {
    private readonly warn = hookWarning();

    /** @param interval milliseconds between two looks */
    constructor(
        private readonly api: ClusterApi,
        private readonly plan: Pick<MetalLbPlan, "chart">,
        private readonly interval = 1_000,
    ) {}

    /** What happens around one source; undefined under Pulumi's mocks. */
    hooks(name: string, source: ClusterObject): pulumi.ResourceHookBinding | undefined {
        return meanwhile(`${name}-${source.kind.toLowerCase()}`, () => this.watched(source));
    }

    /** Begins to look at a source. @returns what ends it */
    async watched(source: ClusterObject): Promise<() => void> {
        const waited = { over: false };
        void this.watch(source, await this.failure(source), waited);
        return () => void (waited.over = true);
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
            await new Promise((resolve) => void setTimeout(resolve, this.interval).unref());
            const failure = await this.failure(source);
            const known = failure !== undefined && sameFailure(failure, before);
            if (!failure || (known && Date.now() - started < stale)) continue;
            const text = chartProblem(this.plan, failure.message ?? "");
            if (said.has(text)) continue;
            said.add(text);
            await this.warn(text);
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
