import { pinnedVersion } from "./modules";

/** Programs that are built from one tools module, so that their dependencies are not mixed. */
export interface Family {
    /** Folder under `lab/tools`. */
    readonly name: string;
    /** Package of each program, by file name. */
    readonly programs: Readonly<Record<string, string>>;
    /** Further names of the family's only program, which acts by the name it is called under. */
    readonly links?: readonly string[];
    /** Variables the linker sets, by full name. */
    readonly variables?: Readonly<Record<string, string>>;
    /** Files of a pinned module that a program embeds: put beside its source for the build. */
    readonly embedded?: readonly Embedded[];
}

export interface Embedded {
    readonly module: string;
    /** Path inside the module; its last part is the file's name for the build. */
    readonly path: string;
    /** JSON members that are set in it; absent: it is taken as it is. */
    readonly set?: Readonly<Record<string, string>>;
}

export const site: Family = {
    name: "site",
    programs: { pause: "./pause", web: "./web", repository: "./repository" },
};

/** An OCI registry that asks for a login; a family of its own, because it is more than a few lines. */
export const registry: Family = { name: "registry", programs: { registry: "." } };

export const etcd: Family = { name: "etcd", programs: { etcd: "go.etcd.io/etcd/server/v3" } };

export const kubernetes: Family = {
    name: "kubernetes",
    programs: { kube: "." },
    links: [
        "kube-apiserver",
        "kube-controller-manager",
        "kube-scheduler",
        "kubelet",
        "kube-proxy",
        "kubectl",
    ],
    variables: kubernetesVersion(pinnedVersion("kubernetes", "k8s.io/kubernetes")),
};

export const metallb: Family = {
    name: "metallb",
    programs: {
        "metallb-controller": "go.universe.tf/metallb/controller",
        "metallb-speaker": "go.universe.tf/metallb/speaker",
    },
};

/** The release that many upgrade from; built by the test of it. */
export const earlierMetallb: Family = { ...metallb, name: "metallb-0.15.3" };

/** MetalLB's default backend. */
export const frrK8s: Family = {
    name: "frr-k8s",
    programs: {
        "frr-k8s": "github.com/metallb/frr-k8s/cmd/frr-k8s-controller",
        "frr-metrics": "github.com/metallb/frr-k8s/cmd/metrics",
        "frr-status": "github.com/metallb/frr-k8s/cmd/status",
        statuscleaner: "github.com/metallb/frr-k8s/cmd/statuscleaner",
    },
};

export const sourceController: Family = {
    name: "source-controller",
    programs: { "source-controller": "github.com/fluxcd/source-controller" },
};

export const helmController: Family = {
    name: "helm-controller",
    programs: { "helm-controller": "github.com/fluxcd/helm-controller" },
};

export const kustomizeController: Family = {
    name: "kustomize-controller",
    programs: { "kustomize-controller": "github.com/fluxcd/kustomize-controller" },
};

export const coredns: Family = {
    name: "coredns",
    programs: { coredns: "github.com/coredns/coredns" },
};

export const pulumi: Family = {
    name: "pulumi",
    programs: { pulumi: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi" },
    variables: {
        "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": pinnedVersion(
            "pulumi",
            "github.com/pulumi/pulumi/pkg/v3",
        ),
    },
};

/**
 * What the module of the Kubernetes provider calls itself: its newest version that can be had as a
 * module is a commit between two releases.
 */
const kubernetesPluginVersion = "4.25.0";
const kubernetesPluginModule = "github.com/pulumi/pulumi-kubernetes/provider/v4";

/** The official provider plugin; its own main embeds two files that its repository generates. */
export const kubernetesPlugin: Family = {
    name: "pulumi-kubernetes",
    programs: { "pulumi-resource-kubernetes": "." },
    variables: { "main.version": kubernetesPluginVersion },
    embedded: [
        {
            module: kubernetesPluginModule,
            path: "cmd/pulumi-resource-kubernetes/schema.json",
            set: { version: kubernetesPluginVersion },
        },
        {
            module: kubernetesPluginModule,
            path: "cmd/pulumi-resource-kubernetes/terraform-mapping.json",
        },
    ],
};

/** Prometheus's own alerting rules on metrics read once, for the test of the alerts. */
export const prometheus: Family = { name: "prometheus", programs: { alerts: "." } };

/** What is built in every case, in this order. */
export const always: readonly Family[] = [
    site,
    registry,
    etcd,
    kubernetes,
    metallb,
    frrK8s,
    helmController,
    sourceController,
    kustomizeController,
    coredns,
];

/**
 * Without these the programs call themselves v0.0.0-master, which no chart's `kubeVersion` accepts
 * (k8s.io/component-base/version, k8s.io/client-go/pkg/version).
 */
function kubernetesVersion(version: string): Record<string, string> {
    const [major, minor] = version.slice(1).split(".") as [string, string];
    const packages = ["k8s.io/component-base/version", "k8s.io/client-go/pkg/version"];
    const variables = packages.flatMap((name) => [
        [`${name}.gitVersion`, version],
        [`${name}.gitMajor`, major],
        [`${name}.gitMinor`, minor],
        [`${name}.gitTreeState`, "clean"],
    ]);
    return Object.fromEntries(variables) as Record<string, string>;
}
