import type { Registration } from "../components/recorder";
import { inputs, set, type Spoiled, testSpoiled } from "./spoiled";

const chart = (all: readonly Registration[]) => inputs(all, "metallb-helmchart", "spec");
const release = (all: readonly Registration[]) => inputs(all, "metallb-helmrelease", "spec");
const controller = "flux-deployment-source-controller";
const fluxContainer = (all: readonly Registration[]) =>
    inputs(all, controller, "spec", "template", "spec", "containers", "0");

const cases: readonly Spoiled[] = [
    ...["0.16.x", ">=0.16.1", "0.16.1 - 0.17.0", "0.16.1-0 || 0.17.0", "latest", "0.16"].map(
        (version) => ({
            what: `the chart of version ${version}`,
            spoil: (all: Registration[]) => set(chart(all), "version", version),
            said: [
                `pinned-versions: metallb-helmchart: spec.version is "${version}", so that what comes is decided later. Name one release, such as 0.16.1: metallb.version in the stack file.`,
            ],
        }),
    ),
    {
        what: "a chart without a version",
        spoil: (all) => delete chart(all).version,
        said: [
            "pinned-versions: metallb-helmchart: spec.version is missing, so that what comes is decided later. Name one release, such as 0.16.1: metallb.version in the stack file.",
        ],
    },
    ...[{ tag: "latest" }, { semver: "0.16.x" }, { tag: "0.16.1" }, { digest: "sha256:00" }].map(
        (ref) => ({
            what: `a chart in a registry by ${JSON.stringify(ref)}`,
            spoil: (all: Registration[]) => {
                const made = all.find(({ name }) => name === "metallb-helmchart")!;
                const type = "kubernetes:source.toolkit.fluxcd.io/v1:OCIRepository";
                const name = "metallb-ocirepository";
                const spec = { ...chart(all), ref };
                all.push({ ...made, type, name, inputs: { ...made.inputs, spec } });
            },
            said:
                "digest" in ref || ref.tag === "0.16.1"
                    ? []
                    : [
                          `pinned-versions: metallb-ocirepository: spec.ref.tag is ${ref.tag === undefined ? "missing" : `"${ref.tag}"`}, so that what comes is decided later. Name one release, such as 0.16.1: metallb.version in the stack file.`,
                      ],
        }),
    ),
    {
        what: "a release with a chart of its own, of a range",
        spoil: (all) =>
            set(release(all), "chart", { spec: { chart: "metallb", version: "^0.16.0" } }),
        said: [
            'pinned-versions: metallb-helmrelease: spec.chart.spec.version is "^0.16.0", so that what comes is decided later. Name one release, such as 0.16.1: metallb.version in the stack file.',
        ],
    },
    {
        what: "an image of MetalLB's of the tag latest",
        spoil: (all) =>
            set(inputs(all, "metallb-helmrelease", "spec", "values"), "speaker", {
                image: { tag: "latest" },
            }),
        said: [
            'pinned-versions: metallb-helmrelease: spec.values.speaker.image.tag is "latest". Leave it out, which is the chart\'s own, or name one: metallb.values in the stack file.',
        ],
    },
    {
        what: "Flux of a range",
        spoil: (all) => set(inputs(all, "flux"), "version", "2.x"),
        said: [
            'pinned-versions: flux: version is "2.x", so that what comes is decided later. Name one release, such as 2.9.5: flux.version in the stack file.',
        ],
    },
    {
        what: "Flux's newest manifest",
        spoil: (all) =>
            set(inputs(all, "flux", "manifest"), "url", "https://x/releases/latest/install.yaml"),
        said: [
            "pinned-versions: flux: manifest.url https://x/releases/latest/install.yaml is another file tomorrow. Name the release in it: flux.manifest.url in the stack file.",
        ],
    },
    {
        what: "Flux's image without a tag",
        spoil: (all) => set(fluxContainer(all), "image", "registry:5000/source-controller"),
        said: [
            "pinned-versions: flux-deployment-source-controller: image registry:5000/source-controller has no tag. Take an install manifest that names one: flux.manifest in the stack file.",
        ],
    },
    {
        what: "Flux's image of the tag latest",
        spoil: (all) => set(fluxContainer(all), "image", "ghcr.io/source-controller:latest"),
        said: [
            "pinned-versions: flux-deployment-source-controller: image ghcr.io/source-controller:latest has the tag latest. Take an install manifest that names one: flux.manifest in the stack file.",
        ],
    },
    {
        what: "Flux's image by its digest, which is fine,",
        spoil: (all) => set(fluxContainer(all), "image", `registry/x@sha256:${"0".repeat(64)}`),
        said: [],
    },
];

describe("the policy pinned-versions", () => testSpoiled(cases));
