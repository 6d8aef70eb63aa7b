import { connect } from "node:net";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { ClusterPlan } from "../../config/plan";
import { runError } from "../../config/run-error";
import { clusterEntry, expanded } from "./kubeconfig";

/** Milliseconds for the API server's port to answer. */
const patience = 5_000;

/**
 * The Kubernetes provider of the one cluster of the stack.
 * @param id what tells this cluster from another one, for which everything is made anew. One stack
 *     has one cluster all its life: a changed name, context or kubeconfig is not another cluster
 */
export function clusterProvider(id: string, cluster: ClusterPlan): k8s.Provider {
    return new k8s.Provider(
        "cluster",
        {
            // Empty: the plugin looks where kubectl does. A path would be another change for each
            // person who has it elsewhere, and no destroy of theirs would find the cluster; besides,
            // of one that it is given the plugin leaves a copy, keys and all, in the temporary folder
            // (writeKubeconfigToFile in its util.go). Absent, the SDK takes KUBECONFIG for a path.
            kubeconfig: cluster.kubeconfig === undefined ? "" : expanded(cluster.kubeconfig),
            context: cluster.context,
            clusterIdentifier: id,
            // Otherwise a new password deletes the Secret before it makes the new one.
            enableSecretMutable: true,
            // From 4.29 on the plugin posts what it makes, and an object that an interrupted up has
            // made, or that metallb.adopt is to take over, would be "already exists" for ever.
            upsertExistingObjects: true,
        },
        // Stacks of earlier releases have the name of the cluster there.
        { ignoreChanges: ["clusterIdentifier"] },
    );
}

/**
 * Makes sure that the cluster's API server can be dialled before anything is changed anywhere.
 *
 * The Kubernetes plugin says nothing at preview about a cluster it cannot reach, and at `up` fails
 * at its first object, when a firewall may be configured already. So an `up` stops here; a preview
 * goes on, because the first one is often made before the cluster is there, and only warns.
 * @returns whether it can
 * @throws RunError outside of previews, with the address and the reason
 */
export async function requireCluster(cluster: ClusterPlan): Promise<boolean> {
    const problem = await clusterProblem(cluster);
    if (problem === undefined) {
        return true;
    }
    if (!pulumi.runtime.isDryRun()) {
        throw runError(`${problem} Nothing was changed.`);
    }
    await pulumi.log.warn(`${problem} What the cluster would say to this preview is not known.`);
    return false;
}

/** @returns what keeps this program from the cluster, as one sentence; undefined: nothing */
export async function clusterProblem(cluster: ClusterPlan): Promise<string | undefined> {
    const entry = await clusterEntry(cluster);
    if (typeof entry === "string") return entry;
    if (entry["proxy-url"] !== undefined || process.env.HTTPS_PROXY || process.env.https_proxy) {
        return undefined;
    }
    const failure = await dial(new URL(entry.server));
    return failure && `The cluster of context ${cluster.context} is unreachable: ${failure}.`;
}

/** @returns why the port cannot be reached, or undefined when it can */
function dial({ hostname, port, protocol, host }: URL): Promise<string | undefined> {
    return new Promise((resolve) => {
        const socket = connect({
            host: hostname.replace(/^\[|\]$/g, ""),
            port: Number(port || (protocol === "http:" ? 80 : 443)),
        });
        const end = (failure?: string) => {
            socket.destroy();
            resolve(failure);
        };
        socket.setTimeout(patience, () => end(`${host} is silent for ${patience / 1000} s`));
        socket.once("connect", () => end());
        socket.once("error", (error: NodeJS.ErrnoException) =>
            end(`${host} ${error.code ?? error.message}`),
        );
    });
}
