import type { MetalLbPlan } from "./plan";
import type { ClusterFindings } from "./preflight";
import type { ReleaseNow } from "./stack-mark";

/** What the plan names and is not in MetalLB's namespace. */
export interface AccessNow {
    readonly missingAccounts: readonly string[];
    readonly missingSecrets: readonly string[];
}

/** What the cluster says to the way in which chart and images are to come. */
export function chartFindings(
    { namespace, chart }: Pick<MetalLbPlan, "namespace" | "chart">,
    release: ReleaseNow | undefined,
    { missingAccounts, missingSecrets }: AccessNow,
): ClusterFindings {
    const problems = missingAccounts.map(
        (name) =>
            `The service account ${name} of metallb.serviceAccount is not in the namespace ${namespace}: make it first, with rights to all that the chart holds (CRDs and cluster roles too), in a namespace of yours (metallb.createNamespace: false).`,
    );
    // Raised in one place and not in the other: Flux would take the digest, and nothing would change.
    const { ociDigest, chartVersion } = release?.installed ?? {};
    const version = chartVersion?.split("+")[0];
    if (ociDigest !== undefined && ociDigest === chart.digest && version !== chart.version) {
        problems.push(
            `metallb.chart.digest is that of version ${version}, which is installed, and metallb.version is ${chart.version}: take the digest of that, or leave the version.`,
        );
    }
    const warnings = missingSecrets.map(
        (name) =>
            `The Secret ${name} of metallb.images.pullSecrets is not in the namespace ${namespace}: until it is, images of its registry are not pulled.`,
    );
    return { problems, warnings };
}
