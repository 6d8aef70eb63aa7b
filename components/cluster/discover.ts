import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { clusterProblem } from ".";
import {
    type ClusterNode,
    discoveredNodes,
    type Discovery,
    type NodeList,
} from "../../config/discover";
import { problemsText } from "../../config/findings";
import { runError } from "../../config/run-error";
import { stackName } from "../identity";
import { ClusterApi, SilentCluster } from "./api";
import type { Node } from "./preflight";

/**
 * Asks the cluster for the nodes that the stack file does not list. Unlike everything else that a
 * preview asks it must be answered: without nodes every neighbour would go.
 * @param patience milliseconds for the answer; default: 5 s
 * @param discovery absent: the file lists them
 * @throws RunError in a preview as in an `up`, before anything is registered, when the cluster does
 *     not answer, or answers what takes most of the neighbours away
 */
export async function discoverNodes(
    discovery: Discovery | undefined,
    patience?: number,
): Promise<NodeList | undefined> {
    if (!discovery) return undefined;
    const [answer, last] = await Promise.all([ask(discovery, patience), lastUp()]);
    const { nodes, errors } = discoveredNodes(discovery, answer, last);
    if (errors.length > 0) throw runError(problemsText(errors, []));
    return nodes;
}

async function ask({ cluster }: Discovery, patience?: number): Promise<ClusterNode[]> {
    const problem = await clusterProblem(cluster);
    if (problem !== undefined) throw unanswered(problem);
    try {
        const nodes = await new ClusterApi(cluster, patience).list<Node>("v1", "Node");
        return nodes.map(clusterNode);
    } catch (error) {
        const reason = (error as Error).message.split("\n")[0]!;
        const how =
            error instanceof SilentCluster ? "takes connections and" : "says nothing of them:";
        throw unanswered(`The cluster of context ${cluster.context} ${how} ${reason}.`);
    }
}

const unanswered = (problem: string) =>
    runError(
        `The nodes could not be discovered. ${problem} Nothing was changed. When it answers again, run this again; to go on without it, list the nodes in bgp.nodes in place of bgp.discover.`,
    );

function clusterNode({ metadata, status }: Node): ClusterNode {
    return {
        name: metadata!.name!,
        labels: metadata?.labels ?? {},
        addresses: (status?.addresses ?? []).flatMap(({ type, address }) =>
            type === "InternalIP" ? address : [],
        ),
    };
}

const known = z.object({
    outputs: z.object({ nodes: z.record(z.string(), z.array(z.string())).default({}) }),
});

/**
 * The output `nodes` of this stack's last `up`, none before the first. The engine reads it from the
 * backend, as for a StackReference, but without a resource in the state; an `up` that failed leaves
 * it as it was.
 */
async function lastUp(): Promise<NodeList> {
    const name = stackName();
    const answer: unknown = await pulumi.runtime.invoke("pulumi:pulumi:readStackOutputs", { name });
    return known.parse(answer).outputs.nodes;
}
