import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { lookAtCluster } from "../../components/cluster/look";
import { kubeconfigFor, metallbPlan, sitePlan } from "./plans";
import { record } from "./recorder";

const pool = (name: string, range: string, manager: string) => ({
    metadata: { name, managedFields: [{ manager, operation: "Apply" }] },
    spec: { addresses: [range] },
});
const service = (name: string, ip: string, spec: object = { type: "LoadBalancer" }) => ({
    metadata: { namespace: "demo", name },
    spec,
    status: { loadBalancer: { ingress: [{ ip }] } },
});

const node = (name: string, address: string) => ({
    metadata: { name },
    status: {
        addresses: [{ type: "InternalIP", address }],
        conditions: [{ type: "Ready", status: "True" }],
    },
});

const asked = { reveal: () => "s3cret", stack: { id: "1", name: "organization/home/dev" } };

/** The client takes plain HTTP for nothing else. */
const insecure = { "insecure-skip-tls-verify": true };

/** What an API server with MetalLB answers to the questions of a look. */
const answers: Record<string, unknown> = {
    "/api/v1": {
        resources: [
            { name: "services", kind: "Service", namespaced: true },
            { name: "nodes", kind: "Node", namespaced: false },
            { name: "namespaces", kind: "Namespace", namespaced: false },
        ],
    },
    "/api/v1/nodes": { items: [node("wn1", "192.168.33.21"), node("wn2", "192.168.33.22")] },
    "/api/v1/namespaces": {
        items: [
            { metadata: { name: "networking", managedFields: [{ manager: "kubectl" }] } },
            { metadata: { name: "default" } },
        ],
    },
    "/apis/metallb.io/v1beta1": {
        resources: [{ name: "ipaddresspools", kind: "IPAddressPool", namespaced: true }],
    },
    "/api/v1/services": {
        items: [service("web", "192.168.32.7"), service("inside", "192.168.32.8", {})],
    },
    "/apis/metallb.io/v1beta1/namespaces/metallb-system/ipaddresspools": {
        items: [
            pool("services", "192.168.32.0/24", "pulumi-kubernetes-1a2b3c4d"),
            pool("by-hand", "10.9.0.0/24", "kubectl"),
        ],
    },
};

