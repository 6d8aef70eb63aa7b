import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import fc from "fast-check";
import { stringify } from "yaml";
import type { ClusterApi } from "../../components/cluster/api";
import { MetalLb } from "../../components/metallb";
import type { MetalLbArgs } from "../../components/metallb/args";
import { ChartReady } from "../../components/metallb/chart-ready";
import { ReleaseReady } from "../../components/metallb/release-ready";
import { retryDelay, Webhook } from "../../components/metallb/webhook";
import type { MetalLbPlan } from "../../config/plan";
import { assertGolden } from "../golden";
import { metallbPlan } from "./plans";
import { find, record, shapeOf, withoutSecrets, type Registration } from "./recorder";

/** Stands for a resource of another component. */
class Other extends pulumi.CustomResource {
    constructor(name: string) {
        super("test:index:Other", name);
    }
}

const passwords = { bgpPassword: "first-password", bgpPasswordB: "second-password" };

async function registrationsOf(
    plan: MetalLbPlan,
    preview = false,
    hooks = false,
    more: Partial<MetalLbArgs> = {},
) {
    const { registrations } = await record(
        () => {
            const secrets = Object.fromEntries(
                Object.entries(passwords).map(([key, value]) => [key, pulumi.secret(value)]),
            );
            const flux = [new Other("flux")];
            const firewalls = { "fw-a": new Other("fw-a-end"), "fw-b": new Other("fw-b-end") };
            const metallb = new MetalLb("metallb", { plan, secrets, flux, ...more });
            for (const router of Object.keys(plan.routers)) {
                metallb.addPeers(router, firewalls[router as keyof typeof firewalls]);
            }
            metallb.announce();
        },
        { preview, hooks },
    );
    return registrations.filter(({ type }) => type !== "test:index:Other");
}

/** What only FRR can do, and the parts that refer to one another. */
const largePlan: MetalLbPlan = {
    ...metallbPlan,
    backend: "frr-k8s",
    values: { frrk8s: { enabled: true } },
    pools: { services: { addresses: ["192.168.32.0/24"] }, media: { addresses: ["10.0.0.0/28"] } },
    bfdProfiles: { fast: { receiveInterval: 300 } },
    communities: { well: { communities: [{ name: "no-advertise", value: "65535:65282" }] } },
    peers: {
        "fw-a": { myASN: 64500, peerASN: 64501, peerAddress: "192.168.33.2", bfdProfile: "fast" },
    },
    routers: { "fw-a": { peers: ["fw-a"] } },
    passwords: {},
    bgpAdvertisements: { all: {}, media: { ipAddressPools: ["media"], peers: ["fw-a"] } },
    l2Advertisements: { lan: { ipAddressPools: ["services"], interfaces: ["eth0"] } },
};
const layer2Plan: MetalLbPlan = {
    ...metallbPlan,
    routers: {},
    peers: {},
    passwords: {},
    bgpAdvertisements: {},
    l2Advertisements: { lan: {} },
};

