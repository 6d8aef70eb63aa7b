import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { stringify } from "yaml";
import type { ClusterApi } from "../../components/cluster/api";
import type { FluxReady } from "../../components/flux/ready";
import { MetalLb } from "../../components/metallb";
import { ChartReady } from "../../components/metallb/chart-ready";
import { isInstalled } from "../../config/release-objects";
import type { MetalLbPlan } from "../../config/plan";
import { runError } from "../../config/run-error";
import { assertGolden } from "../golden";
import { metallbPlan } from "./plans";
import { find, record, shapeOf, withoutSecrets } from "./recorder";

const password = "not-to-be-shown";
const digest = `sha256:${"1a".repeat(32)}`;
const ca = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";

const plan: MetalLbPlan = {
    ...metallbPlan,
    peers: {},
    routers: {},
    passwords: {},
    pools: {},
    bgpAdvertisements: {},
    chart: {
        repository: "oci://registry.vault.internal:5000/charts/metallb",
        version: "0.16.1",
        digest,
        login: { user: "flux", key: "chartPassword" },
        ca,
    },
    imageLogin: { registry: "registry.vault.internal:5000", user: "kubelet", key: "imagePassword" },
    serviceAccount: "installer",
};
const fromHelmRepository: MetalLbPlan = {
    ...plan,
    chart: { ...plan.chart, repository: "https://charts.vault.internal", digest: undefined },
};

async function registrationsOf(wanted: MetalLbPlan) {
    const { registrations } = await record(() => {
        const keys = ["chartPassword", "imagePassword"];
        const secrets = Object.fromEntries(keys.map((key) => [key, pulumi.output(password)]));
        return void new MetalLb("metallb", { plan: wanted, secrets, flux: [] });
    });
    return registrations;
}

/** What a Secret holds, with the mark of a secret taken off. */
async function contentsOf(wanted: MetalLbPlan, name: string): Promise<Record<string, string>> {
    const { stringData } = find(await registrationsOf(wanted), name).inputs as {
        stringData: { value: Record<string, string> };
    };
    return stringData.value;
}

describe("a chart that has to be fetched with a login", () => {
    it("comes from a registry by one object, after the Secrets that it names", async () => {
        const secret = (name: string) => [
            "kubernetes:core/v1:Secret",
            `metallb-secret-${name}`,
            "metallb",
            ["metallb-namespace"],
        ];
        const names = ["metallb-chart-ca", "metallb-chart-login", "metallb-image-login"];
        assert.deepEqual(shapeOf(await registrationsOf(plan)), [
            ["kubernetes:core/v1:Namespace", "metallb-namespace", "metallb", []],
            ...names.map(secret),
            [
                "kubernetes:helm.toolkit.fluxcd.io/v2:HelmRelease",
                "metallb-helmrelease",
                "metallb",
                ["metallb-ocirepository"],
            ],
            [
                "kubernetes:source.toolkit.fluxcd.io/v1:OCIRepository",
                "metallb-ocirepository",
                "metallb",
                ["metallb-namespace", ...names.map((name) => `metallb-secret-${name}`)],
            ],
            ["metallb-pfsense:index:MetalLb", "metallb", null, []],
        ]);
    });

    for (const [name, wanted] of Object.entries({
        registry: plan,
        repository: fromHelmRepository,
    })) {
        it(`sends just what is recorded for a ${name}`, async () => {
            const registrations = await registrationsOf(wanted);
            const resources = registrations.filter(({ parent }) => parent === "metallb");
            assertGolden(`chart-${name}.yaml`, stringify(withoutSecrets(resources)));
        });
    }

    it("has its login in the form that Flux and the kubelets read", async () => {
        const auth = Buffer.from(`flux:${password}`).toString("base64");
        const docker = await contentsOf(plan, "metallb-secret-metallb-chart-login");
        assert.deepEqual(JSON.parse(docker[".dockerconfigjson"]!), {
            auths: { "registry.vault.internal:5000": { username: "flux", password, auth } },
        });
        const images = await contentsOf(plan, "metallb-secret-metallb-image-login");
        assert.match(images[".dockerconfigjson"]!, /"username":"kubelet"/);
        assert.deepEqual(
            await contentsOf(fromHelmRepository, "metallb-secret-metallb-repository-login"),
            { username: "flux", password },
        );
        assert.deepEqual(await contentsOf(plan, "metallb-secret-metallb-chart-ca"), {
            "ca.crt": ca,
        });
    });

    it("shows the password nowhere, also not in another form", async () => {
        const open = JSON.stringify(withoutSecrets(await registrationsOf(plan)));
        for (const form of [password, Buffer.from(`flux:${password}`).toString("base64")]) {
            assert.ok(!open.includes(form));
        }
    });

    it("is installed in its version and digest, whatever was installed before", () => {
        const chartVersion = "0.16.1+1a2b3c4d5e6f";
        const unpinned = { ...plan, chart: { ...plan.chart, digest: undefined } };
        const cases: [MetalLbPlan, { chartVersion?: string; ociDigest?: string }, boolean][] = [
            [plan, { chartVersion, ociDigest: digest }, true],
            [plan, { chartVersion: "0.16.1", ociDigest: digest }, true],
            [plan, { chartVersion, ociDigest: "sha256:00" }, false],
            [plan, { chartVersion: "0.16.10", ociDigest: digest }, false],
            [plan, {}, false],
            [unpinned, { chartVersion }, true],
            [unpinned, { chartVersion: "0.16.10+1a2b3c4d5e6f" }, false],
            [fromHelmRepository, { chartVersion: "0.16.1" }, true],
            [fromHelmRepository, { chartVersion }, false],
            [fromHelmRepository, {}, false],
        ];
        for (const [wanted, installed, is] of cases) {
            assert.equal(isInstalled(wanted, installed), is, JSON.stringify(installed));
        }
    });
});

