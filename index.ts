import * as pulumi from "@pulumi/pulumi";
import { clusterProvider, requireCluster } from "./components/cluster";
import { Flux } from "./components/flux";
import { fluxObjects } from "./components/flux/manifest";
import { MetalLb } from "./components/metallb";
import { PfSenseBgp } from "./components/pfsense";
import { secretOf } from "./components/secrets";
import { SessionCheck } from "./components/sessions";
import { nextSteps } from "./components/sessions/table";
import { loadStack } from "./config/load";

/** The whole program: one stack config in, both ends of every BGP session out. */
export = async () => {
    const { plan, secrets } = loadStack();
    for (const warning of plan.warnings) await pulumi.log.warn(warning);
    await requireCluster(plan.cluster);
    const objects = await fluxObjects(plan.flux);
    const provider = clusterProvider(plan.owner, plan.cluster);

    const flux = new Flux("flux", { plan: plan.flux, objects }, { provider });
    const firewalls: Record<string, PfSenseBgp> = {};
    for (const [router, firewall] of Object.entries(plan.firewalls)) {
        // One after the other: the two of a pair should never restart at once.
        const dependsOn = Object.values(firewalls);
        const sshKey = secretOf(secrets, firewall.connection.sshKey);
        const password = firewall.password && secretOf(secrets, firewall.password);
        const args = { ...firewall, sshKey, password, foretell: plan.check.preview };
        firewalls[router] = new PfSenseBgp(router, args, { dependsOn });
    }
    const ends = { flux: flux.ready, firewalls: Object.values(firewalls) };
    const metallb = new MetalLb("metallb", { plan: plan.metallb, secrets, ...ends }, { provider });
    const cluster = metallb.objects;
    const check = new SessionCheck("sessions", { plan, secrets, firewalls, cluster });
    return {
        pools: plan.metallb.pools,
        sessions: check.table,
        byHand: plan.byHand,
        tryNext: nextSteps(plan.cluster.context),
    };
};
