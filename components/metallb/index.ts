import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import {
    alertsObject,
    type ClusterObject,
    metallbObject,
    type MetalLbKind,
    namespaceObject,
    passwordObject,
} from "../../config/objects";
import { sharedMark } from "../../config/namespaces";
import { objectKey } from "../../config/review/cluster";
import type { JsonObject, JsonValue, MetalLbPlan } from "../../config/plan";
import { stillThere } from "../cluster/missing";
import { joined } from "../hooks";
import { settled } from "../outputs";
import { secretOf } from "../secrets";
import { annotated, type Annotations, forced, goneAtOnce, notYetAskable } from "./annotations";
import { makeAccessSecrets } from "./access";
import type { MetalLbArgs } from "./args";
import { releaseReached, releaseSteps } from "./release";
import { untilWebhookServes } from "./webhook";

/**
 * Installs MetalLB through Flux and configures it: pools, then the peers of one router after the
 * other as its user calls for them, then the advertisements.
 *
 * Every MetalLB object waits until the release is really what is wanted.
 */
export class MetalLb extends pulumi.ComponentResource {
    private readonly name: string;
    private readonly args: MetalLbArgs;
    private readonly plan: MetalLbPlan;
    private readonly objectHooks: pulumi.ResourceHookBinding;
    private readonly hooks: pulumi.ResourceHookBinding;
    private readonly peerHooks: pulumi.ResourceHookBinding;
    private readonly namespace: pulumi.Resource;
    private readonly release: pulumi.Resource;
    private readonly pools: Objects;
    private readonly communities: Objects;
    private readonly profiles: Objects;
    private readonly peers: Record<string, pulumi.Resource> = {};
    /** The first of MetalLB's objects, which all others follow. */
    private first: pulumi.Resource | undefined;
    private readonly made = new Map<string, pulumi.CustomResource>();

    constructor(name: string, args: MetalLbArgs, opts?: pulumi.ComponentResourceOptions) {
        super("metallb-pfsense:index:MetalLb", name, { ...args.plan }, opts);
        this.name = name;
        this.args = args;
        this.plan = args.plan;
        this.objectHooks = joined(
            stillThere(name, args.missing ?? new Set()),
            args.leftovers?.hooks(name, args.plan.namespace, args.plan.adopt),
        );
        this.hooks = joined(
            this.objectHooks,
            args.releaseReady?.gate(name),
            args.webhook?.hooks(name),
            untilWebhookServes(name),
            args.moves?.hooks(name),
            args.configuration?.hooks(name),
        );
        this.peerHooks = joined(this.hooks, args.peerChanges?.peerHooks(name));
        this.namespace = this.makeNamespace();
        const access = makeAccessSecrets(name, args, this.secretOptions([]));
        this.release = this.makeRelease([this.namespace, ...args.flux, ...access]);
        this.makeAlerts();
        this.pools = this.makeAll("IPAddressPool", args.plan.pools);
        this.communities = this.makeAll("Community", args.plan.communities);
        this.profiles = this.makeAll("BFDProfile", args.plan.bfdProfiles);
        this.registerOutputs({ pools: Object.keys(args.plan.pools) });
    }

    /**
     * What a firewall has to wait for: its agent counts on the sessions that it finds to come back,
     * which they do not while the speakers of another backend take over.
     */
    get beforeFirewalls(): readonly pulumi.Resource[] {
        return this.args.peerChanges?.crosses ? [this.release] : [];
    }

    /**
     * The cluster's ends of the sessions with one router, and their password.
     *
     * They come after the router's firewall, because a speaker whose first call is refused waits
     * before the next one, and go before it, so that the node ends its session itself.
     * @param firewall absent for a router that is configured by hand
     */
    addPeers(router: string, firewall?: pulumi.Resource): readonly pulumi.Resource[] {
        const part = this.plan.routers[router];
        const after = firewall ? [firewall] : [];
        const secret = part?.secret;
        const passwords =
            secret === undefined ? {} : { [secret]: this.makePassword(secret, after) };
        const specs = (part?.peers ?? []).map((name) => [name, this.plan.peers[name]!] as const);
        const made = this.makeAll("BGPPeer", Object.fromEntries(specs), (spec) => [
            ...after,
            ...named(this.profiles, [spec.bfdProfile]),
            ...Object.values(passwords),
        ]);
        Object.assign(this.peers, made);
        return Object.values(made);
    }

