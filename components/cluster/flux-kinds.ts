import type { KubernetesObject } from "@kubernetes/client-node";
import { type FieldNow, type FluxGaps, fluxGaps, type KindNow } from "../../config/flux-kinds";
import type { ClusterObject } from "../../config/objects";
import type { MetalLbPlan } from "../../config/plan";
import { releaseObjects } from "../../config/release-objects";
import type { ClusterApi } from "./api";

interface Definition extends KubernetesObject {
    spec: {
        versions: { name: string; served: boolean; schema?: { openAPIV3Schema?: FieldNow } }[];
    };
}

/** What the Flux that is there does not know of the objects of MetalLB's release. */
export async function fluxGapsNow(api: ClusterApi, metallb: MetalLbPlan): Promise<FluxGaps> {
    const { sources, release } = releaseObjects(metallb);
    const objects = [release, ...sources];
    const known = await Promise.all(objects.map((object) => kindNow(api, object)));
    return fluxGaps(objects, known);
}

async function kindNow(api: ClusterApi, { apiVersion, kind }: ClusterObject): Promise<KindNow> {
    const [group = "", version = ""] = apiVersion.split("/");
    const name = `${kind.toLowerCase()}s.${group}`.replace(/ys\./, "ies.");
    // Who may not read definitions may still use what they define.
    const found = await api
        .find<Definition>("apiextensions.k8s.io/v1", "CustomResourceDefinition", { name })
        .catch(() => "not to be read" as const);
    if (found === "not to be read") {
        return {
            group,
            kind,
            versions: [{ name: version, served: await api.serves(apiVersion, kind) }],
        };
    }
    const versions = (found?.spec.versions ?? []).map((one) => ({
        name: one.name,
        served: one.served,
        ...(one.schema?.openAPIV3Schema && { schema: one.schema.openAPIV3Schema }),
    }));
    return { group, kind, versions };
}
