import { createHash } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { parseAllDocuments } from "yaml";
import { z } from "zod";
import type { FluxPlan } from "../../config/plan";
import { runError } from "../../config/run-error";

/** The label by which Flux's install manifest tells whose object an object is. */
const componentLabel = "app.kubernetes.io/component";
/** Where Flux's own images live; `registry` of the stack config stands in its place. */
const officialRegistry = "ghcr.io/fluxcd/";

const kubernetesObject = z.looseObject({
    apiVersion: z.string(),
    kind: z.string(),
    metadata: z.looseObject({
        name: z.string(),
        namespace: z.string().optional(),
        labels: z.record(z.string(), z.string()).optional(),
        annotations: z.record(z.string(), z.string()).optional(),
    }),
});
const deployment = kubernetesObject.extend({
    spec: z.looseObject({
        template: z.looseObject({
            spec: z.looseObject({
                containers: z.array(
                    z.looseObject({
                        image: z.string(),
                        args: z.array(z.string()).optional(),
                        readinessProbe: z.looseObject({}).optional(),
                    }),
                ),
            }),
        }),
    }),
});
const clusterRoleBinding = kubernetesObject.extend({
    subjects: z.array(z.looseObject({ kind: z.string(), name: z.string() })).optional(),
});

/** One object of a manifest, as parsed. */
export type KubernetesObject = z.infer<typeof kubernetesObject>;
type Deployment = z.infer<typeof deployment>;

/**
 * Reads the install manifest and returns the objects of the wanted controllers.
 * Nothing is read where Flux is not to be installed.
 * @throws RunError when it cannot be read, has another digest, or lacks a wanted controller.
 */
export async function fluxObjects(plan: FluxPlan): Promise<readonly KubernetesObject[]> {
    if (!plan.install) {
        return [];
    }
    const source = plan.manifest.path ?? plan.manifest.url ?? "";
    return selectObjects(parseManifest(await readManifest(plan), source), plan, source);
}

async function readManifest({ manifest, version }: FluxPlan): Promise<string> {
    const { path, url = "", sha256 } = manifest;
    if (path !== undefined) {
        const text = await readFile(path, "utf8").catch((error: unknown) => {
            throw refusal(path, `it cannot be read (${messageOf(error)})`);
        });
        return verified(text, path, sha256);
    }
    const kept = sha256 === undefined ? undefined : cachePath(sha256);
    const cached = kept && (await readFile(kept, "utf8").catch(() => undefined));
    if (cached !== undefined && digest(cached) === sha256) {
        return cached;
    }
    const text = verified(await download(url, version), url, sha256);
    if (kept !== undefined) {
        await keep(kept, text);
    }
    return text;
}

async function download(url: string, version: string): Promise<string> {
    const mend =
        `Check flux.version (${version}) and the way to that address, or download the file ` +
        `once and name it as flux.manifest.path`;
    try {
        const response = await fetch(url, { signal: AbortSignal.timeout(30_000) });
        if (!response.ok) {
            throw new Error(`HTTP ${response.status} ${response.statusText}`.trimEnd());
        }
        return await response.text();
    } catch (error) {
        throw refusal(url, `it cannot be read (${messageOf(error)}). ${mend}`);
    }
}

/** Only content with a known digest is kept: under its digest it can never be stale. */
function cachePath(sha256: string): string {
    const cache = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
    return join(cache, "metallb-pfsense", "manifests", `${sha256}.yaml`);
}

async function keep(path: string, text: string): Promise<void> {
    try {
        await mkdir(dirname(path), { recursive: true });
        await writeFile(`${path}.${process.pid}`, text);
        await rename(`${path}.${process.pid}`, path);
    } catch {
        // A read-only home costs the next run a download, nothing else.
    }
}

function verified(text: string, source: string, sha256: string | undefined): string {
    if (sha256 !== undefined && digest(text) !== sha256) {
        throw refusal(
            source,
            `its sha256 is ${digest(text)}, and flux.manifest.sha256 wants ${sha256}`,
        );
    }
    return text;
}

function digest(text: string): string {
    return createHash("sha256").update(text).digest("hex");
}

/**
 * Parses a manifest of many documents; empty ones are left out.
 * @throws RunError when it is not YAML or holds something that is no Kubernetes object.
 */