describe("MetalLb", () => {
    it("marks its release as the stack's, and takes fields from another stack only if told", async () => {
        const stack = { id: "1a", name: "organization/home/dev" };
        const annotationsOf = async (plan: MetalLbPlan) => {
            const registrations = await registrationsOf(plan, false, false, { stack });
            const of = (name: string) => {
                const { metadata } = find(registrations, name).inputs;
                return (metadata as { annotations?: Record<string, string> }).annotations ?? {};
            };
            return {
                mark: of("metallb-helmrelease")["metallb-pfsense/stack"],
                forced: ["metallb-helmchart", "metallb-bgppeer-fw-a"].map(
                    (name) => of(name)["pulumi.com/patchForce"],
                ),
            };
        };
        const mark = "organization/home/dev 1a";
        assert.deepEqual(await annotationsOf(metallbPlan), {
            mark,
            forced: [undefined, undefined],
        });
        const adopting = { ...metallbPlan, adopt: true as const };
        assert.deepEqual(await annotationsOf(adopting), { mark, forced: ["true", "true"] });
    });

    for (const preview of [true, false]) {
        it(`makes chart, secrets, pool, peers and advertisement (preview: ${preview})`, async () => {
            const peer = (name: string, secret: string) => [
                "kubernetes:metallb.io/v1beta2:BGPPeer",
                `metallb-bgppeer-${name}`,
                "metallb",
                [`${name}-end`, "metallb-helmrelease", "metallb-ipaddresspool-services", secret],
            ];
            const secret = (name: string) => [
                "kubernetes:core/v1:Secret",
                `metallb-secret-${name}`,
                "metallb",
                [`${name.slice("bgp-".length)}-end`, "metallb-namespace"],
            ];
            assert.deepEqual(shapeOf(await registrationsOf(metallbPlan, preview)), [
                ["kubernetes:core/v1:Namespace", "metallb-namespace", "metallb", ["flux"]],
                secret("bgp-fw-a"),
                secret("bgp-fw-b"),
                [
                    "kubernetes:helm.toolkit.fluxcd.io/v2:HelmRelease",
                    "metallb-helmrelease",
                    "metallb",
                    ["metallb-helmchart"],
                ],
                [
                    "kubernetes:metallb.io/v1beta1:BGPAdvertisement",
                    "metallb-bgpadvertisement-services",
                    "metallb",
                    [
                        "metallb-bgppeer-fw-a",
                        "metallb-bgppeer-fw-b",
                        "metallb-helmrelease",
                        "metallb-ipaddresspool-services",
                    ],
                ],
                [
                    "kubernetes:metallb.io/v1beta1:IPAddressPool",
                    "metallb-ipaddresspool-services",
                    "metallb",
                    ["metallb-helmrelease"],
                ],
                peer("fw-a", "metallb-secret-bgp-fw-a"),
                peer("fw-b", "metallb-secret-bgp-fw-b"),
                [
                    "kubernetes:source.toolkit.fluxcd.io/v1:HelmChart",
                    "metallb-helmchart",
                    "metallb",
                    ["metallb-helmrepository"],
                ],
                [
                    "kubernetes:source.toolkit.fluxcd.io/v1:HelmRepository",
                    "metallb-helmrepository",
                    "metallb",
                    ["flux", "metallb-namespace"],
                ],
                ["metallb-pfsense:index:MetalLb", "metallb", null, []],
            ]);
        });
    }

    it("only labels a namespace of somebody else", async () => {
        const all = await registrationsOf({ ...metallbPlan, createNamespace: false });
        const [own, ...more] = all.filter(({ name }) => name === "metallb-namespace");
        assert.deepEqual(more, []);
        assert.equal(own!.type, "kubernetes:core/v1:NamespacePatch");
        assert.deepEqual((own!.inputs as { metadata: object }).metadata, {
            name: "metallb-system",
            labels: {
                "pod-security.kubernetes.io/audit": "privileged",
                "pod-security.kubernetes.io/enforce": "privileged",
                "pod-security.kubernetes.io/warn": "privileged",
            },
            annotations: {
                "metallb-pfsense/namespace": "shared",
                "pulumi.com/patchForce": "true",
            },
        });
    });

    const contents: Record<string, MetalLbPlan> = { site: metallbPlan, large: largePlan };
    for (const [name, plan] of Object.entries(contents)) {
        it(`sends just what is recorded for the ${name} plan`, async () => {
            const registrations = await registrationsOf(plan);
            const resources = registrations.filter(({ parent }) => parent === "metallb");
            assertGolden(`metallb-${name}.yaml`, stringify(withoutSecrets(resources)));
        });
    }

    it("puts every object behind the release and behind what it refers to", async () => {
        const registrations = await registrationsOf(largePlan);
        const behind = (name: string) => find(registrations, `metallb-${name}`).dependsOn;
        const common = ["metallb-helmrelease", "metallb-ipaddresspool-services"];
        assert.deepEqual(behind("ipaddresspool-services"), ["metallb-helmrelease"]);
        assert.deepEqual(behind("ipaddresspool-media"), common);
        assert.deepEqual(behind("bfdprofile-fast"), common);
        assert.deepEqual(behind("community-well"), common);
        assert.deepEqual(behind("bgppeer-fw-a"), [
            "fw-a-end",
            "metallb-bfdprofile-fast",
            ...common,
        ]);
        assert.deepEqual(behind("bgpadvertisement-all"), [
            "metallb-bgppeer-fw-a",
            "metallb-community-well",
            "metallb-helmrelease",
            "metallb-ipaddresspool-media",
            "metallb-ipaddresspool-services",
        ]);
        assert.deepEqual(behind("bgpadvertisement-media"), [
            "metallb-bgppeer-fw-a",
            "metallb-community-well",
            "metallb-helmrelease",
            "metallb-ipaddresspool-media",
            "metallb-ipaddresspool-services",
        ]);
        assert.deepEqual(behind("l2advertisement-lan"), common);
    });

    it("makes the alerts under its own name, behind the release", async () => {
        const spec = { groups: [{ name: "metallb", rules: [] }] };
        const alerts = { labels: { release: "stack" }, spec };
        const made = find(await registrationsOf({ ...metallbPlan, alerts }), "metallb-alerts");
        assert.deepEqual(made.dependsOn, ["metallb-helmrelease"]);
        assert.equal(made.type, "kubernetes:monitoring.coreos.com/v1:PrometheusRule");
        assert.deepEqual(made.inputs, {
            apiVersion: "monitoring.coreos.com/v1",
            kind: "PrometheusRule",
            metadata: {
                name: "metallb-pfsense",
                namespace: "metallb-system",
                labels: { release: "stack" },
            },
            spec,
        });
    });

    it("waits for no firewall where there are no peers", async () => {
        const registrations = await registrationsOf(layer2Plan);
        assert.deepEqual(
            registrations.filter(({ dependsOn }) =>
                dependsOn.some((name) => name.endsWith("-end")),
            ),
            [],
        );
        assert.equal(registrations.length, 7);
    });

    it("waits for Ready on those kinds that have it, and on no other", async () => {
        const waits = ({ inputs }: Registration) =>
            (inputs.metadata as { annotations?: Record<string, string> })?.annotations?.[
                "pulumi.com/waitFor"
            ];
        const awaited = (registrations: readonly Registration[]) =>
            registrations.flatMap((it) => (waits(it) ? [[it.inputs.kind, waits(it)]] : []));
        const chart = ["HelmChart", '["condition=Ready"]'];
        const release = [
            "HelmRelease",
            '["condition=Ready","jsonpath={.status.history[0].chartVersion}=0.16.1"]',
        ];
        assert.deepEqual(awaited(await registrationsOf(largePlan)), [
            release,
            chart,
            ["HelmRepository", '["condition=Ready"]'],
        ]);
        // The program waits itself, where it can ask the cluster.
        const api = {} as ClusterApi;
        const own = {
            chartReady: new ChartReady(api, largePlan),
            releaseReady: new ReleaseReady(api, largePlan),
        };
        assert.deepEqual(awaited(await registrationsOf(largePlan, false, false, own)), []);
    });

    it("keeps passwords secret and out of everything else", async () => {
        const registrations = await registrationsOf(metallbPlan);
        const { stringData, type } = withoutSecrets(
            find(registrations, "metallb-secret-bgp-fw-a").inputs,
        ) as Record<string, unknown>;
        assert.deepEqual(
            { stringData, type },
            {
                stringData: "[secret]",
                type: "kubernetes.io/basic-auth",
            },
        );
        const open = JSON.stringify(withoutSecrets(registrations));
        const all = JSON.stringify(registrations);
        for (const password of Object.values(passwords)) {
            assert.equal(all.split(password).length - 1, 1, "sent once");
            assert.ok(!open.includes(password));
        }
    });

    it("lets MetalLB's objects, and nothing else, wait for the webhook", async () => {
        const registrations = await registrationsOf(largePlan, false, true);
        for (const { type, options } of registrations) {
            const expected = type.startsWith("kubernetes:metallb.io/") ? ["metallb-webhook"] : [];
            assert.deepEqual(options.onError, expected, type);
        }
        assert.equal(registrations.filter(({ options }) => options.onError.length > 0).length, 8);
    });

    it("names the config key of a password that is missing", async () => {
        const plan = { ...metallbPlan, passwords: { "bgp-fw-a": "bgpPasswordC" } };
        await assert.rejects(registrationsOf(plan), {
            message: "The stack config has no secret bgpPasswordC.",
        });
    });
});

