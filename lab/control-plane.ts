import { join } from "node:path";
import type { Box } from "./box";
import { Kubectl } from "./kubectl";
import type { Pki } from "./pki";
import { poll } from "./poll";
import * as site from "./site";

/** Programs of the site, by absolute path. */
export interface ControlPlaneTools {
    readonly etcd: string;
    readonly kubeApiserver: string;
    readonly kubeControllerManager: string;
    readonly kubeScheduler: string;
}

/** Starts etcd, API server, controller manager and scheduler; returns when the API server is ready. */
export async function startControlPlane(
    box: Box,
    tools: ControlPlaneTools,
    pki: Pki,
    kubectl: Kubectl,
): Promise<void> {
    const where = { netns: site.controlPlane.name };
    const etcd = etcdArguments(join(box.stateDir, "etcd"));
    await box.spawn("etcd", [tools.etcd, ...etcd], where);
    const apiserver = await box.spawn(
        "kube-apiserver",
        [tools.kubeApiserver, ...apiserverArguments(pki)],
        where,
    );
    const ready = async () => {
        if (!apiserver.alive()) throw new Error(`the API server has ended, see ${apiserver.log}`);
        return (await kubectl.run(["get", "--raw", "/readyz"])).stdout === "ok";
    };
    await poll("the API server to be ready", ready, { timeoutMs: 90_000, intervalMs: 200 });
    await Promise.all([
        box.spawn(
            "kube-controller-manager",
            [tools.kubeControllerManager, ...managerArguments(pki)],
            where,
        ),
        box.spawn(
            "kube-scheduler",
            [
                tools.kubeScheduler,
                `--kubeconfig=${pki.kubeconfig("scheduler")}`,
                "--leader-elect=false",
            ],
            where,
        ),
    ]);
}

const etcdArguments = (directory: string) => [
    `--data-dir=${directory}`,
    // The site lives for one sitting: what a power cut would lose is of no worth.
    "--unsafe-no-fsync",
    "--listen-client-urls=http://127.0.0.1:2379",
    "--advertise-client-urls=http://127.0.0.1:2379",
    "--listen-peer-urls=http://127.0.0.1:2380",
    "--log-level=warn",
];

const apiserverArguments = (pki: Pki) => [
    "--etcd-servers=http://127.0.0.1:2379",
    "--secure-port=6443",
    `--advertise-address=${site.controlPlane.address}`,
    `--tls-cert-file=${pki.certificate("apiserver")}`,
    `--tls-private-key-file=${pki.key("apiserver")}`,
    `--client-ca-file=${pki.authority}`,
    `--kubelet-client-certificate=${pki.certificate("kubelet-client")}`,
    `--kubelet-client-key=${pki.key("kubelet-client")}`,
    "--kubelet-preferred-address-types=InternalIP",
    "--service-account-issuer=https://kubernetes.default.svc",
    `--service-account-key-file=${pki.serviceAccountPublic}`,
    `--service-account-signing-key-file=${pki.serviceAccountKey}`,
    "--authorization-mode=Node,RBAC",
    `--service-cluster-ip-range=${site.serviceNetworks.join()}`,
    // MetalLB's speakers run in the nodes' network.
    "--allow-privileged=true",
    // Webhooks are dialled at their endpoints' addresses: no kube-proxy runs beside the API server.
    "--enable-aggregator-routing=true",
    "--profiling=false",
];

const managerArguments = (pki: Pki) => [
    `--kubeconfig=${pki.kubeconfig("controller-manager")}`,
    `--service-account-private-key-file=${pki.serviceAccountKey}`,
    `--root-ca-file=${pki.authority}`,
    `--cluster-signing-cert-file=${pki.authority}`,
    `--cluster-signing-key-file=${pki.key("ca")}`,
    "--use-service-account-credentials",
    "--leader-elect=false",
    `--cluster-cidr=${site.podNetworks.join()}`,
    "--node-monitor-grace-period=20s",
    "--controllers=*",
];
