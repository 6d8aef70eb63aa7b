import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import type { Box } from "./box";
import { cgroupRoot, createCgroups } from "./cgroups";
import type { Pki } from "./pki";
import { poll } from "./poll";
import * as site from "./site";

export interface NodeTools {
    readonly kubelet: string;
    readonly kubeProxy: string;
}

/** Starts one node: containerd with the images loaded, then kubelet and kube-proxy. */
export async function startNode(
    box: Box,
    tools: NodeTools,
    pki: Pki,
    node: site.Node,
    images: readonly string[],
): Promise<void> {
    const directory = join(box.stateDir, `node-${node.name}`);
    const socket = join(directory, "c.sock");
    const where = { netns: node.name };
    mkdirSync(join(directory, "cni"), { recursive: true });
    createCgroups(box.stateDir, node.name);
    const write = (file: string, text: string) => {
        writeFileSync(join(directory, file), text);
        return join(directory, file);
    };
    write("cni/10-pods.conflist", JSON.stringify(podNetwork(directory, node)));
    const containerd = write("containerd.toml", containerdConfig(directory));
    await box.spawn(`containerd-${node.name}`, ["containerd", "--config", containerd], where);
    const up = async () =>
        (await box.run(["ctr", "--address", socket, "version"], where)).code === 0;
    await poll(`containerd of ${node.name}`, up, { timeoutMs: 20_000 });
    await loadImages(box, node, images);
    write("resolv.conf", "");
    const kubelet = write("kubelet.yaml", stringify(kubeletConfig(box, directory, pki, node)));
    await box.spawn(
        `kubelet-${node.name}`,
        [
            tools.kubelet,
            `--config=${kubelet}`,
            `--root-dir=${join(directory, "kubelet")}`,
            `--cert-dir=${join(directory, "certs")}`,
            `--hostname-override=${node.name}`,
            `--node-ip=${node.address},${node.address6}`,
            `--kubeconfig=${pki.kubeconfig(node.name)}`,
            "--v=1",
        ],
        where,
    );
    const proxy = write("proxy.yaml", stringify(proxyConfig(pki, node)));
    await box.spawn(
        `kube-proxy-${node.name}`,
        [tools.kubeProxy, `--config=${proxy}`, "--v=1"],
        where,
    );
}

/** Gives a node images, each a docker-archive file. */
export async function loadImages(
    box: Box,
    node: site.Node,
    images: readonly string[],
): Promise<void> {
    const ctr = ["ctr", "--address", join(box.stateDir, `node-${node.name}`, "c.sock")];
    for (const image of images) {
        const load = [...ctr, "--namespace", "k8s.io", "images", "import", image];
        await box.run(load, { netns: node.name }, { timeoutMs: 120_000 });
    }
}

const podNetwork = (directory: string, node: site.Node) => ({
    cniVersion: "0.4.0",
    name: "pods",
    plugins: [
        {
            // Not a bridge: answers between pods of one bridge pass conntrack, and so a Service's
            // translation, by, unless the kernel has br_netfilter, which Debian's loads for nobody.
            type: "ptp",
            ipMasq: false,
            ipam: {
                type: "host-local",
                dataDir: join(directory, "ipam"),
                ranges: [[{ subnet: node.podRange }], [{ subnet: node.podRange6 }]],
                routes: [{ dst: "0.0.0.0/0" }, { dst: "::/0" }],
            },
        },
        { type: "portmap", capabilities: { portMappings: true } },
    ],
});

// disable_apparmor: its profile would be loaded into the host's kernel, and stay there.
// restrict_oom_score_adj: inside a container root may lack CAP_SYS_RESOURCE, and runc then dies when
// it lowers a score. netns_mounts_under_state_dir keeps two nodes out of each other's folder.
const containerdConfig = (directory: string) => `version = 2
root = "${directory}/root"
state = "${directory}/state"
disabled_plugins = ["io.containerd.internal.v1.opt"]
[grpc]
  address = "${directory}/c.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "registry.k8s.io/pause:3.10"
  netns_mounts_under_state_dir = true
  restrict_oom_score_adj = true
  disable_apparmor = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "${directory}/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      SystemdCgroup = false
`;

const kubeletConfig = (box: Box, directory: string, pki: Pki, node: site.Node) => ({
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    authentication: {
        x509: { clientCAFile: pki.authority },
        webhook: { enabled: false },
        anonymous: { enabled: false },
    },
    authorization: { mode: "AlwaysAllow" },
    tlsCertFile: pki.certificate(`${node.name}-serving`),
    tlsPrivateKeyFile: pki.key(`${node.name}-serving`),
    cgroupDriver: "cgroupfs",
    failCgroupV1: false,
    // A root of its own: under a shared one each kubelet would remove the other's pods.
    cgroupRoot: cgroupRoot(box.stateDir, node.name),
    cgroupsPerQOS: true,
    enforceNodeAllocatable: [],
    evictionHard: {
        "memory.available": "10Mi",
        "nodefs.available": "0.1%",
        "imagefs.available": "0.1%",
        "nodefs.inodesFree": "0.1%",
    },
    // The images exist nowhere else: never collect them.
    imageGCHighThresholdPercent: 100,
    failSwapOn: false,
    protectKernelDefaults: false,
    makeIPTablesUtilChains: false,
    podLogsDir: join(box.stateDir, "log", `pods-${node.name}`),
    clusterDNS: [site.dnsAddress],
    clusterDomain: "cluster.local",
    resolvConf: join(directory, "resolv.conf"),
    rotateCertificates: false,
    registerNode: true,
    containerRuntimeEndpoint: `unix://${join(directory, "c.sock")}`,
    localStorageCapacityIsolation: false,
    maxPods: 50,
});

const proxyConfig = (pki: Pki, node: site.Node) => ({
    apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
    kind: "KubeProxyConfiguration",
    mode: "nftables",
    clusterCIDR: site.podNetworks.join(),
    clientConnection: { kubeconfig: pki.kubeconfig("proxy") },
    hostnameOverride: node.name,
    healthzBindAddress: "",
    metricsBindAddress: "",
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: "0s", tcpCloseWaitTimeout: "0s" },
});
