import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { writeRepository } from "../../lab/artifacts/chart";
import { withScratch } from "./scratch";

function writeChart(chart: string): void {
    mkdirSync(join(chart, "charts", "crds"), { recursive: true });
    mkdirSync(join(chart, "templates"));
    const metadata = "apiVersion: v2\nname: demo\nversion: 1.2.3\nappVersion: v1.2.3\n";
    writeFileSync(join(chart, "Chart.yaml"), metadata);
    writeFileSync(join(chart, "charts", "crds", "Chart.yaml"), "name: crds\n");
    // As in the module cache, where nothing may be written.
    writeFileSync(join(chart, "templates", "one.yaml"), "one: 1\n", { mode: 0o444 });
}

describe("Helm repository", () => {
    it("offers the packaged chart by its digest", () =>
        withScratch(async (directory) => {
            const repository = join(directory, "repository");
            mkdirSync(repository);
            writeChart(join(directory, "chart"));
            await writeRepository([{ directory: join(directory, "chart") }], repository);
            assert.deepEqual(readdirSync(repository).sort(), ["demo-1.2.3.tgz", "index.yaml"]);
            const archive = readFileSync(join(repository, "demo-1.2.3.tgz"));
            assert.deepEqual(parse(readFileSync(join(repository, "index.yaml"), "utf8")), {
                apiVersion: "v1",
                generated: "1970-01-01T00:00:00Z",
                entries: {
                    demo: [
                        {
                            apiVersion: "v2",
                            name: "demo",
                            version: "1.2.3",
                            appVersion: "v1.2.3",
                            created: "1970-01-01T00:00:00Z",
                            digest: createHash("sha256").update(archive).digest("hex"),
                            urls: ["demo-1.2.3.tgz"],
                        },
                    ],
                },
            });
            const listed = execFileSync("tar", ["-tz"], { input: archive, encoding: "utf8" });
            assert.deepEqual(listed.trim().split("\n"), [
                "demo/Chart.yaml",
                "demo/charts/crds/Chart.yaml",
                "demo/templates/one.yaml",
            ]);
        }));

    it("packages the same chart into the same bytes", () =>
        withScratch(async (directory) => {
            const digests = ["first", "second"].map(async (name) => {
                const repository = join(directory, name, "repository");
                mkdirSync(repository, { recursive: true });
                writeChart(join(directory, name, "chart"));
                await writeRepository([{ directory: join(directory, name, "chart") }], repository);
                return readFileSync(join(repository, "demo-1.2.3.tgz"));
            });
            const [first, second] = await Promise.all(digests);
            assert.deepEqual(first, second);
        }));

    it("offers two releases of one chart, the files of one amended", () =>
        withScratch(async (directory) => {
            const repository = join(directory, "repository");
            mkdirSync(repository);
            const charts = ["new", "old"].map((name) => join(directory, name));
            charts.forEach(writeChart);
            const old = "name: demo\nversion: 1.2.2\n";
            writeFileSync(join(charts[1]!, "Chart.yaml"), old);
            const amend = {
                "templates/one.yaml": (text: string) => text.replace("one: 1", "one: 2"),
            };
            await writeRepository(
                [{ directory: charts[0]! }, { directory: charts[1]!, amend }],
                repository,
            );
            const index = parse(readFileSync(join(repository, "index.yaml"), "utf8")) as {
                entries: { demo: { version: string }[] };
            };
            assert.deepEqual(
                index.entries.demo.map(({ version }) => version),
                ["1.2.3", "1.2.2"],
            );
            const one = (version: string) =>
                execFileSync(
                    "tar",
                    ["-xzOf", join(repository, `demo-${version}.tgz`), "demo/templates/one.yaml"],
                    { encoding: "utf8" },
                );
            assert.deepEqual([one("1.2.3"), one("1.2.2")], ["one: 1\n", "one: 2\n"]);
        }));
});
