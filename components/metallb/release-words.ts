import type { KubernetesObject } from "@kubernetes/client-node";
import type * as pulumi from "@pulumi/pulumi";
import { releaseName } from "../../config/objects";
import { podProblems, releaseProblem } from "../../config/release-words";
import type { ClusterApi } from "../cluster/api";
import { hookWarning, meanwhile } from "../hooks";

interface Release extends KubernetesObject {
    status?: { conditions?: { type: string; status: string; message?: string }[] };
}
interface Pod extends KubernetesObject {
    spec?: { nodeName?: string };
    status?: {
        conditions?: { type: string; status: string; reason?: string; message?: string }[];
        containerStatuses?: ContainerStatus[];
        initContainerStatuses?: ContainerStatus[];
    };
}
interface ContainerStatus {
    readonly name: string;
    readonly state?: { waiting?: { reason?: string; message?: string } };
}

/** Looks in a row after which something is told: much passes by itself while pods start. */
const lasting = 3;

/**
 * Says what keeps MetalLB's release from being ready while it is waited for, which is up to twelve
 * minutes: the plugin ends with no more than "timed out waiting for the condition".
 */
export class ReleaseWords {
    private readonly warn = hookWarning();

    /** @param interval milliseconds between two looks */
    constructor(
        private readonly api: ClusterApi,
        private readonly namespace: string,
        private readonly interval = 5_000,
    ) {}

    /** What happens around the release; undefined under Pulumi's mocks. */
    hooks(name: string): pulumi.ResourceHookBinding | undefined {
        return meanwhile(`${name}-release`, () => this.watched());
    }

    /** Begins to look. @returns what ends it */
    watched(): () => void {
        const waited = { over: false };
        void this.watch(waited);
        return () => void (waited.over = true);
    }

    private async watch(waited: { readonly over: boolean }): Promise<void> {
        let looks = new Map<string, number>();
        while (!waited.over) {
            // A run that ends because of it is not held up.
            await new Promise((resolve) => void setTimeout(resolve, this.interval).unref());
            const problems = Object.entries(await this.problems().catch(() => ({})));
            looks = new Map(problems.map(([what]) => [what, (looks.get(what) ?? 0) + 1]));
            for (const [what, text] of problems) {
                if (!waited.over && looks.get(what) === lasting) await this.warn(text);
            }
        }
    }

    /** What is not as it should be, one sentence each. */
    private async problems(): Promise<Readonly<Record<string, string>>> {
        const { namespace } = this;
        const [release, pods] = await Promise.all([
            this.api.find<Release>("helm.toolkit.fluxcd.io/v2", "HelmRelease", {
                name: releaseName,
                namespace,
            }),
            this.api.list<Pod>("v1", "Pod", namespace),
        ]);
        const ours = pods.filter(
            ({ metadata }) => metadata?.labels?.["app.kubernetes.io/instance"] === releaseName,
        );
        const ready = release?.status?.conditions?.find(({ type }) => type === "Ready");
        return {
            ...(ready?.status === "False" && { "": releaseProblem(ready.message ?? "") }),
            ...podProblems(ours.map(podNow)),
        };
    }
}

function podNow({ metadata, spec, status }: Pod) {
    const scheduled = status?.conditions?.find(({ type }) => type === "PodScheduled");
    const containers = [
        ...(status?.initContainerStatuses ?? []),
        ...(status?.containerStatuses ?? []),
    ];
    return {
        name: metadata!.name!,
        ...(spec?.nodeName !== undefined && { node: spec.nodeName }),
        ...(scheduled?.status === "False" &&
            scheduled.message !== undefined && { unschedulable: scheduled.message }),
        containers: containers.map(({ name, state }) => {
            const { reason = "", message } = state?.waiting ?? {};
            return {
                name,
                ...(state?.waiting && {
                    waiting: { reason, ...(message !== undefined && { message }) },
                }),
            };
        }),
    };
}
