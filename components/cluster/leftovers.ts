import type { KubernetesObject } from "@kubernetes/client-node";
import * as pulumi from "@pulumi/pulumi";
import { takesHooks } from "../hooks";
import { type ClusterApi, namedOf } from "./api";
import { withoutPlugin } from "./as-plugin";

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
     */
    hooks(name: string, place: string): pulumi.ResourceHookBinding | undefined {
        if (!this.places.has(place) || !takesHooks("registerResourceHook")) return undefined;
        const hook = new pulumi.ResourceHook(`${name}-left-over`, ({ newInputs }) =>
            this.release(newInputs as KubernetesObject),
        );
        return { beforeCreate: [hook] };
    }

    /** Takes the plugin's name off an object, if it is there. */
    async release(object: KubernetesObject): Promise<void> {
        const { apiVersion = "", kind = "" } = object;
        const named = namedOf(object);
        const found = await this.api.find<KubernetesObject>(apiVersion, kind, named);
        const managedFields = found && withoutPlugin(found);
        if (managedFields) await this.api.merge(apiVersion, kind, { ...named, managedFields });
    }
}
