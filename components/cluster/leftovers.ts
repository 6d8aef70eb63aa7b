import type { KubernetesObject } from "@kubernetes/client-node";
import * as pulumi from "@pulumi/pulumi";
import { takesHooks } from "../hooks";
import { type ClusterApi, namedOf } from "./api";
import { withoutOthers, withoutPlugin } from "./as-plugin";

/**
 * Lets an `up` go on where one was killed: what that has made and the state does not know has its
 * fields in the plugin's name with another number, and a value that has changed since, or that the
 * API server has filled up, is a conflict with it for ever.
 */
export class Leftovers {
    /** @param places the cluster's namespaces before anything is made */
    constructor(
        private readonly api: ClusterApi,
        private readonly places: ReadonlySet<string>,
    ) {}

    /**
     * What happens before an object is made; undefined where nothing can be left over, and under
     * Pulumi's mocks.
     * @param place the namespace that a run makes before all of these objects: where it is not there,
     *     no run has come further
     * @param adopt whether they are taken from everybody who has fields of theirs, also those that the
     *     state knows: it may be an older one
     */
    hooks(name: string, place: string, adopt = false): pulumi.ResourceHookBinding | undefined {
        if (!this.places.has(place) || !takesHooks("registerResourceHook")) return undefined;
        const release = ({ newInputs, oldOutputs }: pulumi.ResourceHookArgs) => {
            const { __fieldManager: own } = (oldOutputs ?? {}) as { __fieldManager?: string };
            const object = newInputs as KubernetesObject;
            return adopt ? this.takeOver(object, own) : this.release(object);
        };
        const hooks = [new pulumi.ResourceHook(`${name}-left-over`, release)];
        return { beforeCreate: hooks, ...(adopt && { beforeUpdate: hooks }) };
    }

    /** Takes the plugin's name off an object, if it is there. */
    release(object: KubernetesObject): Promise<void> {
        return this.rewrite(object, withoutPlugin);
    }

    /**
     * Takes everybody's name off an object, if it is there.
     * @param own the name that the plugin has for it in the state, which stays
     */
    takeOver(object: KubernetesObject, own?: string): Promise<void> {
        return this.rewrite(object, (found) => withoutOthers(found, own));
    }

    private async rewrite(
        object: KubernetesObject,
        rest: (found: KubernetesObject) => object[] | undefined,
    ): Promise<void> {
        const { apiVersion = "", kind = "" } = object;
        const named = namedOf(object);
        const found = await this.api.find<KubernetesObject>(apiVersion, kind, named);
        const managedFields = found && rest(found);
        if (managedFields) await this.api.merge(apiVersion, kind, { ...named, managedFields });
    }
}
