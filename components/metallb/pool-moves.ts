import * as pulumi from "@pulumi/pulumi";
import type { MetalLbPlan } from "../../config/plan";
import type { ClusterFindings } from "../../config/preflight";
import { type Affected, poolMove, type PoolMove, type ServiceNow } from "../../config/pool-moves";
import { runError } from "../../config/run-error";
import type { ClusterApi } from "../cluster/api";
import { atChange } from "../hooks";
import { made } from "../outputs";
import { ClusterPools } from "./cluster-pools";

/** Milliseconds for MetalLB to give a service its address again. */
const patience = 60_000;

/**
 * Carries addresses from one pool to another within one `up`: pools that give ranges away let go of
 * them just before the first pool takes them, while the services keep to their addresses.
 */
export class PoolMoves {
    private done: Promise<void> | undefined;

    private constructor(
        private readonly cluster: ClusterPools,
        private readonly move: PoolMove,
        private readonly left: readonly ServiceNow[],
        /** Services that have no address. */
        readonly waiting: readonly ServiceNow[],
    ) {}

    /** Asks the cluster, which it only reads. */
    static async look(api: ClusterApi, plan: MetalLbPlan): Promise<PoolMoves> {
        const cluster = new ClusterPools(api, plan.namespace);
        const { pools, services, left } = await cluster.look();
        const move = poolMove(pools, wantedPools(plan), services);
        const waiting = services.filter(({ addresses }) => addresses.length === 0);
        return new PoolMoves(cluster, move, left, waiting);
    }

    /**
     * What becomes of services.
     * @param renumber pools whose services may lose their addresses
     */
    findings(renumber: readonly string[] = []): ClusterFindings {
        return sentences(this.move, renumber);
    }

    /** Seconds for which addresses that move may not answer, measured on the lab. */
    get outage(): number {
        return this.stayers().length > 0 ? 2 : 0;
    }

    /** A preview cannot ask MetalLB's webhook about a pool that takes what another one still has. */
    takes(pool: string): boolean {
        return Object.values(this.move.takers).some((names) => names.includes(pool));
    }

    /** What pools wait for; undefined under Pulumi's mocks, whose monitor takes no hooks. */
    hooks(name: string): pulumi.ResourceHookBinding | undefined {
        const moves = Object.keys(this.move.letGo).length > 0;
        return moves ? atChange("before", `${name}-let-go`, () => this.letGo()) : undefined;
    }

    /**
     * Waits until every service has its address again and takes the pins back.
     * @throws RunError with the services that have not
     */
    async finish(objects: readonly pulumi.Resource[]): Promise<void> {
        if (pulumi.runtime.isDryRun()) return;
        const moved = this.done ? this.stayers() : [];
        const left = this.left.flatMap((service) =>
            service.addresses.map((address) => ({ service, address })),
        );
        const pinned = unique([...this.left, ...moved.map(({ service }) => service)]);
        if (pinned.length === 0) return;
        await made(objects);
        const open = await this.missing([...left, ...moved]);
        const waiting = new Set(open.map(({ service }) => keyOf(service)));
        for (const service of pinned) {
            // One without its address would get another one; its pin stays for the next run.
            if (!waiting.has(keyOf(service))) await this.cluster.release(service);
        }
        if (open.length > 0) {
            throw runError(
                `MetalLB has not given back within ${patience / 1000} s: ${open.map(affectedText).join(", ")}`,
            );
        }
    }

    private letGo(): Promise<void> {
        this.done ??= this.letGoOnce();
        return this.done;
    }

    private async letGoOnce(): Promise<void> {
        const { letGo, takers } = this.move;
        for (const service of unique(this.stayers().map((one) => one.service))) {
            await this.cluster.pin(service);
        }
        for (const [pool, others] of Object.entries(takers)) {
            await this.cluster.announceToo(pool, others);
        }
        for (const [pool, addresses] of Object.entries(letGo)) {
            await this.cluster.letGo(pool, addresses);
        }
    }

    private stayers(): readonly Affected[] {
        return this.move.affected.filter(({ to }) => to !== undefined);
    }

    private async missing(moved: readonly Held[]): Promise<readonly Held[]> {
        const end = Date.now() + patience;
        let open = moved;
        while (open.length > 0 && Date.now() < end) {
            const found = await Promise.all(
                open.map(async ({ service, address }) =>
                    (await this.cluster.addressesOf(service)).includes(address),
                ),
            );
            open = open.filter((_, index) => !found[index]);
            if (open.length > 0) await new Promise((resolve) => setTimeout(resolve, 200));
        }
        return open;
    }
}

function sentences({ affected, problems }: PoolMove, renumber: readonly string[]): ClusterFindings {
    const lost = affected.filter(({ to }) => to === undefined);
    const mayGo = lost.filter(({ from }) => renumber.includes(from));
    const mayNot = lost.filter((one) => !mayGo.includes(one));
    const moved = affected.filter(({ to }) => to !== undefined);
    return {
        problems: [
            ...problems,
            ...mayNot.map(
                (one) =>
                    `${affectedText(one)} loses this address of pool ${one.from}, and MetalLB gives it another one at once, if it has one: leave the address in a pool, or write ${one.from} into metallb.renumber.`,
            ),
        ],
        warnings: [
            ...mayGo.map((one) => `${affectedText(one)} loses this address of pool ${one.from}.`),
            ...moved.map(
                (one) =>
                    `${affectedText(one)} keeps its address, which moves from pool ${one.from} to pool ${one.to}; it may not answer for two seconds.`,
            ),
        ],
    };
}

type Held = Pick<Affected, "service" | "address">;

const affectedText = ({ service, address }: Held): string => `service ${keyOf(service)} ${address}`;

function unique(services: readonly ServiceNow[]): ServiceNow[] {
    return [...new Map(services.map((one) => [keyOf(one), one])).values()];
}

const keyOf = ({ namespace, name }: ServiceNow): string => `${namespace}/${name}`;

function wantedPools({ pools }: MetalLbPlan): Parameters<typeof poolMove>[1] {
    return Object.fromEntries(
        Object.entries(pools).map(([name, spec]) => {
            const { addresses, serviceAllocation } = spec as {
                addresses: string[];
                serviceAllocation?: { namespaces?: string[]; namespaceSelectors?: unknown };
            };
            const only = serviceAllocation?.namespaceSelectors ? [] : serviceAllocation?.namespaces;
            return [name, { addresses, namespaces: only ?? [] }];
        }),
    );
}
