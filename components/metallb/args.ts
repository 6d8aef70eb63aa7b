import type * as pulumi from "@pulumi/pulumi";
import type { MetalLbPlan, SecretKey } from "../../config/plan";
import type { StackIdentity } from "../../config/stack-mark";
import type { Leftovers } from "../cluster/leftovers";
import type { ChartWords } from "./chart-words";
import type { PeerChanges } from "./peer-changes";
import type { PoolMoves } from "./pool-moves";
import type { ReleaseWords } from "./release-words";

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
    /** Says why a chart cannot be had. Default: nobody does. */
    readonly chartWords?: ChartWords;
    /** Goes on with what a killed run has made. Default: nobody does. */
    readonly leftovers?: Leftovers;
    /** Says what keeps the release from being ready. Default: nobody does. */
    readonly releaseWords?: ReleaseWords;
}
