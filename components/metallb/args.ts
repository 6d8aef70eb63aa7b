import type * as pulumi from "@pulumi/pulumi";
import type { MetalLbPlan, SecretKey } from "../../config/plan";
import type { StackIdentity } from "../../config/stack-mark";
import type { Leftovers } from "../cluster/leftovers";
import type { ChartReady } from "./chart-ready";
import type { Configuration } from "./configuration";
import type { PeerChanges } from "./peer-changes";
import type { PoolMoves } from "./pool-moves";
import type { ReleaseReady } from "./release-ready";
import type { Webhook } from "./webhook";

/** What MetalLB is made of, and what happens around it. */
export interface MetalLbArgs {
    readonly plan: MetalLbPlan;
    /** Whose MetalLB this is; absent: the release carries no mark. */
    readonly stack?: StackIdentity;
    /** The secrets that `plan.passwords` names, by config key. */
    readonly secrets: Readonly<Record<SecretKey, pulumi.Output<string>>>;
    /** Flux's objects: nothing of Flux's kinds is made before them or outlives them. */
    readonly flux: readonly pulumi.Resource[];
    /** Addresses that another pool has afterwards. Default: none. */
    readonly moves?: PoolMoves;
    /** What peers have to change together. Default: nothing. */
    readonly peerChanges?: PeerChanges;
    /** Keys of the objects that the cluster does not have. Default: none that the engine changes. */
    readonly missing?: ReadonlySet<string>;
    /** What MetalLB says of its configuration. Default: nobody asks. */
    readonly configuration?: Configuration;
    /** Waits for the chart. Default: the Kubernetes plugin, which does not say why it cannot be had. */
    readonly chartReady?: ChartReady;
    /** Goes on with what a killed run has made. Default: nobody does. */
    readonly leftovers?: Leftovers;
    /** Asks whether objects are judged. Default: nobody; one that is not is tried again. */
    readonly webhook?: Webhook;
    /** Waits for the release. Default: the Kubernetes plugin, which does not know when to give up. */
    readonly releaseReady?: ReleaseReady;
}
