import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { JsonObject, JsonValue, MetalLbPlan, SecretKey } from "../../config/plan";
import { secretOf } from "../secrets";
import { untilWebhookServes } from "./webhook";

export interface MetalLbArgs {
    readonly plan: MetalLbPlan;
    /** The secrets that `plan.passwords` names, by config key. */
    readonly secrets: Readonly<Record<SecretKey, pulumi.Output<string>>>;
    /** Flux's objects: nothing of Flux's kinds is made before them or outlives them. */
    readonly flux: readonly pulumi.Resource[];
    /**
     * The other ends of the sessions, by router. A router's peers and their password come after its
     * firewall, because a speaker whose first call is refused waits before the next one, and go
     * before it, so that the node ends its session itself.
     */
    readonly firewalls: Readonly<Record<string, pulumi.Resource>>;
}

/** Longest wait for a chart to be found; a wrong repository or version fails after this. */
const chartTimeouts = { create: "2m", update: "1m", delete: "2m" };
/** Above the release's own timeout plus one retry, so that helm-controller speaks first. */
const releaseTimeouts = { create: "12m", update: "12m", delete: "10m" };
/** Retrying leaves a half-installed release in place; the other strategy uninstalls it, CRDs and all. */
const retryOnFailure = { strategy: { name: "RetryOnFailure", retryInterval: "30s" } };

/**
 * Installs MetalLB through Flux and configures it: pools, peers, advertisements.
 *
 * The release is waited for until it is really ready, and every MetalLB object depends on it.
 */
export class MetalLb extends pulumi.ComponentResource {
    /** Every MetalLB object; whoever depends on them runs when the cluster's side is complete. */
    public readonly objects: readonly pulumi.Resource[];
    /** The cluster's ends of the sessions with a router, by router. */
    public readonly peers: Readonly<Record<string, readonly pulumi.Resource[]>>;

    private readonly name: string;
    private readonly plan: MetalLbPlan;

    constructor(name: string, args: MetalLbArgs, opts?: pulumi.ComponentResourceOptions) {
        super("metallb-pfsense:index:MetalLb", name, { ...args.plan }, opts);
        this.name = name;
        this.plan = args.plan;
        const namespace = this.namespace();
        const release = this.release(this.chart([namespace, ...args.flux]));
        const passwords = mapValues(args.plan.passwords, (key, secret) =>
            this.password(secret, secretOf(args.secrets, key), [
                namespace,
                ...this.otherEnd(args.firewalls, ({ secret: own }) => own === secret),
            ]),
        );
        const { all, peers } = this.configure(release, passwords, args.firewalls);
        this.objects = all;
        this.peers = mapValues(args.plan.routers, ({ peers: names }) => named(peers, names));
        this.registerOutputs({ pools: Object.keys(args.plan.pools) });
    }

    private namespace(): pulumi.Resource {
        // speaker and frr-k8s run on the host's network with NET_RAW and NET_ADMIN.
        const labels = {
            "pod-security.kubernetes.io/enforce": "privileged",
            "pod-security.kubernetes.io/audit": "privileged",
            "pod-security.kubernetes.io/warn": "privileged",
        };
        const metadata = { name: this.plan.namespace, labels };
        return new k8s.core.v1.Namespace(`${this.name}-namespace`, { metadata }, { parent: this });
    }

    /** Repository and chart as objects of their own: a wrong version then fails in the time of a look-up. */
    private chart(after: readonly pulumi.Resource[]): pulumi.Resource {
        const { url, chart, isOci } = repositoryOf(this.plan.chart.repository);
        const repository = this.fluxObject(
            "HelmRepository",
            "source.toolkit.fluxcd.io/v1",
            { interval: "1h", url, ...(isOci ? { type: "oci" } : {}) },
            // A repository of type oci has no status since Flux 2.2: waiting for it never ends.
            isOci ? [] : ["condition=Ready"],
            { dependsOn: [...after], customTimeouts: chartTimeouts },
        );
        const sourceRef = { kind: "HelmRepository", name: releaseName };
        return this.fluxObject(
            "HelmChart",
            "source.toolkit.fluxcd.io/v1",
            { chart, version: this.plan.chart.version, interval: "1h", sourceRef },
            ["condition=Ready"],
            { dependsOn: [repository], customTimeouts: chartTimeouts },
        );
    }

    private release(chart: pulumi.Resource): pulumi.Resource {
        const spec = {
            chartRef: { kind: "HelmChart", name: releaseName },
            // A change of one of these three uninstalls first, and the CRDs take every object along.
            releaseName,
            targetNamespace: this.plan.namespace,
            storageNamespace: this.plan.namespace,
            interval: "15m",
            timeout: "5m",
            install: retryOnFailure,
            upgrade: retryOnFailure,
            driftDetection: { mode: "enabled" },
            values: this.plan.values,
        };
        return this.fluxObject(
            "HelmRelease",
            "helm.toolkit.fluxcd.io/v2",
            spec,
            // A new chart version does not change the release's generation, so Ready alone could
            // still be the old one's.
            [
                "condition=Ready",
                `jsonpath={.status.history[0].chartVersion}=${this.plan.chart.version}`,
            ],
            { dependsOn: [chart], customTimeouts: releaseTimeouts },
        );
    }