    /**
     * Announces the pools: the last part, made when all peers are.
     * @returns every MetalLB object; whoever depends on them runs when the cluster's side is complete
     */
    announce(): readonly pulumi.Resource[] {
        const { plan, pools, communities, profiles, peers } = this;
        const announced = this.makeAll("BGPAdvertisement", plan.bgpAdvertisements, (spec) => [
            ...namedOrAll(pools, spec.ipAddressPools),
            ...namedOrAll(peers, spec.peers),
            // An alias of a community says nothing about the object that defines it.
            ...Object.values(communities),
        ]);
        const local = this.makeAll("L2Advertisement", plan.l2Advertisements, (spec) =>
            namedOrAll(pools, spec.ipAddressPools),
        );
        const kinds = [pools, communities, profiles, peers, announced, local];
        return kinds.flatMap((objects) => Object.values(objects));
    }

    /**
     * Settles when the release is what is wanted, in a run that changes nothing as well; at once for
     * a release that `--target` has left out. What is made after it comes first: it waits, too, and
     * one of them that ends the run says why.
     * @throws RunError with the reason why it is not
     */
    async installed(): Promise<void> {
        const { id } = this.release as pulumi.CustomResource;
        if (pulumi.runtime.isDryRun()) return;
        await this.madeObjects();
        if (await settled(id)) await releaseReached(this.args);
    }

    /** Keys of the objects that the engine takes for made; `--target` may have left some out. */
    async madeObjects(): Promise<ReadonlySet<string>> {
        const ids = [...this.made].map(async ([key, { id }]) => [key, await settled(id)] as const);
        const all = await Promise.all(ids);
        return new Set(all.flatMap(([key, id]) => (id ? [key] : [])));
    }

    /**
     * After Flux, so that a destroy takes it first: what a killed run has made and the state does not
     * know goes with it while the controllers run that take its finalizers away.
     */
    private makeNamespace(): pulumi.Resource {
        const { metadata } = namespaceObject(this.plan);
        const name = `${this.name}-namespace`;
        const dependsOn = [...this.args.flux];
        const opts = { parent: this, dependsOn };
        if (this.plan.createNamespace !== false) {
            const hooks = this.objectHooks;
            return new k8s.core.v1.Namespace(name, { metadata }, { ...opts, hooks });
        }
        const annotations = { [sharedMark]: "shared", "pulumi.com/patchForce": "true" };
        const labelled = { metadata: { ...metadata, annotations } };
        return new k8s.core.v1.NamespacePatch(name, labelled, opts);
    }

    private makeRelease(after: readonly pulumi.Resource[]): pulumi.Resource {
        let before = [...after];
        const steps = releaseSteps(this.name, this.args, this.objectHooks);
        for (const { object, annotations, ...opts } of steps) {
            before = [this.fluxObject(object, annotations, { ...opts, dependsOn: before })];
        }
        return before[0]!;
    }

    /** After the release, so that nothing is missed that is not there yet. */
    private makeAlerts(): void {
        const alerts = alertsObject(this.plan);
        if (!alerts) return;
        const opts = { parent: this, dependsOn: [this.release], hooks: this.objectHooks };
        const name = `${this.name}-alerts`;
        this.noted(alerts, new k8s.apiextensions.CustomResource(name, { ...alerts }, opts));
    }

    private fluxObject(
        object: ClusterObject,
        annotations: Annotations,
        opts: pulumi.CustomResourceOptions,
    ): pulumi.Resource {
        const all = { ...annotations, ...goneAtOnce, ...forced(this.plan.adopt) };
        return this.noted(
            object,
            new k8s.apiextensions.CustomResource(
                `${this.name}-${object.kind.toLowerCase()}`,
                { ...object, metadata: { ...object.metadata, ...annotated(all) } },
                { parent: this, ...opts },
            ),
        );
    }

