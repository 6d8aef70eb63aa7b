import type { ResourceValidationPolicy } from "@pulumi/policy";
import { isGroup, kubernetesKind, listOf, member } from "./resources";

const exact = /^v?\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/;

/** A version is one release, an image has a tag of one: what was reviewed is what runs. */
export const pinnedVersions: ResourceValidationPolicy = {
    name: "pinned-versions",
    description: "Chart, Flux and images are of one version each: no range, no latest.",
    enforcementLevel: "mandatory",
    validateResource: ({ type, props }, report) => {
        const problems =
            type === "metallb-pfsense:index:Flux" ? ofFlux(props) : ofObject(type, props);
        for (const problem of problems) report(problem);
    },
};

function ofFlux(props: unknown): string[] {
    const url = member(props, "manifest", "url");
    return [
        ...ofVersion("version", member(props, "version"), "flux.version", "2.9.5"),
        ...(typeof url === "string" && /\/latest\//.test(url)
            ? [
                  `manifest.url ${url} is another file tomorrow. Name the release in it: flux.manifest.url in the stack file.`,
              ]
            : []),
    ];
}

function ofObject(type: string, props: unknown): string[] {
    const { kind = "" } = kubernetesKind(type) ?? {};
    const version = (...path: string[]) =>
        ofVersion(path.join("."), member(props, ...path), "metallb.version", "0.16.1");
    if (kind === "HelmChart") return version("spec", "version");
    if (kind === "OCIRepository") {
        // A digest is more than a version.
        const pinned = member(props, "spec", "ref", "digest") !== undefined;
        return pinned ? [] : version("spec", "ref", "tag");
    }
    if (kind === "HelmRelease") {
        const inline = member(props, "spec", "chart") === undefined;
        return [
            ...(inline ? [] : version("spec", "chart", "spec", "version")),
            ...ofValues(member(props, "spec", "values"), "spec.values"),
        ];
    }
    const pod = ["Deployment", "DaemonSet", "StatefulSet"].includes(kind)
        ? member(props, "spec", "template", "spec")
        : undefined;
    return ["initContainers", "containers"].flatMap((list) =>
        listOf(member(pod, list)).flatMap(ofContainer),
    );
}

function ofVersion(path: string, version: unknown, key: string, example: string): string[] {
    if (typeof version === "string" && exact.test(version)) return [];
    const found = typeof version === "string" ? `"${version}"` : "missing";
    return [
        `${path} is ${found}, so that what comes is decided later. Name one release, such as ${example}: ${key} in the stack file.`,
    ];
}

/** Charts take an image's tag by a key of that name; an empty one means the chart's own. */
function ofValues(values: unknown, path: string): string[] {
    if (!isGroup(values)) return [];
    return Object.entries(values).flatMap(([key, value]: [string, unknown]) =>
        key === "tag" && value === "latest"
            ? [
                  `${path}.tag is "latest". Leave it out, which is the chart's own, or name one: metallb.values in the stack file.`,
              ]
            : ofValues(value, `${path}.${key}`),
    );
}

function ofContainer(container: unknown): string[] {
    const image = member(container, "image");
    if (typeof image !== "string") return [];
    const [, tag] = /:([^:/@]+)(?:@[^@]+)?$/.exec(image) ?? [];
    if (image.includes("@sha256:") || (tag !== undefined && tag !== "latest")) return [];
    return [
        `image ${image} has ${tag === undefined ? "no tag" : "the tag latest"}. Take an install manifest that names one: flux.manifest in the stack file.`,
    ];
}
