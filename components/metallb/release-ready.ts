import type * as pulumi from "@pulumi/pulumi";
import { releaseName } from "../../config/objects";
import type { MetalLbPlan } from "../../config/plan";
import { isInstalled } from "../../config/release-objects";
import {
    notReadyText,
    podProblems,
    releaseEarlier,
    releaseProblem,
    releaseState,
    suspendedText,
} from "../../config/release-words";
import { runError } from "../../config/run-error";
import type { ClusterApi } from "../cluster/api";
import { atChange, hookWarning } from "../hooks";
import { type FluxObject, readyOf } from "./flux-object";
import { eventTexts, type Pod, podNow, type WarningEvent } from "./pods";

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
    look: 500,
    pods: 5_000,
    tell: 15_000,
    failed: 40_000,
    pod: 120_000,
    silent: 60_000,
    whole: 720_000,
};

interface Problem {
    readonly text: string;
    /** Milliseconds for which it may last; absent: it does not end the wait. */
    readonly most?: number;
    /** Milliseconds for which it was seen. */
    readonly lasted: number;
    readonly told: boolean;
}

/**
 * Waits until MetalLB's release is what is wanted, and ends with the reason once it cannot become
 * so. The plugin would wait for as long as it is allowed to, whatever Flux and the pods say, and end
 * with "timed out waiting for the condition".
 */
export class ReleaseReady {
    private readonly warn = hookWarning();
    private answer: Promise<void> | undefined;

    constructor(
        private readonly api: ClusterApi,
        private readonly plan: Pick<MetalLbPlan, "namespace" | "chart">,
        private readonly patience = usual,
    ) {}

    /** The wait after a change of the release; undefined under Pulumi's mocks. */
    hooks(name: string): pulumi.ResourceHookBinding | undefined {
        return atChange("after", `${name}-release-ready`, () => {
            this.answer = undefined;
            return this.reached();
        });
    }

    /** What MetalLB's objects wait for, also when the release itself is as an earlier run has left it. */
    gate(name: string): pulumi.ResourceHookBinding | undefined {
        return atChange("before", `${name}-release-there`, () => this.reached());
    }

    /**
     * Settles when the release is ready; at once where it is not there at all, which others name.
     * @throws RunError with what Flux, the pods and Kubernetes' events say
     */
    reached(): Promise<void> {
        return (this.answer ??= this.wait());
    }

    private async wait(): Promise<void> {
        const begun = Date.now();
        const { look, pods, whole } = this.patience;
        let problems: ReadonlyMap<string, Problem> = new Map();
        let release: Looked | undefined;
        let found: Found = {};
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
            if (release === "ready" || release === "absent") return;
            if (now - lastPods >= pods) {
                found = await this.pods().catch(() => found);
                lastPods = now;
            }
            const seen = { ...this.ofRelease(release), ...this.ofPods(release, found) };
            problems = await this.lasting(problems, seen, now - last);
            const over = [...problems.values()].some(
                ({ most = Infinity, lasted }) => lasted >= most,
            );
            if (over || now - begun >= whole) throw await this.failure(now - begun, problems, seen);
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

    private ofRelease(release: Looked | undefined): Found {
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
    private ofPods(release: Looked | undefined, found: Found): Found {
        const earlier = typeof release === "object" && release.state === "earlier";
        return earlier ? {} : found;
    }

    private async pods(): Promise<Found> {
        const pods = await this.api.list<Pod>("v1", "Pod", this.plan.namespace);
        const ours = pods.filter(
            ({ metadata }) => metadata?.labels?.["app.kubernetes.io/instance"] === releaseName,
        );
        const most = this.patience.pod;
        return Object.fromEntries(
            Object.entries(podProblems(ours.map(podNow))).map(([pod, text]) => [
                `pod ${pod}`,
                { text, most },
            ]),
        );
    }

    /** Adds the time since the last look to what is still so, and tells what has lasted. */
    private async lasting(
        before: ReadonlyMap<string, Problem>,
        seen: Found,
        passed: number,
    ): Promise<ReadonlyMap<string, Problem>> {
        const all = new Map(before);
        for (const [key, problem] of Object.entries(seen)) {
            const known = before.get(key);
            const lasted = (known?.lasted ?? 0) + passed;
            const tells = !known?.told && lasted >= this.patience.tell;
            if (tells) await this.warn(problem.text);
            all.set(key, { ...problem, lasted, told: tells || known?.told === true });
        }
        return all;
    }

    private async failure(
        waited: number,
        problems: ReadonlyMap<string, Problem>,
        seen: Found,
    ): Promise<pulumi.RunError> {
        const events = await this.api
            .list<WarningEvent>("v1", "Event", this.plan.namespace)
            .catch(() => []);
        const still = [...problems].filter(([key]) => key in seen).map(([, { text }]) => text);
        return runError(notReadyText(waited / 1000, still, eventTexts(events)));
    }
}

const unanswered = ({ message }: Error) =>
    runError(`The cluster does not say whether MetalLB is ready: ${message.split("\n")[0]!}`);

type Looked = "ready" | "absent" | { readonly state: string; readonly message: string };
type Found = Readonly<Record<string, Pick<Problem, "text" | "most">>>;