describe("a look at a running cluster", () => {
    let folder: string;
    let server: Server;
    let kubeconfig: string;
    let refused = false;
    let silent = false;
    before(async () => {
        folder = mkdtempSync(join(tmpdir(), "pool-moves-"));
        server = createServer((request, response) => {
            const answer = answers[new URL(request.url!, "http://x").pathname];
            if (silent) return;
            response.writeHead(refused ? 403 : answer ? 200 : 404, {
                "content-type": "application/json",
            });
            response.end(JSON.stringify(answer ?? { kind: "Status", code: 404 }));
        });
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        const { port } = server.address() as AddressInfo;
        kubeconfig = join(folder, "kubeconfig");
        writeFileSync(kubeconfig, kubeconfigFor(`http://127.0.0.1:${port}`, insecure));
    });
    after(() => {
        server.close();
        rmSync(folder, { recursive: true });
    });

    const look = (addresses: Readonly<Record<string, string>>, preview: boolean, more = {}) =>
        record(
            async () => {
                const pools = Object.fromEntries(
                    Object.entries(addresses).map(([name, range]) => [
                        name,
                        { addresses: [range] },
                    ]),
                );
                const cluster = { context: "home", kubeconfig };
                const metallb = { ...metallbPlan, pools, ...more };
                const all = { ...sitePlan, cluster, metallb };
                // A machine under load is slow and not silent.
                const steps = await lookAtCluster(all, asked, silent ? 500 : 10_000);
                return Object.keys(addresses).filter((name) => steps?.moves.takes(name));
            },
            { preview },
        );
    const lost =
        "service demo/web 192.168.32.7 loses this address of pool services, and MetalLB gives it another one at once, if it has one: leave the address in a pool, or write services into metallb.renumber.";

    it("says that a service keeps an address that another pool takes", async () => {
        const halves = { services: "192.168.32.128/25", first: "192.168.32.0/25" };
        for (const preview of [true, false]) {
            const { result, warnings } = await look(halves, preview);
            assert.deepEqual(result, ["first"]);
            assert.deepEqual(warnings, [
                "service demo/web 192.168.32.7 keeps its address, which moves from pool services to pool first; it may not answer for two seconds.",
            ]);
        }
    });

    it("refuses to take an address from a service, and a preview says so", async () => {
        const less = { services: "192.168.32.128/25" };
        assert.deepEqual((await look(less, true)).warnings, [`An up would refuse this: ${lost}`]);
        await assert.rejects(look(less, false), (error: Error) => {
            assert.ok(pulumi.RunError.isInstance(error));
            assert.equal(error.message, `Nothing was changed:\n  ${lost}`);
            return true;
        });
        const { warnings } = await look(less, false, { renumber: ["services"] });
        assert.deepEqual(warnings, [
            "service demo/web 192.168.32.7 loses this address of pool services.",
        ]);
    });

    it("takes no namespace over that somebody else has made", async () => {
        const theirs = { namespace: "networking" };
        const words =
            "The namespace networking is there already and not of this program: set metallb.createNamespace: false, which sets its pod-security labels and never deletes it, or take another metallb.namespace.";
        const { warnings } = await look({}, true, theirs);
        assert.deepEqual(warnings, [`An up would refuse this: ${words}`]);
        const message = `Nothing was changed:\n  ${words}`;
        await assert.rejects(look({}, false, theirs), { message });
        const shared = await look({}, false, { ...theirs, createNamespace: false });
        assert.deepEqual(shared.warnings, []);
    });

    it("refuses the addresses of a pool that somebody else has made", async () => {
        const taken = { services: "192.168.32.0/24", more: "10.9.0.0/25" };
        await assert.rejects(look(taken, false), {
            message:
                "Nothing was changed:\n  The pool by-hand in the cluster, which this program has not made, has addresses of more: delete it, or take other addresses.",
        });
    });

    it("says what another release of MetalLB does on its way", async () => {
        const group = "/apis/apps/v1";
        answers[group] = {
            resources: [{ name: "deployments", kind: "Deployment", namespaced: true }],
        };
        const labels = {
            "app.kubernetes.io/name": "metallb",
            "app.kubernetes.io/version": "v0.16.1",
            "helm.toolkit.fluxcd.io/name": "metallb",
            "helm.toolkit.fluxcd.io/namespace": "metallb-system",
        };
        const metadata = { namespace: "metallb-system", name: "metallb-controller", labels };
        answers[`${group}/deployments`] = { items: [{ metadata }] };
        const l2Advertisements = { all: { ipAddressPools: ["services"] } };
        const to = (version: string) =>
            look({ services: "192.168.32.0/24" }, true, {
                chart: { ...metallbPlan.chart, version },
                l2Advertisements,
            });
        try {
            assert.deepEqual((await to("0.16.1")).warnings, []);
            assert.deepEqual((await to("0.16.2")).warnings, [
                "MetalLB goes from 0.16.1 to 0.16.2: speakers before and after 0.16.2 do not hear each other, so that until the last one is replaced two nodes may answer for one layer-2 address.",
            ]);
        } finally {
            delete answers[group];
        }
    });

    it("asks for the kinds of the Prometheus Operator before anything is made of them", async () => {
        const same = { services: "192.168.32.0/24" };
        const watched = { alerts: { labels: {}, spec: { groups: [] } } };
        const words =
            "metallb.monitoring needs the Prometheus Operator, and the cluster does not serve PrometheusRule of monitoring.coreos.com/v1: install that first, or leave metallb.monitoring out.";
        const { warnings } = await look(same, true, watched);
        assert.deepEqual(warnings, [`An up would refuse this: ${words}`]);
        const message = `Nothing was changed:\n  ${words}`;
        await assert.rejects(look(same, false, watched), { message });

        const group = "/apis/monitoring.coreos.com/v1";
        const plural = "prometheusrules";
        answers[group] = {
            resources: [{ name: plural, kind: "PrometheusRule", namespaced: true }],
        };
        answers[`${group}/${plural}`] = { items: [] };
        assert.deepEqual((await look(same, false, watched)).warnings, []);
    });

    it("ends a run, and a preview, before a cluster that is silent lets them wait for ever", async () => {
        silent = true;
        for (const preview of [true, false]) {
            await assert.rejects(look({ services: "192.168.32.0/24" }, preview), {
                message:
                    "The cluster of context home takes connections and is silent for 0.5 s. Nothing was changed.",
            });
        }
        silent = false;
        server.closeAllConnections();
    });

    it("says nothing where nothing moves, and what keeps it from looking", async () => {
        assert.deepEqual((await look({ services: "192.168.32.0/23" }, false)).warnings, []);
        refused = true;
        const { warnings } = await look({ services: "192.168.32.0/24" }, false);
        assert.equal(warnings.length, 1);
        assert.match(
            warnings[0]!,
            /^The cluster could not be asked about its nodes, pools and services, so that what this does to them is not known: .*HTTP-Code: 403/,
        );
    });
});
