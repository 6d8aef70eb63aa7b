import type { KubernetesObject } from "@kubernetes/client-node";
import { podProblems, type PodNow, type Whose } from "../config/release-words";
import type { ClusterApi } from "./cluster/api";
import type { Seen } from "./troubles";

/** A pod, as far as it says why it does not run. */
export interface Pod extends KubernetesObject {
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

/** What Kubernetes tells of an object. */
export interface WarningEvent extends KubernetesObject {
    type?: string;
    reason?: string;
    message?: string;
    involvedObject?: { kind?: string; name?: string };
    lastTimestamp?: string | Date;
    eventTime?: string | Date;
}

export function podNow({ metadata, spec, status }: Pod): PodNow {
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

/** How many of them help. */
const most = 3;

/** The newest warnings about different objects for different reasons, newest first. */
export function eventTexts(events: readonly WarningEvent[]): string[] {
    const at = ({ lastTimestamp, eventTime }: WarningEvent) =>
        new Date(lastTimestamp ?? eventTime ?? 0).getTime();
    const texts = events
        .filter(({ type }) => type === "Warning")
        .sort((a, b) => at(b) - at(a))
        .map(
            ({ involvedObject: { kind = "", name = "" } = {}, reason = "", message = "" }) =>
                `${kind} ${name}: ${reason}, ${message.trim()}`,
        );
    return [...new Set(texts)].slice(0, most);
}

/**
 * What keeps pods from running, each for as long as it may.
 * @param labels of the pods
 * @param whose what the pods are a part of
 * @param most milliseconds for which one may not run
 */
export async function podTroubles(
    api: ClusterApi,
    namespace: string,
    labels: Readonly<Record<string, string>>,
    whose: Whose,
    most: number,
): Promise<Seen> {
    const pods = await api.list<Pod>("v1", "Pod", namespace);
    const meant = pods.filter(({ metadata }) =>
        Object.entries(labels).every(([key, value]) => metadata?.labels?.[key] === value),
    );
    return Object.fromEntries(
        Object.entries(podProblems(meant.map(podNow), whose)).map(([pod, text]) => [
            `pod ${pod}`,
            { text, most },
        ]),
    );
}
