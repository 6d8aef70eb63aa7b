import * as pulumi from "@pulumi/pulumi";
import { clusterProvider, requireCluster } from "./components/cluster";
import { discoverNodes } from "./components/cluster/discover";
import { lookAtCluster } from "./components/cluster/look";
import { Flux } from "./components/flux";
import { fluxObjects } from "./components/flux/manifest";
import { stackIdentity } from "./components/identity";
import { MetalLb } from "./components/metallb";
import { Firewalls } from "./components/pfsense/firewalls";
import { isHeldToReview, tellReview } from "./components/review";
import { SessionCheck } from "./components/sessions";
import { nextSteps } from "./components/sessions/table";
import { byHandOutput } from "./config/by-hand";
import { loadFile, loadStack } from "./config/load";

/** The whole program: one stack config in, both ends of every BGP session out. */
export = async () => {
    const file = loadFile();
    const { plan, nodes, secrets } = loadStack(file, await discoverNodes(file.discovery));
    for (const warning of plan.warnings) await pulumi.log.warn(warning);
    const reachable = await requireCluster(plan.cluster);
    const stack = await stackIdentity();
    const asked = Firewalls.observe(plan, secrets, stack);
    const [look, objects] = await Promise.all([
        reachable ? lookAtCluster(plan, { stack, reveal: secrets.reveal }) : undefined,
        fluxObjects(plan.flux),
    ]);
    const told = asked.then((all) => tellReview(plan, look?.review, all.observations));
    // On a first installation Flux touches nobody's session, whatever the firewalls will say.
    if (!look?.first || isHeldToReview()) await told;
    const provider = clusterProvider(stack.id, plan.cluster);

    // Who could not be asked may have others' releases.
    const fluxArgs = { plan: plan.flux, objects, fluxIsShared: true, ...look };
    const flux = new Flux("flux", fluxArgs, { provider });
    const [firewalls, review] = await Promise.all([asked, told]);
    const args = { plan: plan.metallb, stack, secrets: secrets.outputs, flux: flux.ready, ...look };
    const metallb = new MetalLb("metallb", args, { provider });
    const { observations } = firewalls;
    const sessions = new SessionCheck("sessions", { plan, secrets, observations });
    const proofs: (() => Promise<void>)[] = [];
    for (const routers of plan.turns) {
        const router = routers[0]!;
        const firewall = await firewalls.make(router, metallb.beforeFirewalls);
        const peers = routers.flatMap((name) => metallb.addPeers(name, firewall));
        const proof = () => sessions.prove(router, firewall, peers);
        if (look?.first) {
            // Without a MetalLB there is no session that the next firewall's turn could put at risk.
            await sessions.taken(router, firewall);
            proofs.push(proof);
        } else await proof();
    }
    const cluster = metallb.announce();
    await metallb.installed();
    await flux.running();
    await look?.moves.finish(cluster);
    // Before the proofs of a first installation: nothing of what the engine takes for made is in a
    // cluster made anew, and no session could come up.
    if (!pulumi.runtime.isDryRun()) await look?.prove(await metallb.madeObjects());
    for (const proof of proofs) await proof();
    return {
        review,
        pools: plan.metallb.pools,
        nodes,
        sessions: await sessions.conclude(cluster),
        byHand: byHandOutput(plan.byHand),
        tryNext: nextSteps(plan.cluster.context),
    };
};
