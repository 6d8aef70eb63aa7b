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

/** One chart to be packaged. */
export interface ChartFolder {
    readonly directory: string;
    /** Gives files, by their path in the chart, another text. Default: all stay as they are. */
    readonly amend?: Readonly<Record<string, (text: string) => string>>;
}

/**
 * Makes `directory` a Helm repository (index.yaml and packaged charts) with the MetalLB charts as
 * they lie in the pinned modules, sub-charts included: the one of the site, and an earlier one.
 */
export async function buildChartRepository(directory: string, progress: Progress): Promise<void> {
    const started = Date.now();
    const families = ["metallb", "metallb-0.15.3"];
    const key = keyOf("2", ...families.map((family) => pinnedVersion(family, metallb)));
    const { path, fresh } = await cached("charts", key, async (unfinished) => {
        const folders = families.map(async (family) =>
            join(await moduleDirectory(family, metallb), "charts", "metallb"),
        );
        const [current, earlier] = await Promise.all(folders);
        await writeRepository(
            [{ directory: current! }, { directory: earlier!, amend: { [crds]: wideNumbers } }],
            unfinished,
        );
    });
    mkdirSync(directory, { recursive: true });
    for (const file of readdirSync(path)) copyFileSync(join(path, file), join(directory, file));
    if (fresh) progress("MetalLB charts", since(started));
}

const crds = "charts/crds/templates/crds.yaml";

/** Kubernetes 1.36 takes no peer by the CRDs of 0.15.3: a maximum above int32's (metallb#3034). */
const wideNumbers = (text: string): string =>
    text.replace(/format: int32(?=\n\s+maximum: 4294967295)/g, "format: int64");

/** Packages charts into `directory` and writes the index.yaml that offers them. */
export async function writeRepository(
    charts: readonly ChartFolder[],
    directory: string,
): Promise<void> {
    const entries: Record<string, object[]> = {};
    for (const chart of charts) {
        const metadata = parse(readFileSync(join(chart.directory, "Chart.yaml"), "utf8")) as {
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
        entries[name] = [...(entries[name] ?? []), entry];
    }
    const index = { apiVersion: "v1", generated: packagedAt, entries };
    writeFileSync(join(directory, "index.yaml"), stringify(index));
}

function chartEntries({ directory, amend = {} }: ChartFolder, name: string): TarEntry[] {
    return readdirSync(directory, { withFileTypes: true, recursive: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
        .sort()
        .map((path) => {
            const file = relative(directory, path);
            const other = amend[file];
            const member = `${name}/${file}`;
            return other
                ? { kind: "text", name: member, text: other(readFileSync(path, "utf8")) }
                : { kind: "file", name: member, path };
        });
}
