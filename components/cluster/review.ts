import type { KubernetesObject } from "@kubernetes/client-node";
import { accessSecrets } from "../../config/access-secrets";
import { fluxNamespace, type NamespaceNow } from "../../config/namespaces";
import type { ForeignNow } from "../../config/foreign";
import type { JsonObject, Plan, SecretKey } from "../../config/plan";
import type { ClusterReview } from "../../config/review";
import { driftOf, objectChanges, type ObjectNow, reviewedKinds } from "../../config/review/cluster";
import { runningRelease } from "../../config/upgrade";
import { runError } from "../../config/run-error";
import type { PeerChanges } from "../metallb/peer-changes";
import type { PoolMoves } from "../metallb/pool-moves";
import type { ClusterApi } from "./api";
import { setByPlugin } from "./as-plugin";

interface Specified extends KubernetesObject {
    spec?: JsonObject;
}
interface Secret extends KubernetesObject {
    data?: Readonly<Record<string, string>>;
}

/** MetalLB's objects and its release as the cluster has them; it is only read. */
export async function objectsNow(api: ClusterApi, namespace: string): Promise<ObjectNow[]> {
    const kinds = await Promise.all(
        reviewedKinds.map(async ([apiVersion, kind]) => {
            const objects = await api.list<Specified>(apiVersion, kind, namespace);
            return objects.map((object): ObjectNow => {
                const set = setByPlugin(object);
                return {
                    kind,
                    name: object.metadata!.name!,
                    spec: object.spec ?? {},
                    ...(set && { set }),
                };
            });
        }),
    );
    return kinds.flat();
}

/** Secrets that the cluster does not have as the stack has them, by their name. */
export async function passwordChanges(
    api: ClusterApi,
    { metallb }: Plan,
    reveal: (key: SecretKey) => string,
): Promise<string[]> {
    const { namespace, passwords } = metallb;
    const wanted = [
        ...accessSecrets(metallb).map(({ name, key, contents }) => ({
            what: key === undefined ? `certificate ${name}` : `password ${name}`,
            name,
            data: contents(key === undefined ? "" : reveal(key)),
        })),
        ...Object.entries(passwords).map(([name, key]) => ({
            what: `password ${name}`,
            name,
            data: { password: reveal(key) },
        })),
    ];
    const changes = await Promise.all(
        wanted.map(async ({ what, name, data }) => {
            const secret = await api.find<Secret>("v1", "Secret", { name, namespace });
            if (!secret) return [`${what} added`];
            const same = Object.entries(data).every(
                ([key, value]) =>
                    Buffer.from(secret.data?.[key] ?? "", "base64").toString() === value,
            );
            return same ? [] : [`${what} changed`];
        }),
    );
    return changes.flat();
}

/** Flux's version, by the label that its manifest puts on every controller. */
const version = "app.kubernetes.io/version";

/** A namespace that comes, another MetalLB, and Flux as far as this program installs it. */
export function aroundChanges(
    { metallb, flux }: Plan,
    namespaces: readonly NamespaceNow[],
    { deployments }: ForeignNow,
): string[] {
    const { namespace } = metallb;
    const changes = namespaces.some(({ name }) => name === namespace)
        ? []
        : [`namespace ${namespace} added`];
    const running = runningRelease(metallb, deployments);
    if (running !== undefined && running !== metallb.chart.version) {
        changes.push(`MetalLB ${running} changed: to ${metallb.chart.version}`);
    }
    if (!flux.install) return changes;
    const controller = deployments.find(
        (one) => one.namespace === fluxNamespace && one.name === "source-controller",
    );
    const now = controller?.labels[version]?.replace(/^v/, "");
    if (!controller) changes.push(`Flux ${flux.version} added`);
    else if (now !== undefined && now !== flux.version) {
        changes.push(`Flux ${now} changed: to ${flux.version}`);
    }
    return changes;
}

/**
 * Makes sure that the cluster has MetalLB's objects as the stack says: the engine compares with its
 * own state, and does not see what others have changed or deleted since.
 * @param made keys of the objects that this run has made or found made
 * @throws RunError with what is not so, and the way on
 */
export async function requireNoDrift(
    api: ClusterApi,
    { metallb }: Plan,
    made: ReadonlySet<string>,
): Promise<void> {
    const drift = driftOf(metallb, await objectsNow(api, metallb.namespace), made);
    if (drift.length === 0) return;
    throw runError(
        [
            "The cluster is not as this stack has made it, and a plain up does not see that:",
            ...drift,
            "pulumi up --refresh puts it right.",
        ].join("\n  "),
    );
}

/** Everything that the cluster says to the change. */
export function clusterReview(
    plan: Plan,
    now: readonly ObjectNow[],
    others: readonly string[],
    { moves, peerChanges }: { readonly moves: PoolMoves; readonly peerChanges: PeerChanges },
    problems: readonly string[],
): ClusterReview {
    const objects = objectChanges(plan.metallb, now);
    const services = moves.findings(plan.metallb.renumber);
    const grows = objects.some(({ kind, how }) => kind === "IPAddressPool" && how !== "removed");
    return {
        objects,
        others,
        services: services.warnings,
        waiting: grows
            ? moves.waiting.map(
                  ({ namespace, name }) =>
                      `service ${namespace}/${name} has no address and may get one.`,
              )
            : [],
        outage: Math.max(moves.outage, peerChanges.outage),
        allSessions: peerChanges.allSessions,
        problems,
    };
}
