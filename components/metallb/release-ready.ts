import type * as pulumi from "@pulumi/pulumi";
import { releaseName } from "../../config/objects";
import type { MetalLbPlan } from "../../config/plan";
import { isInstalled } from "../../config/release-objects";
import {
    notReadyText,
    releaseEarlier,
    releaseProblem,
    releaseState,
    suspendedText,
} from "../../config/release-words";
import { runError } from "../../config/run-error";
import type { ClusterApi } from "../cluster/api";
import type { FluxReady } from "../flux/ready";
import { atChange, hookWarning } from "../hooks";
import { type Seen, Troubles } from "../troubles";
import { Waits } from "../waits";
import { type FluxObject, readyOf } from "./flux-object";
import { eventTexts, podTroubles, type WarningEvent } from "../pods";

interface Release extends FluxObject {
    status?: FluxObject["status"] & {
        history?: { chartVersion?: string; ociDigest?: string }[];
        lastAttemptedGeneration?: number;
    };
}

/** Milliseconds. */
export interface Patience {
    /** Between two looks at the release. */
    readonly look: number;
    /** Between two looks at the pods. */
    readonly pods: number;
    /** For which something is wrong before it is told: much passes by itself while pods start. */
    readonly tell: number;
    /** For which the release is failed: Flux tries again after 30 s. */
    readonly failed: number;
    /** For which a pod does not run. */
    readonly pod: number;
    /** For which the API server does not answer. */
    readonly silent: number;
    /** For all of it: above the release's own timeout plus one retry. */
    readonly whole: number;
}

const usual: Patience = {
    look: 250,
    pods: 5_000,
    tell: 15_000,
    failed: 40_000,
    pod: 120_000,
    silent: 60_000,
    whole: 720_000,
};

/** What counts where MetalLB is installed for the first time. */
export interface FirstTime {
    /** Settles when Flux has the chart, without which it says nothing of the release. */
    readonly chart: () => Promise<void>;
    /** Whether MetalLB takes its objects, ready or not: nothing of before could answer for it. */
    readonly serves: () => Promise<boolean>;
}

interface Options {
    /** Default: what suits a cluster. */
    readonly patience?: Patience;
    /** Whether Flux's controllers run. Default: not asked. */
    readonly controllers?: FluxReady | undefined;
    /** Default: MetalLB was there before. */
    readonly first?: FirstTime | undefined;
    /** Where it notes how long it took. Default: nowhere. */
    readonly waits?: Waits;
}

/**
 * Waits until MetalLB's release is what is wanted, and ends with the reason once it cannot become
 * so. The plugin would wait for as long as it is allowed to, whatever Flux and the pods say, and end
 * with "timed out waiting for the condition".
 */
export class ReleaseReady {
    private readonly warn = hookWarning();
    private answer: Promise<void> | undefined;
    private served: Promise<void> | undefined;
    private readonly patience: Patience;
    private readonly controllers: FluxReady | undefined;
    private readonly first: FirstTime | undefined;
    private readonly waits: Waits;

    constructor(
        private readonly api: ClusterApi,
        private readonly plan: Pick<MetalLbPlan, "namespace" | "chart">,
        { patience = usual, controllers, first, waits = new Waits() }: Options = {},
    ) {
        this.patience = patience;
        this.controllers = controllers;
        this.first = first;
        this.waits = waits;
    }

    /** After a change of the release; undefined under Pulumi's mocks. */
    hooks(name: string): pulumi.ResourceHookBinding | undefined {
        return atChange("after", `${name}-release-ready`, () => this.changed());
    }

    /**
     * The wait after a change. On a first installation it only begins, and those who need the release
     * wait: while an after hook runs, the engine keeps the object locked and so writes no state
     * (CreateStep.Apply in its step.go). If that run is killed, a destroy knows neither of a firewall
     * that is done meanwhile nor of the release, whose HelmRelease has to go before its namespace:
     * else Flux finds nothing any more to uninstall.
     */
    changed(): Promise<void> | undefined {
        this.answer = undefined;
        const usable = this.usable();
        if (!this.first) return usable;
        usable.catch(() => undefined);
        return undefined;
    }

