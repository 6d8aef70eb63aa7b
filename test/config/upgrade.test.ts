import assert from "node:assert/strict";
import type { JsonObject } from "../../config/plan";
import { upgradeFindings } from "../../config/upgrade";

const release = (version: string, namespace = "metallb-system") => ({
    namespace,
    name: "metallb-controller",
    labels: {
        "app.kubernetes.io/name": "metallb",
        "app.kubernetes.io/version": `v${version}`,
        "helm.toolkit.fluxcd.io/name": "metallb",
        "helm.toolkit.fluxcd.io/namespace": namespace,
    },
});

const said = (now: string, version: string, l2: JsonObject | undefined, values: JsonObject = {}) =>
    upgradeFindings(
        {
            namespace: "metallb-system",
            chart: { repository: "https://charts.example.net", version },
            values,
            l2Advertisements: l2 ? { all: l2 } : {},
        },
        [release("0.1.0", "networking"), release(now)],
    );

const gossip = (now: string, version: string) =>
    `MetalLB goes from ${now} to ${version}: speakers before and after 0.16.2 do not hear each other, so that until the last one is replaced two nodes may answer for one layer-2 address.`;

describe("another release of MetalLB", () => {
    const all = { ipAddressPools: ["public"] };

    it("has two speakers for a layer-2 address while 0.16.2 comes, or goes", () => {
        for (const [now, version] of [
            ["0.16.1", "0.16.2"],
            ["0.15.3", "0.17.0"],
            ["0.16.2", "0.16.1"],
        ] as const) {
            assert.deepEqual(said(now, version, all), [gossip(now, version)]);
        }
    });

    it("is nothing to speak of otherwise", () => {
        assert.deepEqual(said("0.16.0", "0.16.1", all), []);
        assert.deepEqual(said("0.16.2", "0.16.3", all), []);
        assert.deepEqual(said("0.16.1", "0.16.2", undefined), []);
        const alone = { speaker: { memberlist: { enabled: false } } };
        assert.deepEqual(said("0.16.1", "0.16.2", all, alone), []);
        const chart = { repository: "https://charts.example.net", version: "0.16.2" };
        const own = { namespace: "metallb-system", chart, values: {}, l2Advertisements: { all } };
        assert.deepEqual(upgradeFindings(own, []), []);
    });

    it("leaves services out that share an address a selecting announcement has", () => {
        const selecting = { ...all, serviceSelectors: [{ matchLabels: { app: "web" } }] };
        assert.deepEqual(said("0.16.1", "0.16.2", selecting), [
            gossip("0.16.1", "0.16.2"),
            "MetalLB goes from 0.16.1 to 0.16.2: from 0.16.2 on a layer-2 announcement that selects services (all) leaves those out that share their address (metallb.io/allow-shared-ip), which nobody answers for then.",
        ]);
        assert.deepEqual(said("0.16.2", "0.16.1", selecting), [gossip("0.16.2", "0.16.1")]);
    });
});
