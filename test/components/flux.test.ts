import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Flux, type FluxArgs } from "../../components/flux";
import { fluxObjects, parseManifest, selectObjects } from "../../components/flux/manifest";
import type { FluxReady } from "../../components/flux/ready";
import type { FluxPlan } from "../../config/plan";
import { fluxPlan } from "./plans";
import { find, record, shapeOf, type Registration } from "./recorder";

const source = "test/components/flux-install.yaml";
const text = readFileSync(source, "utf8");
const sha256 = createHash("sha256").update(text).digest("hex");

async function registrationsOf(
    plan: FluxPlan,
    preview = false,
    more: Partial<FluxArgs> = {},
): Promise<readonly Registration[]> {
    const objects = await fluxObjects(plan);
    const build = () => new Flux("flux", { plan, objects, ...more });
    return (await record(build, { preview })).registrations;
}

const namespace = "flux-namespace-flux-system";
const kind = "flux-customresourcedefinition-helmreleases.helm.toolkit.fluxcd.io";
const beginning = [kind, namespace];
const groundwork = [
    ...beginning,
    "flux-clusterrolebinding-cluster-reconciler-flux-system",
    "flux-networkpolicy-allow-egress",
    "flux-resourcequota-critical-pods",
    "flux-serviceaccount-helm-controller",
].sort();

describe("Flux", () => {
    it("stays where others have releases, every object of it, and goes where nobody has", async () => {
        for (const fluxIsShared of [true, false]) {
            const made = await registrationsOf(fluxPlan, false, { fluxIsShared });
            const objects = made.filter(({ parent }) => parent === "flux");
            assert.equal(objects.length, 9);
            for (const { name, options } of objects) {
                assert.equal(options.retainOnDelete ?? false, fluxIsShared, name);
            }
        }
    });

    for (const preview of [true, false]) {
        it(`makes namespace and kinds, access and controllers in that order (preview: ${preview})`, async () => {
            assert.deepEqual(shapeOf(await registrationsOf(fluxPlan, preview)), [
                ["kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition", kind, "flux", []],
                [
                    "kubernetes:apps/v1:Deployment",
                    "flux-deployment-helm-controller",
                    "flux",
                    groundwork,
                ],
                [
                    "kubernetes:apps/v1:Deployment",
                    "flux-deployment-source-controller",
                    "flux",
                    groundwork,
                ],
                ["kubernetes:core/v1:Namespace", namespace, "flux", []],
                [
                    "kubernetes:core/v1:ResourceQuota",
                    "flux-resourcequota-critical-pods",
                    "flux",
                    beginning,
                ],
                [
                    "kubernetes:core/v1:Service",
                    "flux-service-source-controller",
                    "flux",
                    groundwork,
                ],
                [
                    "kubernetes:core/v1:ServiceAccount",
                    "flux-serviceaccount-helm-controller",
                    "flux",
                    beginning,
                ],
                [
                    "kubernetes:networking.k8s.io/v1:NetworkPolicy",
                    "flux-networkpolicy-allow-egress",
                    "flux",
                    beginning,
                ],
                [
                    "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding",
                    "flux-clusterrolebinding-cluster-reconciler-flux-system",
                    "flux",
                    beginning,
                ],
                ["metallb-pfsense:index:Flux", "flux", null, []],
            ]);
        });
    }

    it("makes nothing, and reads no manifest, where Flux is there already", async () => {
        const plan = { ...fluxPlan, install: false, manifest: { path: "test/no-such-file" } };
        assert.deepEqual(shapeOf(await registrationsOf(plan)), [
            ["metallb-pfsense:index:Flux", "flux", null, []],
        ]);
    });

    it("makes every object what others wait for", async () => {
        const objects = await fluxObjects(fluxPlan);
        const { result, registrations } = await record(
            () => new Flux("flux", { plan: fluxPlan, objects }).ready.length,
        );
        assert.equal(result, registrations.length - 1);
    });

    it("shows its settings, and so their changes, on the component itself", async () => {
        const { inputs } = find(await registrationsOf(fluxPlan), "flux");
        assert.deepEqual(inputs, { ...fluxPlan });
    });
});