    /** What MetalLB's objects wait for, also when the release itself is as an earlier run has left it. */
    gate(name: string): pulumi.ResourceHookBinding | undefined {
        return atChange("before", `${name}-release-there`, () => this.usable());
    }

    /**
     * Settles when the release is ready; at once where it is not there at all, which others name.
     * @throws RunError with what Flux, the pods and Kubernetes' events say
     */
    reached(): Promise<void> {
        return (this.answer ??= this.waits.timed("MetalLB's release", this.wait()));
    }

    /**
     * Settles when MetalLB takes its objects: when the release is ready, but on a first installation
     * before, because there is nothing of before that could answer in its place.
     * @throws RunError as {@link reached}
     */
    usable(): Promise<void> {
        return this.first ? (this.served ??= this.firstUsable(this.first)) : this.reached();
    }

    private async firstUsable({ chart, serves }: FirstTime): Promise<void> {
        await chart();
        await this.waits.timed("MetalLB to take its objects", this.wait(serves));
    }

    private async wait(enough?: () => Promise<boolean>): Promise<void> {
        const begun = Date.now();
        const { look, pods, whole } = this.patience;
        const troubles = new Troubles(this.patience.tell, this.warn);
        let release: Looked | undefined;
        let found: Seen = {};
        let [last, lastPods, lastAnswer] = [begun, 0, begun];
        for (;;) {
            const now = Date.now();
            try {
                release = await this.release();
                lastAnswer = now;
            } catch (error) {
                // It may be away for a moment.
                if (now - lastAnswer >= this.patience.silent) throw unanswered(error as Error);
            }
            if (release === "ready" || release === "absent" || (await enough?.())) return;
            if (now - lastPods >= pods) {
                found = await this.pods().catch(() => found);
                lastPods = now;
            }
            const seen = { ...this.ofRelease(release), ...this.ofPods(release, found) };
            const over = await troubles.over(seen, now - last);
            if (this.controllers?.problem) throw this.controllers.problem;
            if (over || now - begun >= whole) throw await this.failure(now - begun, troubles.texts);
            last = now;
            await new Promise((resolve) => setTimeout(resolve, look));
        }
    }

    private async release(): Promise<Looked> {
        const { namespace } = this.plan;
        const name = { name: releaseName, namespace };
        const found = await this.api.find<Release>(
            "helm.toolkit.fluxcd.io/v2",
            "HelmRelease",
            name,
        );
        if (!found) return "absent";
        const { history, lastAttemptedGeneration: attempted } = found.status ?? {};
        const ready = readyOf(found);
        const state = releaseState({
            generation: found.metadata?.generation ?? 0,
            ...(attempted !== undefined && { attempted }),
            installed: isInstalled(this.plan, history?.[0]),
            ...(ready && { ready }),
        });
        if (state === "ready") return state;
        return { state: found.spec?.suspend ? "suspended" : state, message: ready?.message ?? "" };
    }

    private ofRelease(release: Looked | undefined): Seen {
        if (typeof release !== "object") return {};
        const { state, message } = release;
        if (state === "suspended") {
            return {
                release: { text: suspendedText("HelmRelease", this.plan.namespace), most: 0 },
            };
        }
        if (state === "earlier") return { earlier: { text: releaseEarlier(message) } };
        if (state !== "failed") return {};
        return { release: { text: releaseProblem(message), most: this.patience.failed } };
    }

    /** Pods of a try before say nothing about this one. */
    private ofPods(release: Looked | undefined, found: Seen): Seen {
        const earlier = typeof release === "object" && release.state === "earlier";
        return earlier ? {} : found;
    }

    private pods(): Promise<Seen> {
        const { namespace } = this.plan;
        const ours = { "app.kubernetes.io/instance": releaseName };
        return podTroubles(this.api, namespace, ours, "MetalLB", this.patience.pod);
    }

    private async failure(waited: number, troubles: readonly string[]): Promise<pulumi.RunError> {
        const events = await this.api
            .list<WarningEvent>("v1", "Event", this.plan.namespace)
            .catch(() => []);
        return runError(notReadyText(waited / 1000, troubles, eventTexts(events)));
    }
}

const unanswered = ({ message }: Error) =>
    runError(`The cluster does not say whether MetalLB is ready: ${message.split("\n")[0]!}`);

type Looked = "ready" | "absent" | { readonly state: string; readonly message: string };
