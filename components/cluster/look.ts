import * as pulumi from "@pulumi/pulumi";
import { chartFindings } from "../../config/chart-now";
import { foreignFindings, isMetalLb, otherUsers } from "../../config/foreign";
import { namespaceProblems } from "../../config/namespaces";
import type { Plan, SecretKey } from "../../config/plan";
import type { ClusterFindings } from "../../config/preflight";
import { releaseObjects } from "../../config/release-objects";
import { holderProblems, type StackIdentity } from "../../config/stack-mark";
import { upgradeFindings } from "../../config/upgrade";
import type { ClusterReview } from "../../config/review";
import { objectKey } from "../../config/review/cluster";
import { runError } from "../../config/run-error";
import { FluxReady } from "../flux/ready";
import { ChartReady } from "../metallb/chart-ready";
import { Configuration } from "../metallb/configuration";
import { PeerChanges } from "../metallb/peer-changes";
import { PoolMoves } from "../metallb/pool-moves";
import { ReleaseReady } from "../metallb/release-ready";
import { servesObjects } from "../metallb/serving";
import { Webhook } from "../metallb/webhook";
import { Waits } from "../waits";
import { ClusterApi, SilentCluster } from "./api";
import { accessNow } from "./access";
import { Leftovers } from "./leftovers";
import { foreignNow, namespacesNow, preflight, releaseNow } from "./preflight";
import {
    aroundChanges,
    clusterReview,
    objectsNow,
    passwordChanges,
    requireNoDrift,
} from "./review";

/** For whom the cluster is asked. */
export interface Asked {
    readonly stack: StackIdentity;
    /** A secret in clear, to compare it with the cluster's. */
    readonly reveal: (key: SecretKey) => string;
}

/** What a look at the cluster has found. */
export interface ClusterLook {
    /** Steps around the change that the engine makes. */
    readonly moves: PoolMoves;
    readonly peerChanges: PeerChanges;
    readonly fluxReady: FluxReady;
    readonly chartReady: ChartReady;
    readonly releaseReady: ReleaseReady;
    readonly webhook: Webhook;
    readonly configuration: Configuration;
    readonly leftovers: Leftovers;
    readonly review: ClusterReview;
    /** Keys of the objects of the plan that the cluster does not have. */
    readonly missing: ReadonlySet<string>;
    /** Others have releases of Flux's: it stays when this stack is destroyed. */
    readonly fluxIsShared: boolean;
    /** No MetalLB runs yet, so that there is neither session nor announced address to lose. */
    readonly first: boolean;
    /**
     * Asks again when everything is made, and tells how long what was waited for.
     * @throws RunError for what others have changed or deleted of it, and for a configuration that
     *     MetalLB refuses
     */
    prove(made: ReadonlySet<string>): Promise<void>;
}

/**
 * Looks at the cluster before anything is made: what its nodes say to the plan, and what the change
 * does to services. Both are told; a cluster that cannot be asked is told, too.
 * @param patience milliseconds for one answer; default: 10 s, the first one 5 s
 * @returns undefined where the cluster could not be asked
 * @throws RunError for a cluster that is silent, and in an `up` that would take an address from a
 *     service, or something over that others have made
 */
export async function lookAtCluster(
    plan: Plan,
    asked: Asked,
    patience?: number,
): Promise<ClusterLook | undefined> {
    try {
        return await look(new ClusterApi(plan.cluster, patience), plan, asked);
    } catch (error) {
        if (pulumi.RunError.isInstance(error)) throw error;
        if (error instanceof SilentCluster) {
            // The plugin would wait for it without a limit, in a preview as well.
            throw runError(
                `The cluster of context ${plan.cluster.context} takes connections and ${error.message}. Nothing was changed.`,
            );
        }
        const reason = (error as Error).message.split("\n")[0]!;
        await pulumi.log.warn(
            `The cluster could not be asked about its nodes, pools and services, so that what this does to them is not known: ${reason}`,
        );
        return undefined;
    }
}

async function look(api: ClusterApi, plan: Plan, { reveal, stack }: Asked): Promise<ClusterLook> {
    const { metallb, flux } = plan;
    const configuration = new Configuration(api, metallb.namespace);
    const [
        moves,
        peerChanges,
        nodes,
        namespaces,
        others,
        now,
        passwords,
        release,
        access,
        refused,
    ] = await Promise.all([
        PoolMoves.look(api, metallb),
        PeerChanges.look(api, metallb),
        preflight(api, metallb, plan.sessions, plan.discovered !== undefined),
        namespacesNow(api),
        foreignNow(api, flux.install, metallb),
        objectsNow(api, metallb.namespace),
        passwordChanges(api, plan, reveal),
        releaseNow(api, metallb.namespace),
        accessNow(api, metallb),
        configuration.problems(),
    ]);
    const foreign = foreignFindings(metallb, flux, others);
    const chart = chartFindings(metallb, release, access);
    const sessions = peerChanges.findings();
    const services = moves.findings(metallb.renumber);
    const problems = [
        ...foreign.problems,
        ...holderProblems(metallb, release, stack),
        ...chart.problems,
        ...namespaceProblems(metallb, flux, namespaces),
        ...sessions.problems,
        ...services.problems,
    ];
    const warnings = [
        ...foreign.warnings,
        ...chart.warnings,
        ...upgradeFindings(metallb, others.deployments),
        ...nodes,
        ...refused,
        ...sessions.warnings,
        ...services.warnings,
    ];
    await tell({ problems, warnings });
    const around = [...aroundChanges(plan, namespaces, others), ...passwords];
    const steps = { moves, peerChanges };
    const first = !release && !others.deployments.some(isMetalLb);
    const waits = new Waits();
    const controllers = new FluxReady(api, flux, undefined, waits);
    const chartReady = new ChartReady(api, metallb, { controllers, atOnce: first, waits });
    const firstTime = {
        chart: () => chartReady.reached(releaseObjects(metallb).sources),
        serves: () => servesObjects(api, metallb),
    };
    const review = clusterReview(plan, now, around, steps, problems);
    const added = review.objects.filter(({ how }) => how === "added");
    return {
        ...steps,
        fluxReady: controllers,
        chartReady,
        releaseReady: new ReleaseReady(api, metallb, {
            controllers,
            waits,
            ...(first && { first: firstTime }),
        }),
        webhook: new Webhook(api, metallb),
        configuration,
        leftovers: new Leftovers(api, new Set(namespaces.map(({ name }) => name))),
        review,
        missing: new Set(added.map(objectKey)),
        fluxIsShared: otherUsers(others, metallb).length > 0,
        first,
        prove: async (made) => {
            await requireNoDrift(api, plan, made);
            await configuration.taken();
            const waited = waits.told();
            if (waited) await pulumi.log.info(waited);
        },
    };
}

/** @throws RunError with every problem, but in a preview, which tells them */
async function tell({ problems, warnings }: ClusterFindings): Promise<void> {
    if (problems.length > 0 && !pulumi.runtime.isDryRun()) {
        throw runError(["Nothing was changed:", ...problems].join("\n  "));
    }
    const refused = problems.map((problem) => `An up would refuse this: ${problem}`);
    for (const text of [...refused, ...warnings]) await pulumi.log.warn(text);
}
