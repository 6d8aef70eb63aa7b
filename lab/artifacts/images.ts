import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { basename, dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { cached, keyOf } from "./cache";
import { earlierMetallb } from "./families";
import { goEnvironment, pinnedVersion } from "./modules";
import { type Progress, since } from "./progress";
import { type TarEntry, tar, tarSize } from "./tar";
import { buildFamily, type Tools } from "./tools";

/** A container image as a docker-archive file, ready to be imported into containerd. */
export interface Image {
    /** The exact reference a pod names, with registry and tag. */
    readonly reference: string;
    readonly path: string;
}

/** An image of one layer. */
export interface LayeredImage {
    readonly reference: string;
    readonly entrypoint?: readonly string[];
    /** User the image runs as, `uid` or `uid:gid`; empty for root. */
    readonly user: string;
    readonly layer: readonly TarEntry[];
    /** Changes with what is in the layer. */
    readonly key: string;
}

/** What an image holds: one static program. */
export interface ImageContent {
    readonly reference: string;
    /** The built program on this machine. */
    readonly program: string;
    /** Absolute path of the program in the image. */
    readonly target: string;
    readonly entrypoint: string;
    /** User the image runs as, `uid` or `uid:gid`; empty for root. */
    readonly user: string;
}

const atRoot = (reference: string, program: string, name: string, user = ""): ImageContent => ({
    reference,
    program,
    target: `/${name}`,
    entrypoint: `/${name}`,
    user,
});

/**
 * The site's images under their upstream names, so that charts and manifests run unmodified.
 * Entrypoints and users are those of the upstream images, where a chart or manifest relies on them.
 */
export function imageContents(tools: Tools): ImageContent[] {
    const flux = (name: string, program: string): ImageContent => ({
        reference: `ghcr.io/fluxcd/${name}:${pinnedVersion(name, `github.com/fluxcd/${name}`)}`,
        program,
        target: `/usr/local/bin/${name}`,
        entrypoint: name,
        user: "65534:65534",
    });
    const coredns = pinnedVersion("coredns", "github.com/coredns/coredns");
    return [
        atRoot("registry.k8s.io/pause:3.10", tools.pause, "pause", "65535:65535"),
        atRoot("metallb-pfsense.lab/web:1", tools.web, "web", "65534:65534"),
        atRoot(`registry.k8s.io/coredns/coredns:${coredns}`, tools.coredns, "coredns", "65532"),
        flux("source-controller", tools.sourceController),
        flux("helm-controller", tools.helmController),
        flux("kustomize-controller", tools.kustomizeController),
        ...metallbImages("metallb", tools.metallbController, tools.metallbSpeaker),
    ];
}

function metallbImages(family: string, controller: string, speaker: string): ImageContent[] {
    const version = pinnedVersion(family, "go.universe.tf/metallb");
    return [
        atRoot(`quay.io/metallb/controller:${version}`, controller, "controller"),
        atRoot(`quay.io/metallb/speaker:${version}`, speaker, "speaker"),
    ];
}

/** The images of the release of MetalLB that the test of an upgrade starts from. */
export async function buildEarlierMetallb(progress: Progress): Promise<Image[]> {
    const { name } = earlierMetallb;
    const directory = await buildFamily(earlierMetallb, "an earlier MetalLB", progress);
    const [controller, speaker] = Object.keys(earlierMetallb.programs);
    const built = (program: string) => join(directory, program);
    const contents = metallbImages(name, built(controller!), built(speaker!));
    return Promise.all(contents.map((content) => buildImage(layered(content), progress)));
}

/** Assembles the images that the cache does not hold yet. */
export async function buildImages(tools: Tools, progress: Progress): Promise<Image[]> {
    const images: Image[] = [];
    for (const content of imageContents(tools)) {
        images.push(await buildImage(layered(content), progress));
    }
    return images;
}

/** Assembles one image unless the cache holds it. */
export async function buildImage(image: LayeredImage, progress: Progress): Promise<Image> {
    const started = Date.now();
    const { reference, entrypoint, user } = image;
    const key = keyOf(JSON.stringify({ reference, entrypoint, user }), image.key, layout);
    const { path, fresh } = await cached("images", key, (directory) =>
        writeImage(image, join(directory, "image.tar")),
    );
    if (fresh) progress(`image ${reference}`, since(started));
    return { reference, path: join(path, "image.tar") };
}

function layered(content: ImageContent): LayeredImage {
    const { reference, entrypoint, user, target } = content;
    // A built program's folder is named by everything that went into it.
    const program = join(basename(dirname(content.program)), basename(content.program));
    const key = keyOf(program, target);
    return { reference, entrypoint: [entrypoint], user, layer: layerEntries(content), key };
}

/** To be changed with the layer's layout, so that images in the cache are not taken for new ones. */
const layout = "2";
const passwd = [
    "root:x:0:0::/:/",
    "nonroot:x:65532:65532::/:/",
    "nobody:x:65534:65534::/:/",
    "",
].join("\n");

/**
 * Writes an image of one layer in docker-archive form (manifest.json, configuration, layer), as
 * `ctr images import` takes it.
 */
export async function writeImage(image: LayeredImage, file: string): Promise<void> {
    const { layer } = image;
    const hash = createHash("sha256");
    async function* hashedLayer() {
        for await (const piece of tar(layer)) {
            hash.update(piece);
            yield piece;
        }
    }
    function* members(): Generator<TarEntry> {
        const layerFile = "layer.tar";
        yield { kind: "stream", name: layerFile, size: tarSize(layer), content: hashedLayer };
        // Only now is the layer's digest known.
        const config = JSON.stringify(configuration(image, hash.digest("hex")));
        const configFile = `${createHash("sha256").update(config).digest("hex")}.json`;
        yield { kind: "text", name: configFile, text: config };
        const manifest = { Config: configFile, RepoTags: [image.reference], Layers: [layerFile] };
        yield { kind: "text", name: "manifest.json", text: JSON.stringify([manifest]) };
    }
    await pipeline(Readable.from(tar(members())), createWriteStream(file));
}

function layerEntries(content: ImageContent): TarEntry[] {
    return [
        // Root file systems are mounted read-only, but programs look for a folder they may use.
        { kind: "directory", name: "tmp", mode: 0o1777 },
        { kind: "directory", name: "etc" },
        { kind: "text", name: "etc/passwd", text: passwd },
        ...parents(content.target).map((name): TarEntry => ({ kind: "directory", name })),
        { kind: "file", name: content.target.slice(1), path: content.program, mode: 0o755 },
    ];
}

/** `/usr/local/bin/x` -> `usr`, `usr/local`, `usr/local/bin`. */
function parents(path: string): string[] {
    const parts = path.slice(1).split("/").slice(0, -1);
    return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}

function configuration({ entrypoint, user }: LayeredImage, layerDigest: string): object {
    return {
        architecture: goEnvironment.GOARCH,
        os: "linux",
        config: {
            ...(entrypoint && { Entrypoint: entrypoint }),
            Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
            ...(user ? { User: user } : {}),
        },
        rootfs: { type: "layers", diff_ids: [`sha256:${layerDigest}`] },
    };
}
