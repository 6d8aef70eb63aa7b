import { isOurs, type Owned } from "./foreign";
import type { JsonObject, MetalLbPlan } from "./plan";
import { before, RELEASE_0_16_2 } from "./rules/versions";

/** The release of MetalLB that runs; undefined: none of ours. The chart writes it on its Deployment. */
export const runningRelease = (
    metallb: Pick<MetalLbPlan, "namespace">,
    deployments: readonly Owned[],
): string | undefined =>
    deployments
        .find((one) => isOurs(one, metallb))
        ?.labels["app.kubernetes.io/version"]?.replace(/^v/, "");

/**
 * What another release of MetalLB does to addresses while it comes or from then on, one sentence
 * each, said before it is applied. Sources: the release notes of 0.16.2 (#3143, #3032).
 *
 * @param deployments what runs
 */
export function upgradeFindings(
    metallb: Pick<MetalLbPlan, "namespace" | "chart" | "values" | "l2Advertisements">,
    deployments: readonly Owned[],
): string[] {
    const { version } = metallb.chart;
    const now = runningRelease(metallb, deployments);
    const layer2 = Object.entries(metallb.l2Advertisements);
    if (now === undefined || layer2.length === 0) return [];
    const [isOld, wasOld] = [version, now].map((one) => before(one, RELEASE_0_16_2));
    const findings: string[] = [];
    const speaker = (metallb.values.speaker ?? {}) as { readonly memberlist?: JsonObject };
    if (isOld !== wasOld && speaker.memberlist?.enabled !== false) {
        findings.push(
            `MetalLB goes from ${now} to ${version}: speakers before and after 0.16.2 do not hear each other, so that until the last one is replaced two nodes may answer for one layer-2 address.`,
        );
    }
    const selecting = layer2.filter(([, spec]) => spec.serviceSelectors).map(([name]) => name);
    if (wasOld && !isOld && selecting.length > 0) {
        findings.push(
            `MetalLB goes from ${now} to ${version}: from 0.16.2 on a layer-2 announcement that selects services (${selecting.join(", ")}) leaves those out that share their address (metallb.io/allow-shared-ip), which nobody answers for then.`,
        );
    }
    return findings;
}
