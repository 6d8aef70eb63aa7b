import type { FluxGaps } from "./flux-kinds";
import { releaseName } from "./objects";
import type { FluxPlan, JsonObject, JsonValue, MetalLbPlan } from "./plan";
import type { ClusterFindings } from "./preflight";

/** An object of the cluster, as far as it says whose it is. */
export interface Owned {
    readonly namespace: string;
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    /** The release of Helm's that it belongs to, by Helm's own annotations; absent: none. */
    readonly release?: { readonly name: string; readonly namespace: string };
}

/** An object that Flux works for. */
export interface FluxUser extends Owned {
    readonly kind: string;
}

/** What is in the cluster of the kinds that get into this program's way. */
export interface ForeignNow {
    readonly deployments: readonly Owned[];
    readonly daemonSets: readonly Owned[];
    /** Of the Flux Operator. */
    readonly fluxInstances: readonly Owned[];
    /** HelmReleases and Kustomizations, this program's own among them. */
    readonly fluxUsers: readonly FluxUser[];
    /** What the cluster does not know of Flux's kinds that a release is made of. */
    readonly fluxGaps: FluxGaps;
    /** Kinds of the Prometheus Operator that are wanted and not served: "ServiceMonitor". */
    readonly missingMonitoring: readonly string[];
}

/** Kinds of monitoring.coreos.com/v1 that the plan makes objects of, itself or through the chart. */
export function monitoringKinds({
    values,
    alerts,
}: Pick<MetalLbPlan, "values" | "alerts">): string[] {
    const parts = [values.prometheus, groupOf(values["frr-k8s"]).prometheus].map(groupOf);
    const chart = { serviceMonitor: "ServiceMonitor", podMonitor: "PodMonitor" };
    const isOn = (key: string) => parts.some((part) => groupOf(part[key]).enabled === true);
    return [
        ...Object.entries(chart).flatMap(([key, kind]) => (isOn(key) ? [kind] : [])),
        ...(alerts || isOn("prometheusRule") ? ["PrometheusRule"] : []),
    ];
}

const groupOf = (value: JsonValue | undefined): JsonObject =>
    typeof value === "object" && value !== null && !Array.isArray(value)
        ? (value as JsonObject)
        : {};

/** Those of others: without Flux and the definitions of its kinds they would be gone. */
export const otherUsers = (
    { fluxUsers }: Pick<ForeignNow, "fluxUsers">,
    { namespace }: Pick<MetalLbPlan, "namespace">,
): FluxUser[] =>
    fluxUsers.filter(
        (one) =>
            !(
                one.kind === "HelmRelease" &&
                one.name === releaseName &&
                one.namespace === namespace
            ),
    );

/** What others run in the cluster and would fight with this program over, each with the way on. */
export function foreignFindings(
    metallb: Pick<MetalLbPlan, "namespace" | "adopt" | "chart">,
    flux: Pick<FluxPlan, "install">,
    now: ForeignNow,
): ClusterFindings {
    const { deployments, daemonSets, fluxInstances, fluxGaps, missingMonitoring } = now;
    const problems: string[] = [];
    const other = deployments.find((one) => isMetalLb(one) && !isOurRelease(one, metallb));
    const warnings: string[] = [];
    if (other && isAdoptable(other, metallb)) {
        const what = `MetalLB is there already (Helm release metallb in the namespace ${metallb.namespace})`;
        const { version } = metallb.chart;
        if (metallb.adopt) {
            warnings.push(
                `${what} and is taken over: Flux goes on with that release, by chart ${version} and the values of this stack. What is the same of it is not restarted.`,
            );
        } else {
            problems.push(
                `${what}, not of this program. metallb.adopt: true takes it over, with pools and peers of the same names; chart and values become those of this stack (helm get values metallb -n ${metallb.namespace} shows the present ones).`,
            );
        }
    } else if (other) {
        problems.push(
            `MetalLB is there already (Deployment ${place(other)}), not of this program: two of them answer for every service. Remove that one, whose pools kubectl get ipaddresspools -A shows, and run this again.`,
        );
    }
    const [instance] = fluxInstances;
    if (flux.install && instance) {
        problems.push(
            `A Flux Operator keeps Flux here (FluxInstance ${place(instance)}) and would take this one away: set flux: { install: false }.`,
        );
    }
    if (!flux.install) problems.push(...gapProblems(fluxGaps));
    const [user, ...more] = otherUsers(now, metallb);
    if (flux.install && user) {
        const rest = more.length > 0 ? ` and ${more.length} more` : "";
        warnings.push(
            `Others use this Flux (${user.kind} ${place(user)}${rest}): from this up on a destroy leaves it with its kinds, and takes MetalLB alone.`,
        );
    }
    if (missingMonitoring.length > 0) {
        problems.push(
            `metallb.monitoring needs the Prometheus Operator, and the cluster does not serve ${missingMonitoring.join(", ")} of monitoring.coreos.com/v1: install that first, or leave metallb.monitoring out.`,
        );
    }
    const serviceLb = daemonSets.find(({ name }) => name.startsWith("svclb-"));
    if (serviceLb) {
        warnings.push(
            `k3s's own load balancer runs (DaemonSet ${place(serviceLb)}), and it and MetalLB both answer for every service: start k3s with --disable servicelb.`,
        );
    }
    return { problems, warnings };
}

/** Where the Flux that is there does not suffice. */
function gapProblems({ kinds, fields }: FluxGaps): string[] {
    const problems: string[] = [];
    if (kinds.length > 0) {
        problems.push(
            `flux.install is false, and the cluster does not serve ${kinds.join(", ")}: install Flux 2.7 or newer there, with source-controller and helm-controller, or leave flux.install out.`,
        );
    }
    if (fields.length > 0) {
        problems.push(
            `flux.install is false, and the Flux that is there does not know ${fields.join(", ")}, and would go on without a word: upgrade it to 2.7 or newer.`,
        );
    }
    return problems;
}

const place = ({ namespace, name }: Owned) => `${namespace}/${name}`;

/** A part of somebody's MetalLB, by the label of its chart and of its manifests. */
export const isMetalLb = ({ labels }: Owned) =>
    labels["app.kubernetes.io/name"] === "metallb" || labels.app === "metallb";

/** Installed by `helm install metallb` into our namespace, and by no other Flux. */
const isAdoptable = ({ labels, release }: Owned, { namespace }: Pick<MetalLbPlan, "namespace">) =>
    release?.name === releaseName &&
    release.namespace === namespace &&
    labels["helm.toolkit.fluxcd.io/name"] === undefined;

/** MetalLB of this program. */
export const isOurs = (object: Owned, metallb: Pick<MetalLbPlan, "namespace">) =>
    isMetalLb(object) && isOurRelease(object, metallb);

/** helm-controller names the release on every object of it (origin labels). */
const isOurRelease = ({ labels }: Owned, { namespace }: Pick<MetalLbPlan, "namespace">) =>
    labels["helm.toolkit.fluxcd.io/name"] === "metallb" &&
    labels["helm.toolkit.fluxcd.io/namespace"] === namespace;
