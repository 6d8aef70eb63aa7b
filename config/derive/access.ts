import { imageSecret } from "../access-secrets";
import type { JsonObject, MetalLbPlan } from "../plan";
import type { StackConfig } from "../schema";

type Access = Pick<MetalLbPlan, "chart" | "serviceAccount" | "imageLogin" | "pullSecrets">;

/** Where chart and images come from, and as whom they are fetched and installed. */
export function deriveAccess(metallb: StackConfig["metallb"]): Access {
    const { version, serviceAccount, images } = metallb;
    const { repository, digest, user, ca } = metallb.chart;
    const { login, pullSecrets } = images ?? {};
    return {
        chart: {
            repository,
            version,
            ...(digest !== undefined && { digest }),
            ...(user !== undefined && { login: { user, key: "chartPassword" } }),
            ...(ca !== undefined && { ca: `${ca.trim()}\n` }),
        },
        ...(serviceAccount !== undefined && { serviceAccount }),
        ...(login && { imageLogin: { ...login, key: "imagePassword" } }),
        ...(pullSecrets && { pullSecrets }),
    };
}

/** Values of chart and subchart for the Secrets of images: the subchart has its own, and no global. */
export function pullValues({ backend, images }: StackConfig["metallb"]): JsonObject {
    const { login, pullSecrets = [] } = images ?? {};
    const all = [...(login ? [imageSecret] : []), ...pullSecrets].map((name) => ({ name }));
    if (all.length === 0) return {};
    const imagePullSecrets = { imagePullSecrets: all };
    return { ...imagePullSecrets, ...(backend === "frr-k8s" && { "frr-k8s": imagePullSecrets }) };
}
