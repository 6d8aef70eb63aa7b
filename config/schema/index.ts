import { z } from "zod";
import { bgp, type DIALECTS } from "./bgp";
import { metallb } from "./metallb";
import { label, network, text, version } from "./values";

const cluster = z.strictObject({
    name: label()
        .optional()
        .describe("Name of the cluster, its mark on every firewall. Default: the stack's name."),
    context: text().describe("Context of the kubeconfig. Required."),
    kubeconfig: text()
        .optional()
        .describe(
            "Path of the kubeconfig, for everybody who works with the stack; the Kubernetes plugin leaves a copy of it in the temporary folder with every run. Default: KUBECONFIG, else ~/.kube/config, of which it leaves none.",
        ),
    podCidrs: z
        .array(network())
        .default([])
        .describe("Pod networks (CIDR), to find clashes. Default: not checked."),
    serviceCidrs: z
        .array(network())
        .default([])
        .describe("Service networks (CIDR), to find clashes. Default: not checked."),
});

const manifest = z
    .strictObject({
        url: z
            .url({ protocol: /^https?$/, error: "is no http(s) address" })
            .optional()
            .describe("Address of the install manifest. Default: that of the official release."),
        path: text().optional().describe("File to read in place of the address. Default: none."),
        sha256: z
            .string()
            .regex(/^[0-9a-f]{64}$/, { error: "is no SHA-256: 64 lower-case hexadecimal digits" })
            .optional()
            .describe("SHA-256 that the manifest must have. Default: not checked."),
    })
    .refine(({ url, path }) => url === undefined || path === undefined, {
        error: "give either `url` or `path`, not both",
    })
    .refine(({ url, path }) => url !== undefined || path !== undefined, {
        error: "is partly configured: missing url or path",
    });

const flux = z.strictObject({
    install: z
        .boolean()
        .default(true)
        .describe("false where Flux runs already: nothing of it is created. Default: true."),
    version: version().default("2.9.5").describe("Release of flux2. Default: 2.9.5."),
    components: z
        .array(text())
        .default(["source-controller", "helm-controller"])
        .describe(
            "Controllers to install; MetalLB needs the first two and nothing else, and more are rights over the whole cluster that nobody uses. A Flux that applies Kustomizations has kustomize-controller and notification-controller too. Default: source-controller and helm-controller.",
        ),
    registry: text()
        .optional()
        .describe(
            "Registry in place of ghcr.io/fluxcd in the image names. Default: ghcr.io/fluxcd.",
        ),
    manifest: manifest
        .optional()
        .describe("Where the install manifest is read from. Default: the official release."),
});

/** The stack config without its secrets, by key. */
export const stackSchema = z.strictObject({
    cluster: cluster.describe("Which cluster. Required."),
    flux: flux.prefault({}).describe("Flux, which installs MetalLB. Default: installed, 2.9.5."),
    metallb: metallb.describe("MetalLB: backend, pools, layer-2 announcements. Required."),
    bgp: bgp.optional().describe("BGP: nodes, routers, announcements. Default: layer 2 only."),
});

export type StackConfig = z.output<typeof stackSchema>;
export type BgpConfig = z.output<typeof bgp>;
export type RouterConfig = BgpConfig["routers"][string];
export type AdvertiseConfig = BgpConfig["advertise"][string];
export type Dialect = (typeof DIALECTS)[number];
