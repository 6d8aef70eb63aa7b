import type { Site } from "../bring-up";
import { poll } from "../poll";
import { demoAddress } from "../report";
import * as network from "../site";

/** Cluster-wide kinds that Flux or MetalLB have objects of. */
const kinds = [
    ...["namespaces", "customresourcedefinitions", "clusterroles", "clusterrolebindings"],
    ...["validatingwebhookconfigurations", "mutatingwebhookconfigurations", "priorityclasses"],
].join(",");

/**
 * How the site looks with nothing of this program's, Flux's or MetalLB's in it. Every turn starts
 * from exactly that, whoever had the one before.
 */
export class Emptiness {
    private constructor(
        private readonly site: Site,
        private readonly names: string,
    ) {}

    /** Notes the names in a cluster that has just been brought up. */
    static async note(site: Site): Promise<Emptiness> {
        await coreIsUp(site);
        return new Emptiness(site, await namesIn(site));
    }

    /** Waits until the site is as it was at first; fails with what is still there. */
    async isBack(): Promise<void> {
        await poll("an empty site", () => this.look(), { timeoutMs: 180_000, intervalMs: 200 });
    }

    private async look(): Promise<true> {
        const now = await namesIn(this.site);
        if (now !== this.names) {
            const before = this.names.split("\n");
            const more = now.split("\n").filter((name) => !before.includes(name));
            const less = before.filter((name) => !now.includes(name));
            throw new Error(`there are still ${more.join(", ")}; missing are ${less.join(", ")}`);
        }
        const address = await demoAddress(this.site.kubectl);
        if (address !== undefined) throw new Error(`the demo still has ${address}`);
        for (const { name } of network.firewalls) {
            const own = network.core.address;
            const others = Object.keys(await neighbours(this.site, name)).filter((a) => a !== own);
            if (others.length > 0) throw new Error(`${name} has neighbours ${others.join(", ")}`);
        }
        return true;
    }
}

async function namesIn(site: Site): Promise<string> {
    const { stdout } = await site.kubectl.run(["get", kinds, "-o", "name"]);
    return stdout.trim().split("\n").sort().join("\n");
}

/** State of every neighbour of a firewall, by address. */
export async function neighbours(
    { firewalls }: Site,
    name: string,
): Promise<Record<string, string>> {
    const text = await firewalls[name]!.vtysh("show bgp neighbors json");
    const found = JSON.parse(text) as Record<string, { bgpState: string }>;
    return Object.fromEntries(
        Object.entries(found).map(([address, { bgpState }]) => [address, bgpState]),
    );
}

async function coreIsUp(site: Site): Promise<void> {
    for (const { name } of network.firewalls) {
        await poll(
            `the core router's session with ${name}`,
            async () => (await neighbours(site, name))[network.core.address] === "Established",
        );
    }
}

/** Waits until every session of every node is Established, as `up` proves it by itself. */
export async function sessionsAreUp(site: Site): Promise<void> {
    for (const { name } of network.firewalls) {
        await poll(`the sessions of ${name}`, async () => {
            const states = await neighbours(site, name);
            return network.nodes.every(({ address }) => states[address] === "Established");
        });
    }
}