    private makePassword(secret: string, after: readonly pulumi.Resource[]): pulumi.Resource {
        const password = secretOf(this.args.secrets, this.plan.passwords[secret]!);
        const { metadata, type } = passwordObject(this.plan, secret);
        return new k8s.core.v1.Secret(
            `${this.name}-secret-${secret}`,
            {
                metadata: { ...metadata, ...annotated(forced(this.plan.adopt)) },
                type,
                stringData: { password },
            },
            this.secretOptions(after),
        );
    }

    private secretOptions(after: readonly pulumi.Resource[]): pulumi.CustomResourceOptions {
        return { parent: this, dependsOn: [this.namespace, ...after], hooks: this.objectHooks };
    }

    /**
     * The first object made meets the webhook alone; the others follow it, so that a webhook that
     * is late costs one object's warnings and not every object's.
     */
    private makeAll(
        kind: MetalLbKind,
        specs: Readonly<Record<string, JsonObject>>,
        references: (spec: JsonObject) => pulumi.Resource[] = () => [],
    ): Objects {
        return mapValues(specs, (spec, name) => {
            const gate = this.first === undefined ? [] : [this.first];
            const dependsOn = [this.release, ...gate, ...references(spec)];
            const object = this.metallbObject(kind, name, spec, dependsOn);
            this.first ??= object;
            return object;
        });
    }

    private metallbObject(
        kind: MetalLbKind,
        name: string,
        spec: JsonObject,
        dependsOn: pulumi.Resource[],
    ): pulumi.Resource {
        const object = metallbObject(this.plan, kind, name, spec);
        const isPeer = kind === "BGPPeer";
        const later = this.isAskable(kind, name) ? {} : notYetAskable();
        const annotations = { ...later, ...goneAtOnce, ...forced(this.plan.adopt) };
        const resource = new k8s.apiextensions.CustomResource(
            `${this.name}-${kind.toLowerCase()}-${name}`,
            { ...object, metadata: { ...object.metadata, ...annotated(annotations) } },
            {
                parent: this,
                dependsOn,
                hooks: isPeer ? this.peerHooks : this.hooks,
                // Two pools with one range, or two peers with one address, are refused, so the old
                // one must go first (internal/config/config.go).
                deleteBeforeReplace: true,
                // The only field that MetalLB forbids to change (api/v1beta2/bgppeer_types.go).
                ...(isPeer ? { replaceOnChanges: ["spec.enableGracefulRestart"] } : {}),
            },
        );
        return this.noted(object, resource);
    }

    private noted({ kind, metadata: { name } }: ClusterObject, resource: pulumi.CustomResource) {
        this.made.set(objectKey({ kind, name }), resource);
        return resource;
    }

    /** Whether MetalLB's webhook would judge the object in a preview as it does in the `up`. */
    private isAskable(kind: MetalLbKind, name: string): boolean {
        const { moves, peerChanges } = this.args;
        if (!pulumi.runtime.isDryRun()) return true;
        return (
            (peerChanges?.askable(kind) ?? true) &&
            !(kind === "IPAddressPool" && moves?.takes(name))
        );
    }
}

type Objects = Readonly<Record<string, pulumi.Resource>>;

function named(objects: Objects, names: readonly (JsonValue | undefined)[]): pulumi.Resource[] {
    return names.flatMap((name) => (typeof name === "string" ? (objects[name] ?? []) : []));
}

/** MetalLB takes an absent or empty list of names as "all of them". */
function namedOrAll(objects: Objects, names: JsonValue | undefined): pulumi.Resource[] {
    return Array.isArray(names) && names.length > 0
        ? named(objects, names as JsonValue[])
        : Object.values(objects);
}

function mapValues<V, W>(
    record: Readonly<Record<string, V>>,
    map: (value: V, key: string) => W,
): Record<string, W> {
    return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value, key)]));
}
