import assert from "node:assert/strict";
import fc from "fast-check";
import { chartFindings } from "../../config/chart-now";
import { chartProblem } from "../../config/chart-words";
import { fluxGaps, type KindNow } from "../../config/flux-kinds";
import type { ClusterObject } from "../../config/objects";
import type { MetalLbPlan } from "../../config/plan";
import { releaseObjects } from "../../config/release-objects";
import { metallbPlan } from "../components/plans";
import { baseWith, judge } from "./fixtures";

const digest = `sha256:${"1a".repeat(32)}`;
const chart = { repository: "oci://registry.example.net/charts/metallb", version: "0.16.1" };
const oci: MetalLbPlan = { ...metallbPlan, chart };

describe("why a chart cannot be had", () => {
    const what =
        "The chart oci://registry.example.net/charts/metallb, version 0.16.1, cannot be had";
    const login = { user: "flux", key: "chartPassword" };
    const cases: Record<string, [chart: MetalLbPlan["chart"], flux: string, mend: string]> = {
        "a wrong password": [
            { ...chart, login },
            "failed to determine artifact digest: HEAD https://registry.example.net/v2/charts/metallb/manifests/0.16.1: unexpected status code 401 Unauthorized (HEAD responses have no body, use GET for details)",
            ": the login of metallb.chart.user (flux) is refused: pulumi config set --secret chartPassword",
        ],
        "no login": [
            chart,
            "GET https://registry.example.net/v2/charts/metallb/manifests/0.16.1: UNAUTHORIZED: authentication required",
            ": a login is wanted: metallb.chart.user and the secret chartPassword",
        ],
        "an authority that Flux does not know": [
            chart,
            'Get "https://registry.example.net/v2/": tls: failed to verify certificate: x509: certificate signed by unknown authority',
            ": its certificate is not trusted: metallb.chart.ca takes that of the authority behind it",
        ],
        "a wrong digest": [
            { ...chart, digest },
            "failed to pull artifact from 'oci://registry.example.net/charts/metallb': GET https://registry.example.net/…: MANIFEST_UNKNOWN: Unknown manifest",
            `: nothing there has the digest of metallb.chart.digest (${digest}): take that of this version`,
        ],
        "a wrong version": [
            chart,
            "GET https://registry.example.net/…: MANIFEST_UNKNOWN: Unknown manifest",
            ": there is none of that version: correct metallb.version or metallb.chart.repository",
        ],
        "a wrong version in a Helm repository": [
            chart,
            "invalid chart reference: failed to get chart version for remote reference: no 'metallb' chart with version matching '0.99.0' found",
            ": there is none of that version: correct metallb.version or metallb.chart.repository",
        ],
        "no way there": [
            chart,
            'Get "https://registry.example.net/v2/": dial tcp: lookup registry.example.net: no such host',
            ": Flux's source-controller does not reach it: metallb.chart.repository, DNS, a network policy",
        ],
        "what nobody has met": [chart, "the moon is full", ""],
    };
    for (const [name, [of, flux, mend]] of Object.entries(cases)) {
        it(`is ${name}`, () => {
            assert.equal(chartProblem({ chart: of }, flux), `${what}${mend}. Flux says: ${flux}`);
        });
    }
});

describe("what the cluster says to the chart", () => {
    const nothing = { missingAccounts: [], missingSecrets: [] };
    const installed = (chartVersion: string, ociDigest?: string) => ({
        byPlugin: true,
        installed: { chartVersion, ...(ociDigest !== undefined && { ociDigest }) },
    });

    it("is nothing where the digest is that of the version, or another one's is wanted", () => {
        const pinned = { ...oci, chart: { ...chart, digest } };
        for (const release of [
            undefined,
            installed("0.16.1+1a1a1a1a1a1a", digest),
            installed("0.15.3+2b2b2b2b2b2b", `sha256:${"2b".repeat(32)}`),
            installed("0.15.3"),
        ]) {
            assert.deepEqual(chartFindings(pinned, release, nothing), {
                problems: [],
                warnings: [],
            });
        }
    });

    it("is a digest that was forgotten when the version was raised", () => {
        const raised = { ...oci, chart: { ...chart, version: "0.16.2", digest } };
        const release = installed("0.16.1+1a1a1a1a1a1a", digest);
        assert.deepEqual(chartFindings(raised, release, nothing).problems, [
            "metallb.chart.digest is that of version 0.16.1, which is installed, and metallb.version is 0.16.2: take the digest of that, or leave the version.",
        ]);
    });

    it("is an account that is not there, and a Secret that is not there yet", () => {
        const missing = { missingAccounts: ["installer"], missingSecrets: ["regcred"] };
        assert.deepEqual(chartFindings(oci, undefined, missing), {
            problems: [
                "The service account installer of metallb.serviceAccount is not in the namespace metallb-system: make it first, with rights to all that the chart holds (CRDs and cluster roles too), in a namespace of yours (metallb.createNamespace: false).",
            ],
            warnings: [
                "The Secret regcred of metallb.images.pullSecrets is not in the namespace metallb-system: until it is, images of its registry are not pulled.",
            ],
        });
    });
});

