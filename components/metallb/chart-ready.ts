import type * as pulumi from "@pulumi/pulumi";
import { chartProblem, chartSilence } from "../../config/chart-words";
import type { ClusterObject } from "../../config/objects";
import type { MetalLbPlan } from "../../config/plan";
import { suspendedText } from "../../config/release-words";
import { runError } from "../../config/run-error";
import type { ClusterApi } from "../cluster/api";
import type { FluxReady } from "../flux/ready";
import { atChange, hookWarning } from "../hooks";
import { Waits } from "../waits";
import { type FluxObject, readyOf } from "./flux-object";

interface Source extends FluxObject {
    status?: FluxObject["status"] & { lastHandledReconcileAt?: string };
}

/** Milliseconds. */
export interface ChartPatience {
    /** Between two looks. */
    readonly look: number;
    /** For which Flux cannot have the chart: it tries again by itself. */
    readonly failed: number;
    /** For all of it. */
    readonly whole: number;
}

interface Options {
    /** Default: what suits a cluster. */
    readonly patience?: ChartPatience;
    /** Whether Flux's controllers run. Default: not asked. */
    readonly controllers?: FluxReady | undefined;
    /**
     * On a first installation nothing is at stake, and Flux is given all of its objects at once: each
     * one waits for the one before by itself. Default: false.
     */
    readonly atOnce?: boolean;
    /** Where it notes how long it took. Default: nowhere. */
    readonly waits?: Waits;
}

const usual: ChartPatience = { look: 100, failed: 30_000, whole: 120_000 };

/** Flux's own way to be asked to look now (fluxcd/pkg/apis/meta). */
const lookNow = "reconcile.fluxcd.io/requestedAt";

/**
 * Waits until Flux has the chart, and ends with the reason where it cannot have it: the plugin ends
 * with no more than "timed out waiting for the condition".
 */
export class ChartReady {
    private readonly warn = hookWarning();
    private readonly answers = new Map<string, Promise<void>>();
    private readonly patience: ChartPatience;
    private readonly controllers: FluxReady | undefined;
    private readonly atOnce: boolean;
    private readonly waits: Waits;

    constructor(
        private readonly api: ClusterApi,
        private readonly plan: Pick<MetalLbPlan, "chart">,
        { patience = usual, controllers, atOnce = false, waits = new Waits() }: Options = {},
    ) {
        this.patience = patience;
        this.controllers = controllers;
        this.atOnce = atOnce;
        this.waits = waits;
    }

    /** The wait after a change of one source; undefined under Pulumi's mocks, and where none waits. */
    hooks(name: string, source: ClusterObject): pulumi.ResourceHookBinding | undefined {
        if (this.atOnce) return undefined;
        return atChange("after", `${name}-${source.kind.toLowerCase()}-ready`, () => {
            this.answers.delete(source.kind);
            return this.has(source);
        });
    }

    /**
     * What the release waits for, also where the sources are as an earlier run has left them; on a
     * first installation it is there before its chart, and its own wait begins with the chart's.
     */
    gate(name: string, sources: readonly ClusterObject[]): pulumi.ResourceHookBinding | undefined {
        if (this.atOnce) return undefined;
        return atChange("before", `${name}-chart-there`, () => this.reached(sources));
    }

    /**
     * Settles when Flux has what the sources name, one after the other; at once for a source that is
     * not there at all, which others name.
     * @throws RunError with Flux's words and the mend
     */
    async reached(sources: readonly ClusterObject[]): Promise<void> {
        for (const source of sources) await this.has(source);
    }

    private has(source: ClusterObject): Promise<void> {
        const answer =
            this.answers.get(source.kind) ?? this.waits.timed("the chart", this.wait(source));
        this.answers.set(source.kind, answer);
        return answer;
    }

    private async wait(source: ClusterObject): Promise<void> {
        const { look, failed, whole } = this.patience;
        let begun = Date.now();
        const asked = await this.askAgain(source);
        const since = new Map<string, number>();
        for (;;) {
            // An API server that is away for a moment is no answer.
            const state = await this.stateOf(source).catch(() => undefined);
            if (state === "ready" || state === "absent") return;
            if (state === "suspended") {
                throw runError(suspendedText(source.kind, source.metadata.namespace!));
            }
            const now = Date.now();
            const { pending = false, problem } = this.controllers ?? {};
            if (problem) throw problem;
            // Nobody looks yet.
            if (pending) begun = now;
            if (state && (asked === undefined || state.handled === asked)) {
                const text = chartProblem(this.plan, state.message);
                if (!since.has(text)) await this.warn(text);
                since.set(text, since.get(text) ?? now);
                if (now - Math.min(...since.values()) >= failed) throw runError(text);
            }
            if (now - begun >= whole) throw runError(chartSilence(source, whole / 1000));
            await new Promise((resolve) => setTimeout(resolve, look));
        }
    }

    /**
     * A failure that is there from the beginning may be of before, and Flux waits longer and longer
     * between two tries. A changed Secret does not wake it.
     * @returns what Flux says once it has looked; undefined where it was not asked
     */
    private async askAgain(source: ClusterObject): Promise<string | undefined> {
        const { apiVersion, kind, metadata } = source;
        const asked = new Date().toISOString();
        try {
            if (typeof (await this.stateOf(source)) !== "object") return undefined;
            const { name, namespace } = metadata;
            const annotations = { [lookNow]: asked };
            await this.api.merge(apiVersion, kind, { name, namespace, annotations });
            return asked;
        } catch {
            return undefined;
        }
    }

    /** Undefined while Flux is about it. */
    private async stateOf({ apiVersion, kind, metadata }: ClusterObject) {
        const found = await this.api.find<Source>(apiVersion, kind, metadata);
        if (!found) return "absent";
        const handled = found.status?.lastHandledReconcileAt;
        const ready = readyOf(found);
        const current = ready?.observedGeneration === found.metadata?.generation;
        if (ready?.status === "True" && current) return "ready";
        if (found.spec?.suspend) return "suspended";
        if (!current) return undefined;
        return ready?.status === "False" ? { message: ready.message ?? "", handled } : undefined;
    }
}