describe("the wait for MetalLB's webhook", () => {
    const refused =
        'Internal error occurred: failed calling webhook "ipaddresspoolvalidationwebhook.metallb.io": failed to call webhook: Post "https://metallb-webhook-service.metallb-system.svc:443/validate-metallb-io-v1beta1-ipaddresspool?timeout=10s": dial tcp 10.97.1.5:9443: connect: connection refused';

    it("tries again, slower and slower, for three minutes at most", () => {
        const delays: number[] = [];
        for (let errors = [refused]; ; errors = [refused, ...errors]) {
            const delay = retryDelay(errors);
            if (delay === undefined) {
                break;
            }
            delays.push(delay);
        }
        assert.deepEqual(delays.slice(0, 4), [500, 750, 1125, 1687.5]);
        assert.deepEqual([...new Set(delays.slice(8))], [10_000]);
        const total = delays.reduce((sum, delay) => sum + delay, 0);
        assert.ok(total <= 180_000 && total > 170_000, `${total} ms`);
    });

    it("is asked before an object is made or changed, until it answers, whatever it says", async () => {
        const answers = [
            // As the API server's answer stands in the client's error.
            `Body: {"message":"${refused.replaceAll('"', '\\"')}"}`,
            refused,
            'admission webhook "ipaddresspoolvalidationwebhook.metallb.io" denied the request',
        ];
        const asked: unknown[] = [];
        const api = {
            tryCreate: (object: object) => {
                asked.push(object);
                const [answer] = answers.splice(0, 1);
                return answer === undefined ? Promise.resolve() : Promise.reject(new Error(answer));
            },
        };
        const soon = (failures: readonly string[]) =>
            retryDelay(failures) === undefined ? undefined : 1;
        const webhook = new Webhook(api, metallbPlan, soon);
        await webhook.there();
        assert.equal(asked.length, 3);
        await Promise.all([webhook.there(), webhook.there()]);
        assert.equal(asked.length, 4, "once by all that begin at one moment");
        await new Webhook(api, { ...metallbPlan, pools: {} }, soon).there();
        assert.equal(asked.length, 4, "without a pool there is nothing to ask with");
    });

    const finals = [
        'admission webhook "ipaddresspoolvalidationwebhook.metallb.io" denied the request: CIDR "192.168.32.0/24" overlaps',
        'failed calling webhook "validate.kyverno.svc": connection refused',
        "timed out waiting for the condition",
        "configured Kubernetes cluster is unreachable: dial tcp 127.0.0.1:6443: connect: connection refused",
        "",
    ];
    for (const error of finals) {
        it(`does not try again after: ${error.slice(0, 60) || "no error"}`, () => {
            assert.equal(retryDelay([error]), undefined);
            assert.equal(retryDelay([error, refused]), undefined);
        });
    }

    it("never answers with a delay that is no delay", () => {
        fc.assert(
            fc.property(
                fc.array(fc.constantFrom(refused, ...finals), { maxLength: 120 }),
                (errors) => {
                    const delay = retryDelay(errors);
                    assert.ok(delay === undefined || (delay >= 500 && delay <= 10_000));
                },
            ),
        );
    });
});