describe("Secrets for images", () => {
    it("are values of chart and subchart", () => {
        const images = {
            login: { registry: "registry.example.net", user: "kubelet" },
            pullSecrets: ["regcred"],
        };
        const { plan } = judge(
            baseWith({ "metallb.images": images, imagePassword: { secure: "not-decrypted" } }),
        );
        const all = [{ name: "metallb-image-login" }, { name: "regcred" }];
        assert.deepEqual(plan!.metallb.values.imagePullSecrets, all);
        assert.deepEqual(plan!.metallb.values["frr-k8s"], { imagePullSecrets: all });
    });
});

/** Just the kinds that an object needs: a schema with its fields and no other. */
function definitionOf({ apiVersion, kind, spec = {} }: ClusterObject): KindNow {
    const [group = "", name = ""] = apiVersion.split("/");
    const schema = { properties: { spec: schemaOf(spec) } };
    return { group, kind, versions: [{ name, served: true, schema }] };
}
const schemaOf = (value: unknown): object =>
    typeof value === "object" && value !== null && !Array.isArray(value)
        ? {
              properties: Object.fromEntries(
                  Object.entries(value).map(([key, inner]) => [key, schemaOf(inner)]),
              ),
          }
        : {};

describe("the Flux that is there", () => {
    const { sources, release } = releaseObjects(oci);
    const objects = [release, ...sources];
    const known = objects.map(definitionOf);

    it("suffices with all kinds and fields", () => {
        assert.deepEqual(fluxGaps(objects, known), { kinds: [], fields: [] });
    });

    it("lacks a kind, or serves another version of it", () => {
        const [, source] = known;
        const old = { ...source!, versions: [{ name: "v1beta2", served: true }] };
        assert.deepEqual(fluxGaps(objects, [old]).kinds, [
            "HelmRelease of helm.toolkit.fluxcd.io/v2",
            "OCIRepository of source.toolkit.fluxcd.io/v1 (there is v1beta2)",
        ]);
        const unserved = { ...source!, versions: [{ name: "v1", served: false }] };
        assert.deepEqual(fluxGaps(sources, [unserved]).kinds, [
            "OCIRepository of source.toolkit.fluxcd.io/v1",
        ]);
    });

    it("takes everything where the definition says so, or cannot be read", () => {
        const { group, kind } = known[0]!;
        const open = { "x-kubernetes-preserve-unknown-fields": true, properties: {} };
        for (const schema of [undefined, { properties: { spec: open } }]) {
            const versions = [{ name: "v2", served: true, ...(schema && { schema }) }];
            assert.deepEqual(fluxGaps([release], [{ group, kind, versions }]).fields, []);
        }
    });

    it("would drop whatever field is not in its definition, and that one alone is named", () => {
        const leaves = (value: unknown, path: string[] = []): string[][] =>
            typeof value === "object" && value !== null && !Array.isArray(value)
                ? Object.entries(value).flatMap(([key, inner]) => [
                      [...path, key],
                      ...leaves(inner, [...path, key]),
                  ])
                : [];
        const all = objects.flatMap((object, at) =>
            leaves(object.spec).map((path) => ({ object, at, path })),
        );
        fc.assert(
            fc.property(fc.constantFrom(...all), ({ object, at, path }) => {
                const poorer = structuredClone(known);
                const [version] = poorer[at]!.versions;
                const { spec } = version!.schema!.properties!;
                let holder = (spec as { properties: Record<string, unknown> }).properties;
                for (const key of path.slice(0, -1)) {
                    holder = (holder[key] as { properties: Record<string, unknown> }).properties;
                }
                delete holder[path.at(-1)!];
                assert.deepEqual(fluxGaps(objects, poorer), {
                    kinds: [],
                    fields: [`${object.kind} spec.${path.join(".")}`],
                });
            }),
        );
    });
});
