import * as pulumi from "@pulumi/pulumi";
import { requireCluster } from ".";
import type { Plan } from "../../config/plan";
import { PoolMoves } from "../metallb/pool-moves";
import { ClusterApi } from "./api";
import { preflight } from "./preflight";

/**
 * Looks at the cluster before anything is made: what its nodes say to the plan, and what the change
 * does to services. Both are told; a cluster that cannot be asked is told, too.
 * @returns undefined where the cluster could not be asked
 * @throws RunError in an `up` without a cluster, or one that would take an address from a service
 */
export async function lookAtCluster(plan: Plan): Promise<PoolMoves | undefined> {
    if (!(await requireCluster(plan.cluster))) return undefined;
    try {
        const api = new ClusterApi(plan.cluster);
        const [moves, findings] = await Promise.all([
            PoolMoves.look(api, plan.metallb),
            preflight(api, plan.metallb, plan.sessions),
        ]);
        for (const finding of findings) await pulumi.log.warn(finding);
        await moves.tell(plan.metallb.renumber ?? []);
        return moves;
    } catch (error) {
        if (pulumi.RunError.isInstance(error)) throw error;
        const reason = (error as Error).message.split("\n")[0]!;
        await pulumi.log.warn(
            `The cluster could not be asked about its nodes, pools and services, so that what this does to them is not known: ${reason}`,
        );
        return undefined;
    }
}
