import * as pulumi from "@pulumi/pulumi";
import { requireCluster } from ".";
import { foreignFindings, monitoringKinds } from "../../config/foreign";
import { namespaceProblems } from "../../config/namespaces";
import type { Plan } from "../../config/plan";
import { runError } from "../../config/run-error";
import type { ClusterFindings } from "../../config/preflight";
import { upgradeFindings } from "../../config/upgrade";
import { PeerChanges } from "../metallb/peer-changes";
import { PoolMoves } from "../metallb/pool-moves";
import { ClusterApi, SilentCluster } from "./api";
import { foreignNow, namespacesNow, preflight } from "./preflight";

/** What has to be done in the cluster around the change that the engine makes. */
export interface ClusterSteps {
    readonly moves: PoolMoves;
    readonly peerChanges: PeerChanges;
}

/**
 * Looks at the cluster before anything is made: what its nodes say to the plan, and what the change
 * does to services. Both are told; a cluster that cannot be asked is told, too.
 * @param patience milliseconds for one answer; default: 10 s
 * @returns undefined where the cluster could not be asked
 * @throws RunError for a cluster that is silent, and in an `up` without a cluster or one that would
 *     take an address from a service, or something over that others have made
 */
export async function lookAtCluster(
    plan: Plan,
    patience?: number,
): Promise<ClusterSteps | undefined> {
    if (!(await requireCluster(plan.cluster))) return undefined;
    try {
        const api = new ClusterApi(plan.cluster, patience);
        const [moves, peerChanges, findings, namespaces, others] = await Promise.all([
            PoolMoves.look(api, plan.metallb),
            PeerChanges.look(api, plan.metallb),
            preflight(api, plan.metallb, plan.sessions),
            namespacesNow(api),
            foreignNow(api, plan.flux.install, monitoringKinds(plan.metallb)),
        ]);
        const foreign = foreignFindings(plan.metallb, plan.flux, others);
        const services = moves.findings(plan.metallb.renumber);
        const sessions = peerChanges.findings();
        await tell({
            problems: [
                ...foreign.problems,
                ...namespaceProblems(plan.metallb, plan.flux, namespaces),
                ...sessions.problems,
                ...services.problems,
            ],
            warnings: [
                ...foreign.warnings,
                ...upgradeFindings(plan.metallb, others.deployments),
                ...findings,
                ...sessions.warnings,
                ...services.warnings,
            ],
        });
        return { moves, peerChanges };
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

/** @throws RunError with every problem, but in a preview, which tells them */
async function tell({ problems, warnings }: ClusterFindings): Promise<void> {
    if (problems.length > 0 && !pulumi.runtime.isDryRun()) {
        throw runError(["Nothing was changed:", ...problems].join("\n  "));
    }
    const refused = problems.map((problem) => `An up would refuse this: ${problem}`);
    for (const text of [...refused, ...warnings]) await pulumi.log.warn(text);
}
