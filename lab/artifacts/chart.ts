import { createHash } from "node:crypto";
import { copyFileSync, createWriteStream, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { parse, stringify } from "yaml";
import { cached, keyOf } from "./cache";
import { moduleDirectory, pinnedVersion } from "./modules";
import { type Progress, since } from "./progress";
import { tar, type TarEntry } from "./tar";

const metallb = "go.universe.tf/metallb";
/** Any fixed time will do; a chart must not look new each time it is packaged. */
const packagedAt = "1970-01-01T00:00:00Z";

/**
 * Makes `directory` a Helm repository (index.yaml and the packaged chart) with the MetalLB chart
 * as it lies in the pinned module, sub-charts included.
 */
export async function buildChartRepository(directory: string, progress: Progress): Promise<void> {
    const started = Date.now();
    const key = keyOf("1", pinnedVersion("metallb", metallb));
    const { path, fresh } = await cached("charts", key, async (unfinished) => {
        const module = await moduleDirectory("metallb", metallb);
        await writeRepository(join(module, "charts", "metallb"), unfinished);
    });
    mkdirSync(directory, { recursive: true });
    for (const file of readdirSync(path)) copyFileSync(join(path, file), join(directory, file));
    if (fresh) progress("MetalLB chart", since(started));
}

/** Packages one chart folder into `directory` and writes the index.yaml that offers it. */
export async function writeRepository(chart: string, directory: string): Promise<void> {
    const metadata = parse(readFileSync(join(chart, "Chart.yaml"), "utf8")) as {
        name: string;
        version: string;
    };
    const { name, version } = metadata;
    const file = `${name}-${version}.tgz`;
    const archive = Readable.from(tar(chartEntries(chart, name)));
    await pipeline(archive, createGzip(), createWriteStream(join(directory, file)));
    const digest = createHash("sha256")
        .update(readFileSync(join(directory, file)))
        .digest("hex");
    const entry = { ...metadata, created: packagedAt, digest, urls: [file] };
    const index = { apiVersion: "v1", generated: packagedAt, entries: { [name]: [entry] } };
    writeFileSync(join(directory, "index.yaml"), stringify(index));
}

function chartEntries(chart: string, name: string): TarEntry[] {
    return readdirSync(chart, { withFileTypes: true, recursive: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
        .sort()
        .map((path) => ({ kind: "file", name: `${name}/${relative(chart, path)}`, path }));
}
