import * as pulumi from "@pulumi/pulumi";
import { clusterProvider, requireCluster } from "./components/cluster";
import { Flux } from "./components/flux";
import { fluxObjects } from "./components/flux-manifest";
import { MetalLb } from "./components/metallb";
import { PfSenseBgp } from "./components/pfsense";
import { SessionCheck } from "./components/session-check";
import { nextSteps } from "./components/sessions-table";
import { loadStack } from "./config/load";

/** The whole program: one stack config in, both ends of every BGP session out. */
export = async (): Promise<Record<string, unknown>> => {
    const { plan, secrets } = loadStack();
    await Promise.all(plan.warnings.map((warning) => pulumi.log.warn(warning)));
    await requireCluster(plan.cluster);
    const objects = await fluxObjects(plan.flux);
    const provider = clusterProvider(plan.owner, plan.cluster);

    // One firewall after the other: a pair for high availability should never restart at once.
    const firewalls: Record<string, PfSenseBgp> = {};
    for (const [router, firewall] of Object.entries(plan.firewalls)) {
        const dependsOn = Object.values(firewalls).slice(-1);
        firewalls[router] = new PfSenseBgp(router, { ...firewall, secrets }, { dependsOn });
    }
    const flux = new Flux("flux", { plan: plan.flux, objects }, { provider });
    const metallb = new MetalLb(
        "metallb",
        { plan: plan.metallb, secrets, flux: flux.ready, firewalls: Object.values(firewalls) },
        { provider },
    );
    const check = new SessionCheck("sessions", {
        plan,
        secrets,
        firewalls,
        cluster: metallb.objects,
    });
    return {
        pools: plan.metallb.pools,
        sessions: check.table,
        byHand: plan.byHand,
        tryNext: nextSteps(plan.cluster.context, Object.keys(plan.metallb.pools)),
    };
};
