import * as pulumi from "@pulumi/pulumi";
import { clusterProvider, requireCluster } from "./components/cluster";
import { Flux } from "./components/flux";
import { fluxObjects } from "./components/flux/manifest";
import { stackIdentity } from "./components/identity";
import { MetalLb } from "./components/metallb";
import { makeFirewalls } from "./components/pfsense/firewalls";
import { SessionCheck } from "./components/sessions";
import { nextSteps } from "./components/sessions/table";
import { loadStack } from "./config/load";

/** The whole program: one stack config in, both ends of every BGP session out. */
export = async () => {
    const { plan, secrets } = loadStack();
    for (const warning of plan.warnings) await pulumi.log.warn(warning);
    await requireCluster(plan.cluster);
    const objects = await fluxObjects(plan.flux);
    const stack = await stackIdentity();
    const provider = clusterProvider(stack.id, plan.cluster);

    const flux = new Flux("flux", { plan: plan.flux, objects }, { provider });
    const firewalls = await makeFirewalls(plan, secrets, stack);
    const ends = { flux: flux.ready, firewalls: firewalls.resources };
    const args = { plan: plan.metallb, secrets: secrets.outputs, ...ends };
    const { objects: cluster, peers } = new MetalLb("metallb", args, { provider });
    const check = new SessionCheck("sessions", { plan, secrets, firewalls, peers, cluster });
    return {
        pools: plan.metallb.pools,
        sessions: check.table,
        byHand: plan.byHand,
        tryNext: nextSteps(plan.cluster.context),
    };
};
