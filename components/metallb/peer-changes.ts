import type { KubernetesObject } from "@kubernetes/client-node";
import * as pulumi from "@pulumi/pulumi";
import { metallbApi, type MetalLbKind, releaseName } from "../../config/objects";
import { type PeerChange, peerChange, type PeersNow } from "../../config/peer-changes";
import type { JsonObject, MetalLbPlan } from "../../config/plan";
import type { ClusterFindings } from "../../config/preflight";
import type { ClusterApi } from "../cluster/api";
import { applyAsPlugin, isByPlugin } from "../cluster/as-plugin";
import { atChange, takesHooks } from "../hooks";
import { FrrWebhook } from "./frr-webhook";

const peerApi = metallbApi("BGPPeer");
const profileApi = metallbApi("BFDProfile");

interface Peer extends KubernetesObject {
    spec: JsonObject;
}
interface Release extends KubernetesObject {
    spec: { values?: { frrk8s?: Switch; speaker?: { frr?: Switch } } };
}
interface Switch {
    readonly enabled?: boolean;
}

/**
 * Changes within one `up` what MetalLB's webhook does not let one peer after the other change:
 * another backend, another AS number or router ID of the nodes.
 */
export class PeerChanges {
    private rewritten: Promise<void> | undefined;

    private constructor(
        private readonly api: ClusterApi,
        private readonly peers: readonly Peer[],
        private readonly namespace: string,
        private readonly change: PeerChange,
        private readonly backend: MetalLbPlan["backend"],
        /** Pools or communities that native mode refuses. */
        private readonly beyondNative: boolean,
    ) {}

    /** Asks the cluster, which it only reads. */
    static async look(api: ClusterApi, plan: MetalLbPlan): Promise<PeerChanges> {
        const { namespace } = plan;
        const [peers, profiles, releases] = await Promise.all([
            api.list<Peer>(peerApi, "BGPPeer", namespace),
            api.list<KubernetesObject>(profileApi, "BFDProfile", namespace),
            api.list<Release>("helm.toolkit.fluxcd.io/v2", "HelmRelease", namespace),
        ]);
        const release = releases.find(({ metadata }) => metadata?.name === releaseName);
        const backend = release && backendOf(release);
        const now: PeersNow = {
            ...(backend && { backend }),
            peers: peers.map((peer) => ({
                name: peer.metadata!.name!,
                ours: isByPlugin(peer),
                spec: peer.spec,
            })),
            profiles: Object.fromEntries(
                profiles.map((one) => [one.metadata!.name!, isByPlugin(one)]),
            ),
        };
        const change = peerChange(plan, now);
        const beyond = isBeyondNative(plan);
        return new PeerChanges(api, peers, namespace, change, plan.backend, beyond);
    }

    /** What becomes of the sessions. */
    findings(): ClusterFindings {
        const { problems } = this.change;
        if (!this.allSessions) return { problems, warnings: [] };
        const { from } = this.change;
        const what = from
            ? `MetalLB changes from ${from} to ${this.backend}`
            : "All nodes get another AS number or router ID at once";
        return {
            problems,
            warnings: [
                `${what}: every session ends and comes back, and addresses may not answer for ${this.outage} s.`,
            ],
        };
    }

    /** The backend changes. */
    get crosses(): boolean {
        return this.change.from !== undefined;
    }

    /** Every session ends and comes back. */
    get allSessions(): boolean {
        const { from, together } = this.change;
        return from !== undefined || Object.keys(together).length > 0;
    }

    /** Seconds for which addresses may not answer. */
    get outage(): number {
        if (!this.allSessions) return 0;
        return this.change.from === undefined ? atOnce : crossing[this.backend];
    }

    /** A preview cannot ask a webhook that would judge an object beside old peers, or natively. */
    askable(kind: MetalLbKind): boolean {
        const { from, together, goFirst } = this.change;
        if (kind === "BGPPeer") {
            return from !== "native" && Object.keys(together).length + goFirst.length === 0;
        }
        return from !== "native" || !this.beyondNative;
    }

    /** What peers wait for; undefined where nothing is in their way, and under Pulumi's mocks. */
    peerHooks(name: string): pulumi.ResourceHookBinding | undefined {
        const { together, goFirst } = this.change;
        if (Object.keys(together).length + goFirst.length === 0) return undefined;
        return atChange("before", `${name}-peers-together`, () => this.rewrite());
    }

    /** What happens around the release; undefined where nothing has to, and under Pulumi's mocks. */
    releaseHooks(name: string): pulumi.ResourceHookBinding | undefined {
        const { beforehand, profilesFirst, from } = this.change;
        if (!takesHooks("registerResourceHook")) return undefined;
        const hook = (what: string, run: () => Promise<void> | void) =>
            new pulumi.ResourceHook(`${name}-${what}`, run);
        if (Object.keys(beforehand).length + profilesFirst.length > 0) {
            return { beforeUpdate: [hook("native-first", () => this.prepareNative())] };
        }
        if (from === undefined || this.backend !== "frr-k8s") return undefined;
        const webhook = new FrrWebhook(this.api);
        return {
            beforeUpdate: [hook("frr-webhook-passes", () => webhook.letPass())],
            afterUpdate: [
                hook("frr-webhook-judges", async () => {
                    await webhook.judge();
                    // The first firewall may restart its FRR at once.
                    await this.rewrite();
                }),
            ],
        };
    }

    private rewrite(): Promise<void> {
        this.rewritten ??= this.rewriteOnce();
        return this.rewritten;
    }

    /** All go before the first comes back: the webhook would judge it beside one that is left. */
    private async rewriteOnce(): Promise<void> {
        const { together, goFirst } = this.change;
        for (const name of goFirst) {
            await this.api.delete(peerApi, "BGPPeer", { name, namespace: this.namespace });
        }
        await this.apply(together);
    }

    private async prepareNative(): Promise<void> {
        const { beforehand, profilesFirst } = this.change;
        await this.apply(beforehand);
        for (const name of profilesFirst) {
            await this.api.delete(profileApi, "BFDProfile", { name, namespace: this.namespace });
        }
    }

    private async apply(specs: Readonly<Record<string, JsonObject>>): Promise<void> {
        for (const peer of this.peers) {
            const spec = specs[peer.metadata!.name!];
            const object = { ...peer, apiVersion: peerApi, kind: "BGPPeer" };
            if (spec) await applyAsPlugin(this.api, object, spec);
        }
    }
}

/** Seconds until the speakers of two nodes are there with the other backend, measured on the lab. */
const crossing = { native: 30, frr: 60, "frr-k8s": 60 } as const;
/** Seconds until two nodes with another AS number have their sessions again. */
const atOnce = 20;

const isBeyondNative = ({ pools, communities, bgpAdvertisements }: MetalLbPlan): boolean =>
    Object.values(pools).some(({ addresses }) => JSON.stringify(addresses).includes(":")) ||
    JSON.stringify([communities, bgpAdvertisements]).includes('"large:');

/** By the switches that every release of this program has (config/derive/metallb.ts). */
function backendOf({ spec: { values } }: Release): MetalLbPlan["backend"] | undefined {
    if (values?.frrk8s?.enabled) return "frr-k8s";
    if (values?.speaker?.frr?.enabled) return "frr";
    return values?.frrk8s?.enabled === false ? "native" : undefined;
}
