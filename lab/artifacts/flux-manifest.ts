import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { parse, parseAllDocuments, stringify } from "yaml";
import { cached, keyOf } from "./cache";
import { moduleDirectory, pinnedVersion } from "./modules";
import { type Progress, since } from "./progress";
import { run } from "./run";

const flux = "github.com/fluxcd/flux2/v2";
const controllers = ["source-controller", "helm-controller", "kustomize-controller"] as const;

interface Kustomization {
    resources: string[];
}

/**
 * Writes to `file` an install manifest in the form of Flux's official install.yaml, but for
 * the controllers built here alone and in their versions: the kustomize bases
 * of the pinned flux2 module, in which the files that each base takes from a release of its
 * controller are made from the controller's own module.
 */
export async function buildFluxManifest(
    kubectl: string,
    file: string,
    progress: Progress,
): Promise<void> {
    const started = Date.now();
    const versions = controllers.map((name) => pinnedVersion(name, controllerModule(name)));
    const key = keyOf("2", pinnedVersion("flux", flux), ...versions);
    const { path, fresh } = await cached("flux", key, async (directory) => {
        writeFileSync(join(directory, "install.yaml"), await makeManifest(kubectl));
    });
    copyFileSync(join(path, "install.yaml"), file);
    if (fresh) progress("Flux manifest", since(started));
}

/** The references of all container images a manifest's Deployments name. */
export function imagesOf(manifest: string): string[] {
    interface Deployment {
        kind?: string;
        spec: { template: { spec: { containers: { image: string }[] } } };
    }
    const objects = parseAllDocuments(manifest).map((document) => document.toJS() as Deployment);
    const deployments = objects.filter(({ kind }) => kind === "Deployment");
    return deployments.flatMap(({ spec }) =>
        spec.template.spec.containers.map(({ image }) => image),
    );
}

async function makeManifest(kubectl: string): Promise<string> {
    const work = mkdtempSync(join(tmpdir(), "flux-manifest-"));
    try {
        const source = join(await moduleDirectory("flux", flux), "manifests");
        const manifests = join(work, "manifests");
        // The module cache is read-only, and so would be a faithful copy.
        await run(["cp", "--recursive", "--no-preserve=mode", source, manifests]);
        for (const name of controllers) {
            const base = join(manifests, "bases", name);
            await replaceReleaseFiles(kubectl, name, base);
        }
        editKustomization(join(manifests, "install"), (resources) =>
            resources.filter((path) => !isBase(path) || isWanted(path)),
        );
        return await run([kubectl, "kustomize", join(manifests, "install")]);
    } finally {
        rmSync(work, { recursive: true, force: true });
    }
}

/** Puts what a controller's release would publish in the place of the URLs a base names. */
async function replaceReleaseFiles(kubectl: string, name: string, base: string): Promise<void> {
    const module = await moduleDirectory(name, controllerModule(name));
    const folders: Record<string, string> = { crds: "crd", deployment: "manager" };
    for (const [part, folder] of Object.entries(folders)) {
        const made = await run([kubectl, "kustomize", join(module, "config", folder)]);
        writeFileSync(join(base, `${name}.${part}.yaml`), made);
    }
    editKustomization(base, (resources) =>
        resources.map((path) => (path.startsWith("https://") ? basename(path) : path)),
    );
}

function editKustomization(directory: string, edit: (resources: string[]) => string[]): void {
    const file = join(directory, "kustomization.yaml");
    const kustomization = parse(readFileSync(file, "utf8")) as Kustomization;
    const resources = edit(kustomization.resources);
    writeFileSync(file, stringify({ ...kustomization, resources }));
}

const isBase = (path: string) => path.startsWith("../bases/");
const isWanted = (path: string) => (controllers as readonly string[]).includes(basename(path));
const controllerModule = (name: string) => `github.com/fluxcd/${name}`;