describe("Flux's install manifest", () => {
    const containerOf = (registrations: readonly Registration[], name: string) => {
        const { spec } = find(registrations, name).inputs as {
            spec: { template: { spec: { containers: unknown[] } } };
        };
        return spec.template.spec.containers;
    };

    it("sends no events where nobody listens", async () => {
        const deployment = "flux-deployment-helm-controller";
        assert.deepEqual(containerOf(await registrationsOf(fluxPlan), deployment), [
            {
                name: "manager",
                image: "ghcr.io/fluxcd/helm-controller:v1.6.4",
                args: ["--watch-all-namespaces"],
            },
        ]);
    });

    it("asks its controllers each second, and waits for no endpoints of a Service", () => {
        const probed = text.replaceAll(
            "- name: manager",
            "- readinessProbe: { httpGet: { path: /, port: http } }\n                  name: manager",
        );
        const kept = selectObjects(parseManifest(probed, source), fluxPlan, source);
        const named = (kind: string) => kept.filter((object) => object.kind === kind);
        assert.deepEqual(
            named("Deployment").map((object) => {
                const { spec } = object as unknown as {
                    spec: { template: { spec: { containers: { readinessProbe: object }[] } } };
                };
                return spec.template.spec.containers[0]!.readinessProbe;
            }),
            fluxPlan.components.map(() => ({
                httpGet: { path: "/", port: "http" },
                periodSeconds: 1,
                failureThreshold: 30,
            })),
        );
        assert.deepEqual(
            named("Service").map(({ metadata }) => metadata.annotations),
            [{ "pulumi.com/skipAwait": "true" }],
        );
    });

    it("leaves the wait for its controllers to whoever is told to wait", async () => {
        const objects = await fluxObjects(fluxPlan);
        const fluxReady = { hooks: () => undefined } as unknown as FluxReady;
        const { registrations } = await record(
            () => new Flux("flux", { plan: fluxPlan, objects, fluxReady }),
        );
        const unwaited = registrations.filter(({ inputs }) => {
            const { metadata } = inputs as { metadata?: { annotations?: object } };
            return metadata?.annotations && "pulumi.com/skipAwait" in metadata.annotations;
        });
        assert.deepEqual(unwaited.map(({ name }) => name).sort(), [
            "flux-deployment-helm-controller",
            "flux-deployment-source-controller",
            "flux-service-source-controller",
        ]);
    });

    it("leaves arguments alone when notification-controller is wanted", () => {
        const objects = parseManifest(
            text.replaceAll("kustomize-controller", "notification-controller"),
            source,
        );
        const components = ["source-controller", "notification-controller"];
        const kept = selectObjects(objects, { components }, source);
        const events = kept.filter((o) => JSON.stringify(o).includes("--events-addr="));
        assert.deepEqual(
            events.map(({ metadata }) => metadata.name),
            ["source-controller"],
        );
    });

    it("is whole with the four controllers that Flux's own command installs", async () => {
        const components = [
            "source-controller",
            "helm-controller",
            "kustomize-controller",
            "notification-controller",
        ];
        const all = await registrationsOf({ ...fluxPlan, components });
        const whole = parseManifest(text, source);
        assert.equal(all.length, whole.length + 1);
        const binding = "flux-clusterrolebinding-cluster-reconciler-flux-system";
        assert.deepEqual(
            find(all, binding).inputs.subjects,
            whole.find(({ kind }) => kind === "ClusterRoleBinding")!.subjects,
        );
        assert.match(
            JSON.stringify(containerOf(all, "flux-deployment-helm-controller")),
            /--events-addr=/,
        );
    });

    it("takes the images from another registry", async () => {
        for (const registry of ["registry.example.net/flux", "registry.example.net/flux/"]) {
            const objects = await registrationsOf({ ...fluxPlan, registry });
            const [container] = containerOf(objects, "flux-deployment-source-controller");
            assert.deepEqual(container, {
                name: "manager",
                image: "registry.example.net/flux/source-controller:v1.9.5",
                args: ["--watch-all-namespaces"],
            });
        }
    });

    it("gives no rights to accounts of controllers that are not installed", async () => {
        const binding = "flux-clusterrolebinding-cluster-reconciler-flux-system";
        assert.deepEqual(find(await registrationsOf(fluxPlan), binding).inputs.subjects, [
            { kind: "ServiceAccount", name: "helm-controller", namespace: "flux-system" },
        ]);
    });

    const refusals: Record<string, { plan: Partial<FluxPlan>; message: RegExp }> = {
        "a file that is not there": {
            plan: { manifest: { path: "test/no-such-file.yaml" } },
            message:
                /^Flux's install manifest test\/no-such-file\.yaml: it cannot be read \(ENOENT/,
        },
        "a file with another digest": {
            plan: { manifest: { path: source, sha256: "0".repeat(64) } },
            message: new RegExp(
                `its sha256 is ${sha256}, and flux.manifest.sha256 wants 0{64}\\.$`,
            ),
        },
        "a file that is no manifest": {
            plan: { manifest: { path: "package.json" } },
            message: /^Flux's install manifest package\.json: it is not a Kubernetes manifest\.$/,
        },
        "wanted controllers that it does not hold": {
            plan: { components: ["source-controller", "image-x", "image-y"] },
            message: /it has no Deployment of image-x, image-y\.$/,
        },
    };
    for (const [what, { plan, message }] of Object.entries(refusals)) {
        it(`refuses ${what}`, async () => {
            await assert.rejects(fluxObjects({ ...fluxPlan, ...plan }), { message });
        });
    }

    describe("from an address", () => {
        let server: Server;
        let requests = 0;
        let origin = "";
        let home = "";
        const cacheHome = process.env.XDG_CACHE_HOME;

        before((done) => {
            home = mkdtempSync(join(tmpdir(), "manifest-"));
            process.env.XDG_CACHE_HOME = home;
            server = createServer((request, response) => {
                requests++;
                const found = request.url === "/install.yaml";
                response.writeHead(found ? 200 : 404).end(found ? text : "");
            }).listen(0, "127.0.0.1", () => {
                origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
                done();
            });
        });
        after((done) => {
            process.env.XDG_CACHE_HOME = cacheHome;
            if (cacheHome === undefined) {
                delete process.env.XDG_CACHE_HOME;
            }
            rmSync(home, { recursive: true });
            server.close(done);
        });

        it("is read anew each time when nothing says what it should hold", async () => {
            requests = 0;
            const plan = { ...fluxPlan, manifest: { url: `${origin}/install.yaml` } };
            const fromFile = await fluxObjects(fluxPlan);
            assert.deepEqual(await fluxObjects(plan), fromFile);
            assert.deepEqual(await fluxObjects(plan), fromFile);
            assert.equal(requests, 2);
        });

        it("is read once when its digest is known", async () => {
            requests = 0;
            const plan = { ...fluxPlan, manifest: { url: `${origin}/install.yaml`, sha256 } };
            const fromFile = await fluxObjects(fluxPlan);
            assert.deepEqual(await fluxObjects(plan), fromFile);
            assert.deepEqual(await fluxObjects(plan), fromFile);
            assert.equal(requests, 1);
        });

        it("says what to do when the address has no such file", async () => {
            const url = `${origin}/v9.9.9.yaml`;
            await assert.rejects(fluxObjects({ ...fluxPlan, manifest: { url } }), {
                message:
                    `Flux's install manifest ${url}: it cannot be read (HTTP 404 Not Found). ` +
                    `Check flux.version (2.9.5) and the way to that address, or download the ` +
                    `file once and name it as flux.manifest.path.`,
            });
        });

        it("says why nobody answers", async () => {
            const closed = createServer().listen(0, "127.0.0.1");
            await once(closed, "listening");
            const { port } = closed.address() as AddressInfo;
            closed.close();
            await once(closed, "close");
            const url = `http://127.0.0.1:${port}/install.yaml`;
            await assert.rejects(
                fluxObjects({ ...fluxPlan, manifest: { url } }),
                /cannot be read \(connect ECONNREFUSED 127\.0\.0\.1:\d+\)\. Check flux\.version/,
            );
        });
    });
});
