import { createHash, randomBytes } from "node:crypto";
import type { Resource } from "../provider";
import { isObject, strip, type Properties } from "../values";
import { annotation, refOf } from "./objects";

/** Marks a name that was made here, and may be made anew for a replacement. */
export const autonamed = "pulumi.com/autonamed";

/** The inputs with a name and a namespace, where the program gave none. */
export function named(
    resource: Resource,
    olds: Properties,
    news: Properties,
    seed: Uint8Array,
    namespace: string,
): Properties {
    const metadata = isObject(news.metadata) ? { ...news.metadata } : {};
    if (metadata.name === undefined) {
        const annotations = isObject(metadata.annotations) ? metadata.annotations : {};
        metadata.name = autoname(resource, strip(olds) as Properties, seed);
        metadata.annotations = { ...annotations, [autonamed]: "true" };
    }
    if (metadata.namespace === undefined && !clusterScoped.test(resource.type))
        metadata.namespace = namespace;
    return { ...news, metadata };
}

/** The name from before, else the resource's with eight digits that the engine's seed decides. */
function autoname({ name }: Resource, olds: Properties, seed: Uint8Array): string {
    if (annotation(olds, autonamed) === "true") return refOf(olds).name;
    const bytes = seed.length > 0 ? seed : randomBytes(8);
    const digits = createHash("sha256").update(bytes).digest("hex").slice(0, 8);
    return `${name}-${digits}`.toLowerCase();
}

/** Built-in kinds without a namespace; a kind that is not built in is taken for a namespaced one. */
const clusterScoped =
    /:(Namespace|Node|PersistentVolume|ClusterRole|ClusterRoleBinding|CustomResourceDefinition|StorageClass|PriorityClass|IngressClass|RuntimeClass|APIService|CertificateSigningRequest|(Validating|Mutating)\w+)$/;

/** No namespace and `default` are the same for a namespaced object, and none matters to others. */
export function withNamespace(object: Properties): Properties {
    const metadata = isObject(object.metadata) ? object.metadata : {};
    return { ...object, metadata: { ...metadata, namespace: metadata.namespace ?? "default" } };
}

/** What an id and a type token tell about an object that is not in the state. */
export function objectOf(id: string, type: string): Properties {
    const [, version = "", kind = ""] = type.split(":");
    const [name = "", namespace] = id.split("/").reverse();
    return {
        apiVersion: version.replace(/^core\//, ""),
        kind,
        metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
    };
}
