import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { buildChartRepository } from "./chart";
import { buildFluxManifest, imagesOf } from "./flux-manifest";
import { buildFrrImages } from "./frr-images";
import { buildImages, type Image } from "./images";
import type { Progress } from "./progress";
import { buildTools, type Tools } from "./tools";

export type { Image } from "./images";
export type { Progress } from "./progress";
export type { Tools } from "./tools";

/** Everything a site is made of, ready to be used. */
export interface Artifacts {
    readonly tools: Tools;
    readonly images: readonly Image[];
    /** Folder with index.yaml and the packaged MetalLB chart. */
    readonly chartRepository: string;
    /** Flux's install manifest, a file. */
    readonly fluxManifest: string;
    /** The command line of the Helm repository's server. */
    repositoryCommand(listen: { readonly address: string; readonly port: number }): string[];
}

/**
 * Builds what is not in the cache yet: programs, images, chart and Flux manifest. The small ones
 * are put into `directory`, programs and images stay in the cache.
 *
 * @throws Error when the manifest names an image that is not built here.
 */
export async function prepareArtifacts(directory: string, progress: Progress): Promise<Artifacts> {
    mkdirSync(directory, { recursive: true });
    const tools = await buildTools(progress);
    const images = [
        ...(await buildImages(tools, progress)),
        ...(await buildFrrImages(tools, progress)),
    ];
    const chartRepository = join(directory, "charts");
    await buildChartRepository(chartRepository, progress);
    const fluxManifest = join(directory, "flux-install.yaml");
    await buildFluxManifest(tools.kubectl, fluxManifest, progress);
    checkImages(imagesOf(readFileSync(fluxManifest, "utf8")), images);
    const repositoryCommand: Artifacts["repositoryCommand"] = ({ address, port }) => [
        tools.repository,
        chartRepository,
        `${address}:${port}`,
    ];
    return { tools, images, chartRepository, fluxManifest, repositoryCommand };
}

function checkImages(named: readonly string[], built: readonly Image[]): void {
    const references = built.map(({ reference }) => reference);
    const missing = named.filter((image) => !references.includes(image));
    if (missing.length === 0) return;
    throw new Error(
        `the Flux manifest names images that are not built here: ${missing.join(", ")}; ` +
            `built are ${references.join(", ")}`,
    );
}