describe("the wait for a chart", () => {
    const source = {
        apiVersion: "source.toolkit.fluxcd.io/v1",
        kind: "OCIRepository",
        metadata: { name: "metallb", namespace: "metallb-system" },
    };
    const refused = "HEAD https://registry.vault.internal:5000/…: 401 Unauthorized";
    const said = `The chart oci://registry.vault.internal:5000/charts/metallb, version 0.16.1, cannot be had: the login of metallb.chart.user (flux) is refused: pulumi config set --secret chartPassword. Flux says: ${refused}`;

    /** A source of generation 2 as Flux has it. */
    const flux = (status: "True" | "False", { observed = 2, handled = "" } = {}) => ({
        metadata: { generation: 2 },
        status: {
            conditions: [{ type: "Ready", status, message: refused, observedGeneration: observed }],
            lastHandledReconcileAt: handled,
        },
    });
    const about = { metadata: { generation: 2 }, status: {} };

    /**
     * How the wait ends where the cluster has one after the other, and then the last.
     * @param mended whether Flux has the chart once it has looked again
     */
    async function waitFor(
        answers: readonly (object | undefined | Error)[],
        mended = false,
        controllers?: FluxReady,
    ) {
        const left = [...answers];
        let [looks, asked] = [0, 0];
        const api = {
            find: () => {
                looks++;
                const found = left.length > 1 ? left.shift() : left[0];
                return found instanceof Error ? Promise.reject(found) : Promise.resolve(found);
            },
            merge: (_version: string, _kind: string, { annotations }: { annotations: object }) => {
                asked++;
                const handled = Object.values(annotations)[0] as string;
                left.push(flux(mended ? "True" : "False", { handled }));
                return Promise.resolve();
            },
        } as unknown as ClusterApi;
        let failure: string | undefined;
        const { warnings } = await record(async () => {
            const patience = { look: 1, failed: 40, whole: 200 };
            try {
                await new ChartReady(api, plan, { patience, controllers }).reached([source]);
            } catch (error) {
                assert.ok(pulumi.RunError.isInstance(error));
                failure = error.message;
            }
        });
        return { failure, warnings, looks, asked };
    }

    it("ends as soon as Flux has it, and where there is no such source", async () => {
        const calm = { failure: undefined, warnings: [], asked: 0 };
        assert.deepEqual(await waitFor([about, about, flux("True")]), { ...calm, looks: 3 });
        assert.deepEqual(await waitFor([undefined]), { ...calm, looks: 2 });
    });

    it("takes nothing of before for an answer, nor an API server that is away", async () => {
        const before = flux("True", { observed: 1 });
        const { failure, looks } = await waitFor([
            about,
            before,
            new Error("refused"),
            flux("True"),
        ]);
        assert.deepEqual({ failure, looks }, { failure: undefined, looks: 4 });
    });

    it("ends with Flux's words and the key to mend when it goes on failing", async () => {
        const { failure, warnings, asked } = await waitFor([about, flux("False")]);
        assert.deepEqual(
            { failure, warnings, asked },
            { failure: said, warnings: [said], asked: 0 },
        );
    });

    it("goes on through a failure that passes", async () => {
        const { failure, warnings } = await waitFor([
            about,
            ...Array<object>(3).fill(flux("False")),
            flux("True"),
        ]);
        assert.deepEqual({ failure, warnings }, { failure: undefined, warnings: [said] });
    });

    it("asks Flux to look again where it fails from the beginning, and waits for that", async () => {
        const mended = await waitFor([flux("False"), flux("False")], true);
        assert.deepEqual([mended.failure, mended.warnings, mended.asked], [undefined, [], 1]);
        const still = await waitFor([flux("False"), flux("False")]);
        assert.deepEqual([still.failure, still.warnings, still.asked], [said, [said], 1]);
    });

    it("ends at once where somebody has suspended the source, unless it is as wanted", async () => {
        const spec = { suspend: true };
        const { failure } = await waitFor([{ ...about, spec }]);
        assert.match(failure!, /^OCIRepository metallb is suspended, and Flux leaves it alone: /);
        assert.equal((await waitFor([{ ...flux("True"), spec }])).failure, undefined);
    });

    it("gives Flux's controllers the time that they need to start, and ends where they do not", async () => {
        const controllers = { pending: true, problem: undefined } as unknown as FluxReady;
        // Longer than the wait for a chart by itself.
        setTimeout(() => (controllers.pending = false), 300);
        const { failure } = await waitFor([about], false, controllers);
        assert.match(failure!, /^Flux does not say within 0.2 s whether it has the chart /);
        assert.equal(controllers.pending, false);
        const problem = runError("Flux is not ready");
        const broken = { pending: false, problem } as unknown as FluxReady;
        assert.equal((await waitFor([about], false, broken)).failure, "Flux is not ready");
    });

    it("ends where Flux says nothing", async () => {
        assert.equal(
            (await waitFor([about])).failure,
            "Flux does not say within 0.2 s whether it has the chart (OCIRepository metallb): kubectl -n flux-system get pods, and the logs of source-controller",
        );
    });
});
