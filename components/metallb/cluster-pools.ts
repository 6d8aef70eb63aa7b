import type { KubernetesObject } from "@kubernetes/client-node";
import type { PoolNow, ServiceNow } from "../../config/pool-moves";
import type { ClusterApi } from "../cluster/api";
import { applyAsPlugin, isByPlugin } from "../cluster/as-plugin";

const metallb = "metallb.io/v1beta1";
const wantedAddresses = "metallb.io/loadBalancerIPs";
/** On a Service whose addresses were pinned by this program, and not by its owner. */
const pinned = "metallb-pfsense/pinned";

interface Pool extends KubernetesObject {
    spec: { addresses: string[] };
}
interface Advertisement extends KubernetesObject {
    spec: { ipAddressPools?: string[] };
}
interface Service extends KubernetesObject {
    spec: { type?: string; loadBalancerIP?: string };
    status?: { loadBalancer?: { ingress?: { ip?: string }[] } };
}

/** What the cluster has of MetalLB's pools and who uses them. */
export interface PoolsNow {
    readonly pools: readonly PoolNow[];
    readonly services: readonly ServiceNow[];
    /** Services that an earlier run has pinned and not released, with the addresses of the pin. */
    readonly left: readonly ServiceNow[];
}

/** MetalLB's pools in the cluster and the services that have their addresses. */
export class ClusterPools {
    constructor(
        private readonly api: ClusterApi,
        private readonly namespace: string,
    ) {}

    async look(): Promise<PoolsNow> {
        const [pools, services] = await Promise.all([
            this.api.list<Pool>(metallb, "IPAddressPool", this.namespace),
            this.api.list<Service>("v1", "Service"),
        ]);
        const balanced = services.filter(({ spec }) => spec.type === "LoadBalancer");
        return {
            pools: pools.map((pool) => ({
                name: pool.metadata!.name!,
                addresses: pool.spec.addresses,
                ours: isByPlugin(pool),
            })),
            services: balanced.map(serviceNow),
            left: balanced.filter(isPinned).map((service) => ({
                ...serviceNow(service),
                addresses: service.metadata!.annotations![wantedAddresses]?.split(",") ?? [],
            })),
        };
    }

    /** Makes MetalLB wait for just these addresses, whatever its pools are meanwhile. */
    async pin(service: ServiceNow): Promise<void> {
        const { metadata, spec } = await this.service(service);
        if (metadata?.annotations?.[wantedAddresses] ?? spec.loadBalancerIP) return;
        await this.annotate(service, {
            [wantedAddresses]: service.addresses.join(","),
            [pinned]: "true",
        });
    }

    /** Takes a pin back; one that the service's owner has set stays. */
    async release(service: ServiceNow): Promise<void> {
        if (!isPinned(await this.service(service))) return;
        await this.annotate(service, { [wantedAddresses]: null, [pinned]: null });
    }

    /** The service's addresses as they are now. */
    async addressesOf(service: ServiceNow): Promise<readonly string[]> {
        return serviceNow(await this.service(service)).addresses;
    }

    /** Leaves a pool these addresses, or deletes it where there are none. */
    async letGo(name: string, addresses: readonly string[]): Promise<void> {
        const metadata = { name, namespace: this.namespace };
        if (addresses.length === 0) {
            await this.api.delete(metallb, "IPAddressPool", metadata);
            return;
        }
        const pool = await this.api.read<Pool>(metallb, "IPAddressPool", metadata);
        const kind = { apiVersion: metallb, kind: "IPAddressPool" };
        await applyAsPlugin(
            this.api,
            { ...pool, ...kind },
            {
                ...pool.spec,
                addresses: [...addresses],
            },
        );
    }

    /** Lets whatever announces one pool announce others, too. */
    async announceToo(pool: string, others: readonly string[]): Promise<void> {
        for (const kind of ["BGPAdvertisement", "L2Advertisement"]) {
            for (const found of await this.api.list<Advertisement>(metallb, kind, this.namespace)) {
                const { ipAddressPools: pools = [] } = found.spec;
                if (!pools.includes(pool) || !isByPlugin(found)) continue;
                const all = [...new Set([...pools, ...others])];
                const object = { ...found, apiVersion: metallb, kind };
                await applyAsPlugin(this.api, object, { ...found.spec, ipAddressPools: all });
            }
        }
    }

    private annotate(
        { name, namespace }: ServiceNow,
        annotations: Readonly<Record<string, string | null>>,
    ): Promise<void> {
        return this.api.merge("v1", "Service", { name, namespace, annotations });
    }

    private service(service: ServiceNow): Promise<Service> {
        return this.api.read<Service>("v1", "Service", service);
    }
}

const isPinned = ({ metadata }: KubernetesObject): boolean =>
    metadata?.annotations?.[pinned] !== undefined;

function serviceNow({ metadata, status }: Service): ServiceNow {
    const asksFor = metadata?.annotations?.["metallb.io/address-pool"];
    return {
        namespace: metadata!.namespace!,
        name: metadata!.name!,
        addresses: (status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => ip ?? []),
        ...(asksFor !== undefined && { asksFor }),
    };
}