    private fluxObject(
        kind: string,
        apiVersion: string,
        spec: JsonObject,
        waitFor: readonly string[],
        opts: pulumi.CustomResourceOptions,
    ): pulumi.Resource {
        // No key without a value: the plugin would show empty annotations as a change for ever.
        const annotated =
            waitFor.length > 0
                ? { annotations: { "pulumi.com/waitFor": JSON.stringify(waitFor) } }
                : {};
        return new k8s.apiextensions.CustomResource(
            `${this.name}-${kind.toLowerCase()}`,
            {
                apiVersion,
                kind,
                metadata: { name: releaseName, namespace: this.plan.namespace, ...annotated },
                spec,
            },
            { parent: this, ...opts },
        );
    }

    private password(
        secret: string,
        password: pulumi.Output<string>,
        dependsOn: pulumi.Resource[],
    ): pulumi.Resource {
        return new k8s.core.v1.Secret(
            `${this.name}-secret-${secret}`,
            {
                metadata: { name: secret, namespace: this.plan.namespace },
                type: "kubernetes.io/basic-auth",
                stringData: { password },
            },
            { parent: this, dependsOn },
        );
    }

    private configure(
        release: pulumi.Resource,
        passwords: Objects,
        firewalls: Readonly<Record<string, pulumi.Resource>>,
    ): { all: pulumi.Resource[]; peers: Objects } {
        const hooks = untilWebhookServes(this.name);
        // The first object made meets the webhook alone; the others follow it, so that a webhook
        // that is late costs one object's warnings and not every object's.
        let first: pulumi.Resource | undefined;
        const make = (
            kind: string,
            specs: Readonly<Record<string, JsonObject>>,
            references: (spec: JsonObject, name: string) => pulumi.Resource[] = () => [],
        ): Objects =>
            mapValues(specs, (spec, name) => {
                const gate = first === undefined ? [] : [first];
                const dependsOn = [release, ...gate, ...references(spec, name)];
                const object = this.metallbObject(kind, name, spec, { dependsOn, hooks });
                first ??= object;
                return object;
            });

        const { plan } = this;
        const pools = make("IPAddressPool", plan.pools);
        const communities = make("Community", plan.communities);
        const profiles = make("BFDProfile", plan.bfdProfiles);
        const peers = make("BGPPeer", plan.peers, ({ bfdProfile, passwordSecret }, name) => [
            ...this.otherEnd(firewalls, ({ peers: own }) => own.includes(name)),
            ...named(profiles, [bfdProfile]),
            ...named(passwords, [isObject(passwordSecret) ? passwordSecret.name : undefined]),
        ]);
        const announced = make("BGPAdvertisement", plan.bgpAdvertisements, (spec) => [
            ...namedOrAll(pools, spec.ipAddressPools),
            ...namedOrAll(peers, spec.peers),
            // An alias of a community says nothing about the object that defines it.
            ...Object.values(communities),
        ]);
        const local = make("L2Advertisement", plan.l2Advertisements, (spec) =>
            namedOrAll(pools, spec.ipAddressPools),
        );
        const kinds = [pools, communities, profiles, peers, announced, local];
        return { all: kinds.flatMap((objects) => Object.values(objects)), peers };
    }

    /** The firewall of the router whose part of the plan this is; none where it is configured by hand. */
    private otherEnd(
        firewalls: Readonly<Record<string, pulumi.Resource>>,
        isWanted: (router: MetalLbPlan["routers"][string]) => boolean,
    ): pulumi.Resource[] {
        const found = Object.entries(this.plan.routers).find(([, router]) => isWanted(router));
        return found ? [firewalls[found[0]] ?? []].flat() : [];
    }

    private metallbObject(
        kind: string,
        name: string,
        spec: JsonObject,
        opts: pulumi.CustomResourceOptions,
    ): pulumi.Resource {
        const version = kind === "BGPPeer" ? "v1beta2" : "v1beta1";
        return new k8s.apiextensions.CustomResource(
            `${this.name}-${kind.toLowerCase()}-${name}`,
            {
                apiVersion: `metallb.io/${version}`,
                kind,
                metadata: { name, namespace: this.plan.namespace },
                spec,
            },
            {
                parent: this,
                // Two pools with one range, or two peers with one address, are refused, so the old
                // one must go first (internal/config/config.go).
                deleteBeforeReplace: true,
                // The only field that MetalLB forbids to change (api/v1beta2/bgppeer_types.go).
                ...(kind === "BGPPeer" ? { replaceOnChanges: ["spec.enableGracefulRestart"] } : {}),
                ...opts,
            },
        );
    }
}

/** Name of the release, its chart and its repository; part of every name MetalLB's chart makes. */
const releaseName = "metallb";

type Objects = Readonly<Record<string, pulumi.Resource>>;

/** Flux wants an oci:// repository without the chart's name, the stack config gives both in one. */
function repositoryOf(repository: string): { url: string; chart: string; isOci: boolean } {
    if (!repository.startsWith("oci://")) {
        return { url: repository, chart: "metallb", isOci: false };
    }
    const slash = repository.lastIndexOf("/");
    return { url: repository.slice(0, slash), chart: repository.slice(slash + 1), isOci: true };
}

function named(objects: Objects, names: readonly (JsonValue | undefined)[]): pulumi.Resource[] {
    return names.flatMap((name) => (typeof name === "string" ? (objects[name] ?? []) : []));
}

/** MetalLB takes an absent or empty list of names as "all of them". */
function namedOrAll(objects: Objects, names: JsonValue | undefined): pulumi.Resource[] {
    return Array.isArray(names) && names.length > 0
        ? named(objects, names as JsonValue[])
        : Object.values(objects);
}

function isObject(value: JsonValue | undefined): value is JsonObject {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

function mapValues<V, W>(
    record: Readonly<Record<string, V>>,
    map: (value: V, key: string) => W,
): Record<string, W> {
    return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value, key)]));
}
