import type { ClusterObject } from "./objects";
import type { MetalLbPlan, SecretKey } from "./plan";

/** A Secret with which chart or images are fetched. */
export interface AccessSecret {
    readonly name: string;
    readonly type: string;
    /** Config key of the password in it; absent: nothing in it is secret. */
    readonly key?: SecretKey;
    /** What stands in it, by the password. */
    readonly contents: (password: string) => Readonly<Record<string, string>>;
}

/** Secret with the login for images. */
export const imageSecret = "metallb-image-login";

/** True for a chart in an OCI registry, false for one in a Helm repository. */
export const isOci = ({ chart }: Pick<MetalLbPlan, "chart">): boolean =>
    chart.repository.startsWith("oci://");

/**
 * Names of the Secrets that a source of the chart refers to. A registry's and a repository's are two
 * Secrets, because a Secret cannot change its type.
 */
export function chartSecrets(plan: Pick<MetalLbPlan, "chart">) {
    const { login, ca } = plan.chart;
    return {
        ...(login && { login: isOci(plan) ? "metallb-chart-login" : "metallb-repository-login" }),
        ...(ca !== undefined && { ca: "metallb-chart-ca" }),
    };
}

/** The Secrets with which chart and images are fetched, in the order of making. */
export function accessSecrets(plan: MetalLbPlan): AccessSecret[] {
    const { chart, imageLogin } = plan;
    const names = chartSecrets(plan);
    const secrets: AccessSecret[] = [];
    if (names.ca !== undefined) {
        secrets.push({
            name: names.ca,
            type: "Opaque",
            contents: () => ({ "ca.crt": chart.ca! }),
        });
    }
    if (chart.login) {
        const { user, key } = chart.login;
        const name = names.login!;
        secrets.push(
            isOci(plan)
                ? dockerSecret(name, key, new URL(chart.repository).host, user)
                : {
                      name,
                      type: "kubernetes.io/basic-auth",
                      key,
                      contents: (password) => ({ username: user, password }),
                  },
        );
    }
    if (imageLogin) {
        const { registry, user, key } = imageLogin;
        secrets.push(dockerSecret(imageSecret, key, registry, user));
    }
    return secrets;
}

/** In the form of docker's own file, which Flux and kubelets read. */
function dockerSecret(
    name: string,
    key: SecretKey,
    registry: string,
    username: string,
): AccessSecret {
    const contents = (password: string) => {
        const auth = Buffer.from(`${username}:${password}`).toString("base64");
        const auths = { [registry]: { username, password, auth } };
        return { ".dockerconfigjson": JSON.stringify({ auths }) };
    };
    return { name, type: "kubernetes.io/dockerconfigjson", key, contents };
}

/** Config keys of the passwords that these Secrets hold. */
export const loginKeys = (plan: MetalLbPlan): SecretKey[] =>
    accessSecrets(plan).flatMap(({ key }) => key ?? []);

/** Such a Secret without what stands in it. */
export const accessObject = (plan: MetalLbPlan, { name, type }: AccessSecret) =>
    ({
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name, namespace: plan.namespace },
        type,
    }) satisfies ClusterObject & { type: string };
