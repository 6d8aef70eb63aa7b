import * as pulumi from "@pulumi/pulumi";
import type { Plan } from "../config/plan";
import {
    type ClusterReview,
    type Review,
    reviewedVariable,
    reviewOf,
    reviewText,
} from "../config/review";
import { runError } from "../config/run-error";
import type { Firewalls } from "./pfsense/firewalls";

/** Whether an `up` may do nothing before everybody has said what it would do. */
export const isHeldToReview = (): boolean =>
    process.env[reviewedVariable] !== undefined && !pulumi.runtime.isDryRun();

/**
 * Tells what the change does, in a preview and in the `up` after it by the same words, before
 * anything is done but for Flux's part of a first installation.
 * @param cluster absent: it was not asked
 * @throws RunError in an `up` that is held to a review of other changes than those it would make
 */
export async function tellReview(
    plan: Plan,
    cluster: ClusterReview | undefined,
    observations: Firewalls["observations"],
): Promise<Review> {
    const firewalls = Object.fromEntries(
        Object.keys(plan.firewalls)
            .filter((router) => !plan.firewalls[router]!.gone)
            .map((router) => [router, observations[router]?.review ?? {}]),
    );
    const review = reviewOf(plan, cluster, firewalls);
    const text = reviewText(review);
    const reviewed = process.env[reviewedVariable];
    if (isHeldToReview() && reviewed !== review.digest) {
        throw runError(
            `Nothing was changed: ${reviewedVariable} is ${reviewed}, and what this up would do has the digest ${review.digest}. Preview it again.\n${text}`,
        );
    }
    await pulumi.log.info(text);
    return review;
}
