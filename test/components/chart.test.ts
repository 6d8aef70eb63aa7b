import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { stringify } from "yaml";
import type { ClusterApi } from "../../components/cluster/api";
import { MetalLb } from "../../components/metallb";
import { ChartWords } from "../../components/metallb/chart-words";
import type { MetalLbPlan } from "../../config/plan";
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

    it("is waited for in its version and digest, whatever was installed before", async () => {
        const waits = async (wanted: MetalLbPlan, name: string) => {
            const { metadata } = find(await registrationsOf(wanted), name).inputs as {
                metadata: { annotations: Record<string, string> };
            };
            return JSON.parse(metadata.annotations["pulumi.com/waitFor"]!) as unknown;
        };
        assert.deepEqual(await waits(plan, "metallb-ocirepository"), ["condition=Ready"]);
        const version = "jsonpath={.status.history[0][?match(@,'0[.]16[.]1([+].*)?')]}";
        assert.deepEqual(await waits(plan, "metallb-helmrelease"), [
            "condition=Ready",
            version,
            `jsonpath={.status.history[0].ociDigest}=${digest}`,
        ]);
        const unpinned = { ...plan, chart: { ...plan.chart, digest: undefined } };
        assert.deepEqual(await waits(unpinned, "metallb-helmrelease"), [
            "condition=Ready",
            version,
        ]);
        assert.deepEqual(await waits(fromHelmRepository, "metallb-helmrelease"), [
            "condition=Ready",
            "jsonpath={.status.history[0].chartVersion}=0.16.1",
        ]);
    });
});

describe("why a chart is not had", () => {
    const source = {
        apiVersion: "source.toolkit.fluxcd.io/v1",
        kind: "OCIRepository",
        metadata: { name: "metallb", namespace: "metallb-system" },
    };
    const refused = "HEAD https://registry.vault.internal:5000/…: 401 Unauthorized";
    const notReady = (message: string, observedGeneration = 1) => ({
        status: { conditions: [{ type: "Ready", status: "False", message, observedGeneration }] },
    });
    const ready = {
        status: { conditions: [{ type: "Ready", status: "True", message: "stored" }] },
    };

    /** What is told while the cluster answers with one after the other, and then with the last. */
    async function toldOf(answers: readonly (object | undefined)[]): Promise<readonly string[]> {
        const left = [...answers];
        const find = () => Promise.resolve(left.length > 1 ? left.shift() : left[0]);
        const { warnings } = await record(async () => {
            const words = new ChartWords({ find } as unknown as ClusterApi, plan, 5);
            const end = await words.watched(source);
            await new Promise((resolve) => setTimeout(resolve, 100));
            end();
        });
        return warnings;
    }

    it("is told once, in words that name the key, while it is waited for", async () => {
        assert.deepEqual(await toldOf([undefined, notReady(refused)]), [
            `The chart oci://registry.vault.internal:5000/charts/metallb, version 0.16.1, cannot be had: the login of metallb.chart.user (flux) is refused: pulumi config set --secret chartPassword. Flux says: ${refused}`,
        ]);
    });

    it("is nothing to tell where it is had", async () => {
        assert.deepEqual(await toldOf([undefined, ready]), []);
    });

    it("is not yet that of the run before, until Flux has looked again", async () => {
        assert.deepEqual(await toldOf([notReady(refused)]), []);
        const again = await toldOf([notReady(refused), notReady(refused), notReady(refused, 2)]);
        assert.equal(again.length, 1);
    });
});
