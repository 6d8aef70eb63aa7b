import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { accessObject, accessSecrets } from "../../config/access-secrets";
import type { MetalLbPlan, SecretKey } from "../../config/plan";
import { secretOf } from "../secrets";
import { annotated, forced } from "./annotations";

/** What the Secrets are made of. */
interface AccessArgs {
    readonly plan: MetalLbPlan;
    readonly secrets: Readonly<Record<SecretKey, pulumi.Output<string>>>;
}

/** Makes the Secrets with which chart and images are fetched. */
export function makeAccessSecrets(
    name: string,
    { plan, secrets }: AccessArgs,
    opts: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
    return accessSecrets(plan).map((secret) => {
        const { metadata, type } = accessObject(plan, secret);
        const { key, contents } = secret;
        const stringData =
            key === undefined ? contents("") : secretOf(secrets, key).apply(contents);
        return new k8s.core.v1.Secret(
            `${name}-secret-${secret.name}`,
            {
                metadata: { ...metadata, ...annotated(forced(plan.adopt)) },
                type,
                stringData: pulumi.secret(stringData),
            },
            opts,
        );
    });
}
