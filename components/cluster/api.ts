import { type KubernetesObject, KubernetesObjectApi, PatchStrategy } from "@kubernetes/client-node";
import type { ClusterPlan } from "../../config/plan";
import { loadKubeconfig } from "./kubeconfig";

/** Milliseconds for the first answer: whoever gives none to anything in this time is silent, not slow. */
const firstPatience = 5_000;

/** The API server takes connections and gives no answer. */
export class SilentCluster extends Error {}

/** The name of an object and the place of it. */
export interface Named {
    readonly name: string;
    readonly namespace?: string;
}

/** What an object is called. */
export const namedOf = ({ metadata: { name = "", namespace } = {} }: KubernetesObject): Named => ({
    name,
    ...(namespace !== undefined && { namespace }),
});

/**
 * The API server beside the Kubernetes plugin, for what no resource is made of: looking before
 * anything is done, and steps between two changes. Every call rejects with the server's words, or
 * with SilentCluster.
 */
export class ClusterApi {
    private readonly api: KubernetesObjectApi;
    /** It has answered something, if only with a refusal. */
    private answers = false;

    /**
     * @param patience milliseconds that one answer may take
     * @param first milliseconds that the first one may take
     * @throws Error when the kubeconfig cannot be read or has no such context
     */
    constructor(
        cluster: ClusterPlan,
        private readonly patience = 10_000,
        private readonly first = Math.min(firstPatience, patience),
    ) {
        const config = loadKubeconfig(cluster.kubeconfig);
        config.setCurrentContext(cluster.context);
        this.api = KubernetesObjectApi.makeApiClient(config);
    }

    /** @param namespace absent: all of them. Nothing where the cluster does not know the kind. */
    async list<T extends KubernetesObject>(
        apiVersion: string,
        kind: string,
        namespace = "",
    ): Promise<T[]> {
        return (await this.listed<T>(apiVersion, kind, namespace)) ?? [];
    }

    /** Whether the API server knows objects of the kind. */
    async serves(apiVersion: string, kind: string): Promise<boolean> {
        return (await this.listed(apiVersion, kind, "")) !== undefined;
    }

    private async listed<T extends KubernetesObject>(
        apiVersion: string,
        kind: string,
        namespace: string,
    ): Promise<T[] | undefined> {
        try {
            return (await this.within(this.api.list<T>(apiVersion, kind, namespace))).items;
        } catch (error) {
            if (isUnknown(error)) return undefined;
            throw error;
        }
    }

    read<T extends KubernetesObject>(
        apiVersion: string,
        kind: string,
        metadata: Named,
    ): Promise<T> {
        return this.within(this.api.read<T>({ apiVersion, kind, metadata: namespaced(metadata) }));
    }

    /** Undefined where there is no such object. */
    async find<T extends KubernetesObject>(
        apiVersion: string,
        kind: string,
        metadata: Named,
    ): Promise<T | undefined> {
        try {
            return await this.read<T>(apiVersion, kind, metadata);
        } catch (error) {
            if (isUnknown(error)) return undefined;
            throw error;
        }
    }

    /** Has the API server and its webhooks judge an object that is not made. */
    async tryCreate(object: KubernetesObject): Promise<void> {
        await this.within(this.api.create(object, undefined, "All"));
    }

    async delete(apiVersion: string, kind: string, metadata: Named): Promise<void> {
        await this.within(this.api.delete({ apiVersion, kind, metadata }));
    }

    /** Changes what is named and leaves the rest; null removes. */
    async merge(apiVersion: string, kind: string, metadata: object): Promise<void> {
        const change = { apiVersion, kind, metadata } as KubernetesObject;
        await this.within(
            this.api.patch(change, undefined, undefined, undefined, undefined, merge),
        );
    }

    /** Changes what is named, in lists of a built-in kind by the name of their items. */
    async adjust(change: KubernetesObject): Promise<void> {
        await this.within(
            this.api.patch(change, undefined, undefined, undefined, undefined, strategic),
        );
    }

    /** Server-side apply in somebody's name, whoever has the fields today. */
    async apply(object: KubernetesObject, manager: string): Promise<void> {
        await this.within(this.api.patch(object, undefined, undefined, manager, true, apply));
    }

    /** Writes an object as it is, in somebody's name, whether or not it is there. */
    async put(object: KubernetesObject, manager: string): Promise<void> {
        const { apiVersion = "", kind = "", metadata } = object;
        const found = await this.find(apiVersion, kind, namedOf(object));
        if (!found) {
            await this.within(this.api.create(object, undefined, undefined, manager));
            return;
        }
        const resourceVersion = found.metadata!.resourceVersion!;
        const next = { ...object, metadata: { ...metadata, resourceVersion } };
        await this.within(this.api.replace(next, undefined, undefined, manager));
    }

    private within<T>(answer: Promise<T>): Promise<T> {
        const { first, patience } = this;
        let timer: NodeJS.Timeout;
        const late = new Promise<never>((_, reject) => {
            const give = (waited: number) =>
                reject(new SilentCluster(`is silent for ${waited / 1000} s`));
            timer = setTimeout(() => {
                if (!this.answers) give(first);
                else timer = setTimeout(() => give(patience), patience - first);
            }, first);
        });
        const noted = answer.finally(() => void (this.answers = true));
        return Promise.race([noted, late]).finally(() => clearTimeout(timer));
    }
}

const merge = PatchStrategy.MergePatch;
const strategic = PatchStrategy.StrategicMergePatch;
const apply = PatchStrategy.ServerSideApply;

const namespaced = ({ name, namespace = "" }: Named) => ({ name, namespace });

function isUnknown(error: unknown): boolean {
    const { code, message } = error as { code?: number; message: string };
    return code === 404 || message.startsWith("Unrecognized API version and kind");
}
