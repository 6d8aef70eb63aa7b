import { readFileSync } from "node:fs";
import { join } from "node:path";
import { randomBytes } from "node:crypto";
import type { Artifacts } from "./artifacts";
import { prepareArtifacts } from "./artifacts";
import { installPackages } from "./artifacts/prerequisites";
import { Box, runCommand } from "./box";
import { startControlPlane } from "./control-plane";
import { startCore } from "./core";
import { type Firewall, startFirewall } from "./firewall/firewall";
import { Kubectl } from "./kubectl";
import { createNetwork } from "./network";
import { startNode } from "./node";
import { createPki, type Pki } from "./pki";
import { findPlugins, type Plugins } from "./stack/plugins";
import { poll } from "./poll";
import { type Registry, startRegistry } from "./registry";
import type { Stage, Together } from "./progress";
import { type SiteRecord, writeSiteRecord } from "./record";
import * as site from "./site";
import { Stack } from "./stack/stack";

/** A running site: everything a test or a person's command needs to get at it. */
export interface Site {
    readonly box: Box;
    readonly kubectl: Kubectl;
    readonly firewalls: Readonly<Record<string, Firewall>>;
    readonly stack: Stack;
    /** MetalLB's chart once more, behind a login. */
    readonly registry: Registry;
    /** Which provider plugins do the work, one sentence for people. */
    readonly plugins: string;
}

/** Builds a site stage by stage; `site()` is whole once all of `stages()` have run. */
export class SiteBuilder {
    private artifacts!: Artifacts;
    private box!: Box;
    private pki!: Pki;
    private kubectl!: Kubectl;
    private stack!: Stack;
    private plugins!: Plugins;
    private registry!: Registry;
    private readonly firewalls: Record<string, Firewall> = {};

    constructor(
        private readonly state: string,
        private readonly options: { dieWithParent: boolean },
    ) {}

    site(): Site {
        const { box, kubectl, firewalls, stack, registry } = this;
        return { box, kubectl, firewalls, stack, registry, plugins: this.plugins.title };
    }

    stages(): (Stage | Together)[] {
        return [
            { title: "Debian packages", run: (tell) => installPackages(tell) },
            {
                title: "programs, images, chart and Flux manifest",
                run: (tell) => this.prepare(tell),
            },
            { title: "box, networks, certificates", run: () => this.openBox() },
            {
                title: "control plane, nodes, firewalls",
                together: [
                    [
                        { title: "control plane", run: () => this.controlPlane() },
                        { title: "cluster DNS and demo", run: () => this.manifests() },
                    ],
                    ...site.nodes.map((node) => [
                        { title: `node ${node.name}`, run: () => this.node(node) },
                    ]),
                    ...site.firewalls.map((firewall) => [
                        { title: `firewall ${firewall.name}`, run: () => this.firewall(firewall) },
                    ]),
                    [
                        {
                            title: "Helm repository, registry and core router",
                            run: () => this.neighbours(),
                        },
                    ],
                ],
            },
            {
                title: "nodes Ready, stack file",
                together: [
                    [{ title: "nodes Ready", run: (tell) => this.nodesReady(tell) }],
                    [{ title: "stack dev", run: () => this.createStack() }],
                ],
            },
        ];
    }

    private async prepare(tell: (line: string) => void): Promise<void> {
        const progress = (stage: string, detail?: string) =>
            tell(detail ? `${stage}: ${detail}` : stage);
        this.artifacts = await prepareArtifacts(join(this.state, "artifacts"), progress);
        const plugins = join(this.state, "plugins");
        this.plugins = await findPlugins(this.artifacts.tools, plugins, progress);
    }

    private async openBox(): Promise<void> {
        this.box = await Box.start(this.state, this.options);
        const network = createNetwork(this.box);
        this.pki = await createPki(join(this.state, "pki"));
        await network;
        const { tools } = this.artifacts;
        this.kubectl = new Kubectl(this.box, tools.kubectl, this.pki.kubeconfig("admin"));
        this.stack = new Stack(this.box, this.plugins, this.kubectl.kubeconfig);
    }

    private controlPlane(): Promise<void> {
        return startControlPlane(this.box, this.artifacts.tools, this.pki, this.kubectl);
    }

    private async manifests(): Promise<void> {
        for (const file of ["dns.yaml", "web.yaml"]) {
            await this.kubectl.apply(readFileSync(join(__dirname, "manifests", file), "utf8"));
        }
    }

    private node(node: site.Node): Promise<void> {
        const images = this.artifacts.images.map((image) => image.path);
        return startNode(this.box, this.artifacts.tools, this.pki, node, images);
    }

    private async firewall(firewall: site.FirewallSite): Promise<void> {
        this.firewalls[firewall.name] = await startFirewall(this.box, {
            name: firewall.name,
            netns: firewall.name,
            address: firewall.address,
            authorizedKey: readFileSync(`${await this.sshKey()}.pub`, "utf8").trim(),
        });
    }

    private sshKeyPath: Promise<string> | undefined;

    private sshKey(): Promise<string> {
        this.sshKeyPath ??= this.createSshKey();
        return this.sshKeyPath;
    }

    private async createSshKey(): Promise<string> {
        const path = join(this.state, "pki", "ssh");
        await runCommand(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "lab", "-f", path],
            "ssh-keygen",
        );
        return path;
    }

    private async neighbours(): Promise<void> {
        await this.box.spawn("repository", this.artifacts.repositoryCommand(site.repository), {
            netns: site.repository.name,
        });
        const { tools, chartRepository } = this.artifacts;
        this.registry = await startRegistry(this.box, this.pki, tools.registry, chartRepository);
        await startCore(this.box);
    }

    private async nodesReady(tell: (line: string) => void): Promise<void> {
        interface NodeList {
            items: {
                metadata: { name: string };
                status: { conditions?: { type: string; status: string }[] };
            }[];
        }
        const ready = async () => {
            const { items } = await this.kubectl.get<NodeList>(["nodes"]);
            const names = items
                .filter(({ status }) =>
                    status.conditions?.some((c) => c.type === "Ready" && c.status === "True"),
                )
                .map(({ metadata }) => metadata.name);
            tell(`${names.length} of ${site.nodes.length} Ready`);
            return names.length === site.nodes.length;
        };
        await poll("the nodes to be Ready", ready, { timeoutMs: 120_000, intervalMs: 300 });
    }

    private async createStack(): Promise<void> {
        const hostKeys = Object.entries(this.firewalls).map(([name, { hostKey }]) => [
            name,
            hostKey,
        ]);
        await this.stack.create({
            chartRepository: `http://${site.repository.address}:${site.repository.port}`,
            fluxManifest: this.artifacts.fluxManifest,
            hostKeys: Object.fromEntries(hostKeys) as Record<string, string>,
            sshKey: readFileSync(await this.sshKey(), "utf8"),
            bgpPassword: randomBytes(12).toString("hex"),
        });
    }

    /** Notes the site for later commands; only a site with this record counts as running. */
    finish(): SiteRecord {
        const mounts = Object.entries(this.firewalls).map(([name, { mount }]) => [name, mount]);
        const record: SiteRecord = {
            firewallMounts: Object.fromEntries(mounts) as Record<string, number>,
            environment: this.stack.environment(),
            kubectl: this.kubectl.program,
            kubeconfig: this.kubectl.kubeconfig,
        };
        writeSiteRecord(this.state, record);
        return record;
    }
}
