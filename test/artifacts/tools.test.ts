import assert from "node:assert/strict";
import * as families from "../../lab/artifacts/families";
import { imagesOf } from "../../lab/artifacts/flux-manifest";
import { goEnvironment, pinnedVersion } from "../../lab/artifacts/modules";
import { familyKey, isNewEnough } from "../../lab/artifacts/tools";

describe("tools", () => {
    it("are pinned in the committed go.mod files", () => {
        const pins = {
            kubernetes: "k8s.io/kubernetes",
            etcd: "go.etcd.io/etcd/server/v3",
            metallb: "go.universe.tf/metallb",
            "source-controller": "github.com/fluxcd/source-controller",
            "helm-controller": "github.com/fluxcd/helm-controller",
            "kustomize-controller": "github.com/fluxcd/kustomize-controller",
            coredns: "github.com/coredns/coredns",
            pulumi: "github.com/pulumi/pulumi/pkg/v3",
            flux: "github.com/fluxcd/flux2/v2",
            prometheus: "github.com/prometheus/prometheus",
        };
        const versions = Object.entries(pins).map(([family, module]) => [
            family,
            pinnedVersion(family, module),
        ]);
        assert.deepEqual(Object.fromEntries(versions), {
            kubernetes: "v1.36.3",
            etcd: "v3.6.15",
            metallb: "v0.16.1",
            "source-controller": "v1.9.1",
            "helm-controller": "v1.6.3",
            "kustomize-controller": "v1.9.4",
            coredns: "v1.14.2",
            pulumi: "v3.248.0",
            flux: "v2.9.5",
            prometheus: "v0.315.1",
        });
        assert.equal(pinnedVersion("metallb", "github.com/metallb/frr-k8s"), "v0.0.25");
        assert.throws(() => pinnedVersion("etcd", "example.org/none"), {
            message: "lab/tools/etcd/go.mod does not require example.org/none",
        });
    });

    it("tell Kubernetes its version, which charts check", () => {
        assert.deepEqual(families.kubernetes.variables, {
            "k8s.io/component-base/version.gitVersion": "v1.36.3",
            "k8s.io/component-base/version.gitMajor": "1",
            "k8s.io/component-base/version.gitMinor": "36",
            "k8s.io/component-base/version.gitTreeState": "clean",
            "k8s.io/client-go/pkg/version.gitVersion": "v1.36.3",
            "k8s.io/client-go/pkg/version.gitMajor": "1",
            "k8s.io/client-go/pkg/version.gitMinor": "36",
            "k8s.io/client-go/pkg/version.gitTreeState": "clean",
        });
    });

    it("are built anew when what decides their content changes, and only then", () => {
        const { etcd } = families;
        assert.equal(familyKey({ ...etcd }), familyKey(etcd));
        const others = [
            { ...etcd, name: "coredns" },
            { ...etcd, variables: { "main.version": "1" } },
            { ...etcd, programs: { etcd: "./elsewhere" } },
        ].map(familyKey);
        assert.equal(new Set([familyKey(etcd), ...others]).size, 4);
    });

    it("take a Pulumi from the PATH when it is new enough", () => {
        const versions = [
            "v3.248.0",
            "v3.244.0\n",
            "3.300.1",
            "v3.243.9",
            "v4.0.0",
            "v2.300.0",
            "",
        ];
        assert.deepEqual(versions.filter(isNewEnough), ["v3.248.0", "v3.244.0\n", "3.300.1"]);
    });

    it("are built without regard to the person's own Go settings", () => {
        const { GOARCH, ...rest } = goEnvironment;
        assert.match(GOARCH, /^(amd64|arm64)$/);
        assert.deepEqual(rest, {
            GOFLAGS: "-mod=readonly",
            GOWORK: "off",
            CGO_ENABLED: "0",
            GOOS: "linux",
        });
    });
});

describe("Flux manifest", () => {
    it("names the images of its Deployments alone", () => {
        const deployment = (...images: string[]) => ({
            kind: "Deployment",
            spec: { template: { spec: { containers: images.map((image) => ({ image })) } } },
        });
        const objects = [{ kind: "Namespace" }, deployment("a:1", "b:2"), deployment("c:3")];
        const manifest = objects.map((object) => JSON.stringify(object)).join("\n---\n");
        assert.deepEqual(imagesOf(manifest), ["a:1", "b:2", "c:3"]);
    });
});
