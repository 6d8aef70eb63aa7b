import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildImages, imageContents, writeImage } from "../../lab/artifacts/images";
import { goEnvironment } from "../../lab/artifacts/modules";
import type { Tools } from "../../lab/artifacts/tools";
import { withScratch } from "./scratch";

/** Every program's path is its own name under `directory`. */
function toolsIn(directory: string): Tools {
    const tools = new Proxy({}, { get: (_, name: string) => join(directory, name) });
    return tools as Tools;
}

function readJson<T>(path: string): T {
    return JSON.parse(readFileSync(path, "utf8")) as T;
}

describe("images", () => {
    it("carry upstream's names, entrypoints and users", () => {
        const lines = imageContents(toolsIn("/bin")).map((image) =>
            [image.reference, image.program, image.target, image.entrypoint, image.user].join(" "),
        );
        assert.deepEqual(lines, [
            "registry.k8s.io/pause:3.10 /bin/pause /pause /pause 65535:65535",
            "metallb-pfsense.lab/web:1 /bin/web /web /web 65534:65534",
            "registry.k8s.io/coredns/coredns:v1.14.2 /bin/coredns /coredns /coredns 65532",
            "ghcr.io/fluxcd/source-controller:v1.9.1 /bin/sourceController " +
                "/usr/local/bin/source-controller source-controller 65534:65534",
            "ghcr.io/fluxcd/helm-controller:v1.6.3 /bin/helmController " +
                "/usr/local/bin/helm-controller helm-controller 65534:65534",
            "ghcr.io/fluxcd/kustomize-controller:v1.9.4 /bin/kustomizeController " +
                "/usr/local/bin/kustomize-controller kustomize-controller 65534:65534",
            "quay.io/metallb/controller:v0.16.1 /bin/metallbController /controller /controller ",
            "quay.io/metallb/speaker:v0.16.1 /bin/metallbSpeaker /speaker /speaker ",
        ]);
    });

    it("are docker archives of one layer, described by its digest", async () => {
        await withScratch(async (directory) => {
            const program = join(directory, "program");
            writeFileSync(program, "the program\n");
            const reference = "registry.example/program:1";
            const file = join(directory, "image.tar");
            await writeImage(
                {
                    reference,
                    entrypoint: ["/opt/program"],
                    user: "1",
                    layer: [
                        { kind: "directory", name: "tmp", mode: 0o1777 },
                        { kind: "directory", name: "run", owner: [100, 101] },
                        { kind: "text", name: "start", text: "#!", mode: 0o755 },
                        { kind: "link", name: "sbin", target: "opt" },
                        { kind: "file", name: "opt/program", path: program, mode: 0o755 },
                    ],
                    key: "1",
                },
                file,
            );
            execFileSync("tar", ["-xf", file, "-C", directory]);
            const [image, ...others] = readJson<{ Config: string }[]>(
                join(directory, "manifest.json"),
            );
            assert.deepEqual(others, []);
            const config = readFileSync(join(directory, image!.Config));
            const digest = createHash("sha256").update(config).digest("hex");
            assert.deepEqual(image, {
                Config: `${digest}.json`,
                RepoTags: [reference],
                Layers: ["layer.tar"],
            });
            const layer = readFileSync(join(directory, "layer.tar"));
            const layerDigest = createHash("sha256").update(layer).digest("hex");
            assert.deepEqual(JSON.parse(config.toString()), {
                architecture: goEnvironment.GOARCH,
                os: "linux",
                config: {
                    Entrypoint: ["/opt/program"],
                    Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
                    User: "1",
                },
                rootfs: { type: "layers", diff_ids: [`sha256:${layerDigest}`] },
            });
            const listed = execFileSync("tar", ["-tv"], { input: layer, encoding: "utf8" });
            assert.deepEqual(
                listed
                    .trim()
                    .split("\n")
                    .map((line) => [...line.split(/ +/).slice(0, 2), line.split(":00 ")[1]]),
                [
                    ["drwxrwxrwt", "0/0", "tmp/"],
                    ["drwxr-xr-x", "100/101", "run/"],
                    ["-rwxr-xr-x", "0/0", "start"],
                    ["lrw-r--r--", "0/0", "sbin -> opt"],
                    ["-rwxr-xr-x", "0/0", "opt/program"],
                ],
            );
        });
    });

    it("are built once for the same programs", async () => {
        await withScratch(async (directory) => {
            const cache = process.env.XDG_CACHE_HOME;
            process.env.XDG_CACHE_HOME = join(directory, "cache");
            try {
                const programs = join(directory, "programs");
                mkdirSync(programs);
                const tools = toolsIn(programs);
                const names = imageContents(tools).map(({ program }) => program);
                for (const program of names) writeFileSync(program, program);
                const told: string[] = [];
                const first = await buildImages(tools, (stage) => told.push(stage));
                assert.equal(told.length, 8);
                const second = await buildImages(tools, (stage) => told.push(stage));
                assert.deepEqual(second, first);
                assert.equal(told.length, 8);
            } finally {
                if (cache === undefined) delete process.env.XDG_CACHE_HOME;
                else process.env.XDG_CACHE_HOME = cache;
            }
        });
    });
});