export function parseManifest(text: string, source: string): KubernetesObject[] {
    const objects: KubernetesObject[] = [];
    for (const document of parseAllDocuments(text)) {
        const value: unknown = document.errors.length > 0 ? undefined : document.toJS();
        if (value === null) {
            continue;
        }
        const parsed = kubernetesObject.safeParse(value);
        if (!parsed.success) {
            throw refusal(source, "it is not a Kubernetes manifest");
        }
        objects.push(parsed.data);
    }
    return objects;
}

/**
 * Keeps what the wanted controllers need: their own objects and those that belong to no single
 * controller (namespace, roles, quota, network policies).
 * @throws RunError that names every wanted controller without a Deployment.
 */
export function selectObjects(
    objects: readonly KubernetesObject[],
    plan: Pick<FluxPlan, "components" | "registry">,
    source: string,
): KubernetesObject[] {
    const has = (component: string) =>
        objects.some((o) => o.kind === "Deployment" && componentOf(o) === component);
    const missing = plan.components.filter((component) => !has(component));
    if (missing.length > 0) {
        throw refusal(source, `it has no Deployment of ${missing.join(", ")}`);
    }
    const isWanted = (object: KubernetesObject) =>
        plan.components.includes(componentOf(object) ?? plan.components[0] ?? "");
    const accounts = objects.filter((o) => o.kind === "ServiceAccount" && !isWanted(o));
    const droppedAccounts = new Set(accounts.map((account) => account.metadata.name));
    return objects.filter(isWanted).map((object) => adapt(object, plan, droppedAccounts));
}

/** The controller that an object belongs to; undefined: all of them. */
export function componentOf(object: KubernetesObject): string | undefined {
    return object.metadata.labels?.[componentLabel];
}

function adapt(
    object: KubernetesObject,
    plan: Pick<FluxPlan, "components" | "registry">,
    droppedAccounts: ReadonlySet<string>,
): KubernetesObject {
    switch (object.kind) {
        case "Deployment":
            return adaptDeployment(deployment.parse(object), plan);
        case "ClusterRoleBinding": {
            const binding = clusterRoleBinding.parse(object);
            // A binding that names an account nobody has made yet gives cluster-admin to whoever
            // may make one of that name.
            const subjects = binding.subjects?.filter(({ name }) => !droppedAccounts.has(name));
            return { ...binding, subjects };
        }
        case "Service":
            return withoutWait(object);
        default:
            return object;
    }
}

/**
 * An object that the plugin does not wait for. It waits ten seconds for a Service's endpoints to
 * settle, and nothing here depends on them: a source is Ready only once its controller has served it.
 */
export function withoutWait(object: KubernetesObject): KubernetesObject {
    const { metadata } = object;
    const annotations = { ...(metadata.annotations ?? {}), "pulumi.com/skipAwait": "true" };
    return { ...object, metadata: { ...metadata, annotations } };
}

/** Flux's own probe asks every 10 s, and everything that follows would wait for the next one. */
const askedEachSecond = { periodSeconds: 1, failureThreshold: 30 };

/**
 * A controller's arguments beside these others: without notification-controller every event would be
 * retried against a name that does not resolve (the patches in flux2's manifests/bases name it to
 * every controller).
 */
export function argsFor(
    components: readonly string[],
    args: readonly string[] | undefined,
): string[] | undefined {
    const quiet = !components.includes("notification-controller");
    return args?.filter((arg) => !(quiet && arg.startsWith("--events-addr=")));
}

function adaptDeployment(
    object: Deployment,
    { components, registry }: Pick<FluxPlan, "components" | "registry">,
): Deployment {
    const pod = object.spec.template.spec;
    const containers = pod.containers.map((container) => ({
        ...container,
        image:
            registry !== undefined && container.image.startsWith(officialRegistry)
                ? `${registry.replace(/\/$/, "")}/${container.image.slice(officialRegistry.length)}`
                : container.image,
        args: argsFor(components, container.args),
        ...(container.readinessProbe && {
            readinessProbe: { ...container.readinessProbe, ...askedEachSecond },
        }),
    }));
    const template = { ...object.spec.template, spec: { ...pod, containers } };
    return { ...object, spec: { ...object.spec, template } };
}

function refusal(source: string, reason: string): pulumi.RunError {
    return runError(`Flux's install manifest ${source}: ${reason}.`);
}

function messageOf(error: unknown): string {
    if (!(error instanceof Error)) {
        return String(error);
    }
    // fetch() says "fetch failed" and hides the reason in its cause.
    return error.cause instanceof Error ? error.cause.message : error.message;
}
