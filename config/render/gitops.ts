import { stringify } from "yaml";
import { accessSecrets } from "../access-secrets";
import { fluxNamespace } from "../namespaces";
import type { Plan } from "../plan";
import type { Files } from ".";

const release = ["namespace.yaml", "release.yaml"];
const left = "secrets.yaml";

/**
 * Two folders and two Kustomizations of Flux: the second waits for the first, because the kinds of
 * MetalLB's configuration come with its release. Secrets are left out: make them on the cluster, or
 * encrypt them by what your Flux decrypts.
 */
export function gitopsFiles(plan: Plan, cluster: Files): Files {
    const inFolder = (folder: string, names: readonly string[]) => ({
        [`${folder}/kustomization.yaml`]: stringify({
            apiVersion: "kustomize.config.k8s.io/v1beta1",
            kind: "Kustomization",
            resources: [...names],
        }),
        ...Object.fromEntries(names.map((name) => [`${folder}/${name}`, cluster[name]!])),
    });
    const config = Object.keys(cluster).filter((name) => ![...release, left].includes(name));
    const kustomization = (name: string, folder: string, more: object) =>
        stringify({
            apiVersion: "kustomize.toolkit.fluxcd.io/v1",
            kind: "Kustomization",
            metadata: { name, namespace: fluxNamespace },
            spec: {
                interval: "15m",
                path: `./${plan.owner}/${folder}`,
                prune: true,
                wait: true,
                timeout: "10m",
                sourceRef: { kind: "GitRepository", name: "flux-system" },
                ...more,
            },
        });
    const secrets = [
        ...accessSecrets(plan.metallb).map(({ name, type }) => `${name} (${type})`),
        ...Object.keys(plan.metallb.passwords).map((name) => `${name} (kubernetes.io/basic-auth)`),
    ];
    return {
        "metallb.yaml": [
            kustomization("metallb", "release", {}),
            kustomization("metallb-config", "config", { dependsOn: [{ name: "metallb" }] }),
        ].join("---\n"),
        ...(secrets.length > 0 && {
            "SECRETS.md": `Not in these files: the Secrets ${secrets.join(", ")} in the namespace ${plan.metallb.namespace}. cluster/secrets.yaml of \`npm run render\` without --gitops has their form.\n`,
        }),
        ...inFolder("release", release),
        ...inFolder("config", config),
    };
}
