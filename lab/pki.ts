import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runCommand } from "./box";
import * as site from "./site";

/** File paths of the site's certificates, keys and kubeconfigs. */
export class Pki {
    constructor(readonly directory: string) {}
    get authority(): string {
        return this.certificate("ca");
    }
    get serviceAccountKey(): string {
        return this.key("sa");
    }
    get serviceAccountPublic(): string {
        return this.path("sa.pub");
    }
    certificate(name: string): string {
        return this.path(`${name}.crt`);
    }
    key(name: string): string {
        return this.path(`${name}.key`);
    }
    kubeconfig(name: string): string {
        return this.path(`${name}.kubeconfig`);
    }
    private path(file: string): string {
        return join(this.directory, file);
    }
}

interface Leaf {
    readonly name: string;
    readonly subject: string;
    readonly usage: "serverAuth" | "clientAuth";
    readonly names?: string;
}

const client = (name: string, subject: string): Leaf => ({ name, subject, usage: "clientAuth" });

const leaves: readonly Leaf[] = [
    {
        name: "apiserver",
        subject: "/CN=kube-apiserver",
        usage: "serverAuth",
        names: [
            `IP:${site.controlPlane.address}`,
            "IP:127.0.0.1",
            `IP:${site.serviceAddress}`,
            ...["kubernetes", "kubernetes.default", "kubernetes.default.svc"].map(
                (n) => `DNS:${n}`,
            ),
            "DNS:kubernetes.default.svc.cluster.local",
        ].join(","),
    },
    {
        name: "registry",
        subject: "/CN=registry",
        usage: "serverAuth",
        names: `IP:${site.repository.address}`,
    },
    client("admin", "/O=system:masters/CN=admin"),
    client("controller-manager", "/CN=system:kube-controller-manager"),
    client("scheduler", "/CN=system:kube-scheduler"),
    client("proxy", "/CN=system:kube-proxy"),
    client("kubelet-client", "/O=system:masters/CN=kube-apiserver-kubelet-client"),
    ...site.nodes.flatMap((node): Leaf[] => [
        client(node.name, `/O=system:nodes/CN=system:node:${node.name}`),
        {
            name: `${node.name}-serving`,
            subject: `/O=system:nodes/CN=system:node:${node.name}`,
            usage: "serverAuth",
            names: `IP:${node.address},DNS:${node.name}`,
        },
    ]),
];

const withKubeconfig = [
    ...["admin", "controller-manager", "scheduler", "proxy"],
    ...site.nodes.map((node) => node.name),
];

/** Makes one authority, the certificates of every component and their kubeconfigs. */
export async function createPki(directory: string): Promise<Pki> {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const pki = new Pki(directory);
    const key = ["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out"];
    await openssl([...key, pki.key("ca")]);
    await Promise.all([
        openssl([
            "req",
            "-x509",
            "-new",
            "-key",
            pki.key("ca"),
            "-out",
            pki.authority,
            "-days",
            "30",
            "-subj",
            "/CN=lab-ca",
        ]),
        openssl(["genrsa", "-out", pki.serviceAccountKey, "2048"]).then(() =>
            openssl([
                "rsa",
                "-in",
                pki.serviceAccountKey,
                "-pubout",
                "-out",
                pki.serviceAccountPublic,
            ]),
        ),
        ...leaves.map((leaf) => openssl([...key, pki.key(leaf.name)])),
    ]);
    await Promise.all(leaves.map((leaf, index) => sign(pki, leaf, index + 1)));
    withKubeconfig.forEach((name) => writeKubeconfig(pki, name));
    return pki;
}

async function sign(pki: Pki, leaf: Leaf, serial: number): Promise<void> {
    const request = join(pki.directory, `${leaf.name}.csr`);
    const extensions = join(pki.directory, `${leaf.name}.ext`);
    const lines = [
        `extendedKeyUsage=${leaf.usage}`,
        ...(leaf.names ? [`subjectAltName=${leaf.names}`] : []),
    ];
    writeFileSync(extensions, `${lines.join("\n")}\n`);
    await openssl([
        "req",
        "-new",
        "-key",
        pki.key(leaf.name),
        "-out",
        request,
        "-subj",
        leaf.subject,
    ]);
    await openssl([
        ...["x509", "-req", "-in", request, "-CA", pki.authority, "-CAkey", pki.key("ca")],
        ...["-set_serial", String(serial), "-out", pki.certificate(leaf.name), "-days", "30"],
        ...["-extfile", extensions],
    ]);
}

function writeKubeconfig(pki: Pki, name: string): void {
    const base64 = (file: string) => readFileSync(file).toString("base64");
    const config = {
        apiVersion: "v1",
        kind: "Config",
        clusters: [
            {
                name: "lab",
                cluster: {
                    server: site.apiServer,
                    "certificate-authority-data": base64(pki.authority),
                },
            },
        ],
        users: [
            {
                name,
                user: {
                    "client-certificate-data": base64(pki.certificate(name)),
                    "client-key-data": base64(pki.key(name)),
                },
            },
        ],
        contexts: [{ name: "lab", context: { cluster: "lab", user: name } }],
        "current-context": "lab",
    };
    // JSON is YAML; every client of a kubeconfig reads it.
    writeFileSync(pki.kubeconfig(name), JSON.stringify(config), { mode: 0o600 });
}

async function openssl(args: string[]): Promise<void> {
    await runCommand(["openssl", ...args], `openssl ${args[0]}`);
}
