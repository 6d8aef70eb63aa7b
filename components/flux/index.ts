import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { fluxNamespace } from "../../config/namespaces";
import type { FluxPlan } from "../../config/plan";
import { runError } from "../../config/run-error";
import type { Leftovers } from "../cluster/leftovers";
import { joined } from "../hooks";
import { settled } from "../outputs";
import { AtOnce } from "./at-once";
import { type KubernetesObject, withoutWait } from "./manifest";
import type { FluxReady } from "./ready";

export interface FluxArgs {
    readonly plan: FluxPlan;
    /** What {@link fluxObjects} found in the install manifest; empty with `install: false`. */
    readonly objects: readonly KubernetesObject[];
    /** Goes on with what a killed run has made. Default: nobody does. */
    readonly leftovers?: Leftovers;
    /** Waits for the controllers. Default: the Kubernetes plugin, and with it all that needs Flux. */
    readonly fluxReady?: FluxReady;
    /**
     * Others have releases of Flux's, which would go with the definitions of its kinds: a destroy
     * leaves all of Flux. Default: a destroy takes it.
     */
    readonly fluxIsShared?: boolean;
}

/**
 * Installs Flux's controllers from the official install manifest.
 *
 * Each object is a resource of its own, registered at once, so that what depends on `ready` comes
 * after the controllers, and on destroy goes before them: an object of Flux's keeps a finalizer that
 * only its controller can take away.
 */
export class Flux extends pulumi.ComponentResource {
    /** Every object of the installation; empty where Flux was there before. */
    public readonly ready: readonly pulumi.Resource[];
    private readonly controllers: pulumi.CustomResource[] = [];
    private readonly fluxReady: FluxReady | undefined;

    constructor(name: string, args: FluxArgs, opts?: pulumi.ComponentResourceOptions) {
        super("metallb-pfsense:index:Flux", name, { ...args.plan }, opts);
        const { leftovers, fluxReady } = args;
        this.fluxReady = fluxReady;
        const hooks = leftovers?.hooks(name, fluxNamespace) ?? {};
        const begun = joined(hooks, fluxReady?.hooks(name));
        const atOnce = joined(hooks, new AtOnce().hooks(name));
        const ready: pulumi.Resource[] = [];
        for (const stage of stagesOf(args.objects)) {
            const dependsOn = [...ready];
            for (const object of stage) {
                const child = `${name}-${object.kind}-${object.metadata.name}`.toLowerCase();
                const isController = object.kind === "Deployment";
                const around =
                    { CustomResourceDefinition: atOnce, Deployment: begun }[object.kind] ?? hooks;
                const wanted = isController && fluxReady ? withoutWait(object) : object;
                const opts = {
                    parent: this,
                    dependsOn,
                    hooks: around,
                    ...(args.fluxIsShared && { retainOnDelete: true }),
                };
                const resource = register(child, wanted, opts);
                if (isController) this.controllers.push(resource);
                ready.push(resource);
            }
        }
        this.ready = ready;
        this.registerOutputs({ version: args.plan.version, installed: args.plan.install });
    }

    /**
     * Settles when the controllers are what is wanted, in a run that changes nothing as well; at once
     * where they are somebody else's, or `--target` has left them out.
     * @throws RunError with the reason why they are not
     */
    async running(): Promise<void> {
        if (pulumi.runtime.isDryRun()) return;
        const ids = await Promise.all(this.controllers.map(({ id }) => settled(id)));
        if (ids.some((id) => id)) await this.fluxReady?.reached();
    }
}

/**
 * The namespace and the definitions of Flux's kinds, then what is quickly made, then the controllers,
 * each of which would end as soon as it has started without its kinds. Services come with them: the
 * plugin waits for a Service's endpoints, so nothing the endpoints need may wait for the Service.
 *
 * No more stages than that: the engine deletes the last of all resources first, stage by stage, and
 * a stage more would put a firewall's removal beside none of the two namespaces' own seconds.
 */
function stagesOf(objects: readonly KubernetesObject[]): KubernetesObject[][] {
    const stageOf = ({ kind }: KubernetesObject) => {
        switch (kind) {
            case "Namespace":
            case "CustomResourceDefinition":
                return 0;
            case "Deployment":
            case "Service":
                return 2;
            default:
                return 1;
        }
    };
    return [0, 1, 2].map((stage) => objects.filter((object) => stageOf(object) === stage));
}

/**
 * CustomResource builds its type token from apiVersion, and "v1" alone is no token the provider
 * takes (it wants group/version): core kinds need their own classes.
 */
const coreKinds: Record<
    string,
    new (name: string, args: object, opts: pulumi.CustomResourceOptions) => pulumi.CustomResource
> = {
    Namespace: k8s.core.v1.Namespace,
    ResourceQuota: k8s.core.v1.ResourceQuota,
    Service: k8s.core.v1.Service,
    ServiceAccount: k8s.core.v1.ServiceAccount,
};

function register(
    name: string,
    object: KubernetesObject,
    opts: pulumi.CustomResourceOptions,
): pulumi.CustomResource {
    if (object.apiVersion !== "v1") {
        return new k8s.apiextensions.CustomResource(name, object, opts);
    }
    const kind = coreKinds[object.kind];
    if (kind === undefined) {
        const { metadata } = object;
        throw runError(
            `Flux's install manifest holds ${object.kind}/${metadata.name}, which this program does not know.`,
        );
    }
    return new kind(name, object, opts);
}
