import { metallbObject, releaseName } from "../../config/objects";
import type { JsonObject } from "../../config/plan";
import { releaseObjects } from "../../config/release-objects";
import { poll } from "../poll";
import {
    addressGivenBack,
    asText,
    type Bench,
    configObjects,
    fluxForReleases,
    installFlux,
    isReady,
    namespaceOf,
    paths,
    releaseGone,
    remove,
    removeFlux,
    valuesWithChartProbes,
    type Wanted,
} from "./cluster";
import type { Contestant } from "./contestant";
import { clearFirewalls, configureFirewalls } from "./firewall-ends";

/** A look costs next to nothing, see Api. */
const often = { intervalMs: 50, timeoutMs: 180_000 };

/**
 * A script that nobody writes: `kubectl apply` of everything the moment it can be taken, with no
 * wait in between that is not needed, and no proof at its end.
 */
function script(
    name: string,
    probes: string,
    valuesOf: (wanted: Wanted) => JsonObject,
): Contestant {
    const does =
        "`kubectl apply` of Flux's manifest (source- and helm-controller), then, each as soon as the one before is ready, of source, chart and HelmRelease, then, as soon " +
        `as MetalLB's webhook takes them, of pools, peers and advertisements; ${probes}`;
    return {
        about: { name, does, before: "the firewalls' ends of the sessions" },
        prepare: configureFirewalls,
        async run(bench) {
            const { site, wanted } = bench;
            await installFlux(bench, fluxForReleases);
            const [namespace, ...flux] = releaseOf(wanted, valuesOf(wanted));
            await site.kubectl.apply(asText([namespace!, flux[0]!]));
            await ready(bench, paths.helmRepository);
            await site.kubectl.apply(asText([flux[1]!]));
            await ready(bench, paths.helmChart);
            await site.kubectl.apply(asText([flux[2]!]));
            await webhookServes(bench);
            await site.kubectl.apply(asText(configObjects(wanted)));
            return { more: {} };
        },
        async takeDown(bench) {
            await remove(bench, configObjects(bench.wanted));
            await addressGivenBack(bench);
            const [namespace, ...flux] = releaseOf(bench.wanted, {});
            const cluster = async () => {
                // kubectl deletes a list at once, and Helm's own records go with the namespace.
                await remove(bench, flux.slice(-1));
                await releaseGone(bench);
                await remove(bench, flux);
                await Promise.all([remove(bench, [namespace!]), removeFlux(bench)]);
            };
            // FRR takes seconds for each neighbour that it lets go.
            await Promise.all([cluster(), clearFirewalls(bench)]);
            return {};
        },
    };
}

export const scripts: readonly Contestant[] = [
    script("script", "the chart's own probes", valuesWithChartProbes),
    script(
        "script, 1 s probes",
        "the chart's values ask for probes each second, as this program's do",
        ({ plan }) => plan.metallb.values,
    ),
];

function releaseOf(wanted: Wanted, values: JsonObject): object[] {
    const { sources, release } = releaseObjects({ ...wanted.plan.metallb, values });
    return [namespaceOf(wanted), ...sources, release];
}

/** Until an object of the release's name is Ready; whoever comes too early is made to wait longer. */
function ready(
    { api, wanted }: Bench,
    path: (namespace: string, name: string) => string,
): Promise<true> {
    const one = path(wanted.plan.metallb.namespace, releaseName);
    return poll(one, async () => isReady(await api.get(one)) || undefined, often);
}

/** Asks for a pool that is not made, until everybody would take it. */
async function webhookServes({ api, wanted: { plan } }: Bench): Promise<void> {
    const { namespace } = plan.metallb;
    const [name, spec] = Object.entries(plan.metallb.pools)[0]!;
    const pool = metallbObject(plan.metallb, "IPAddressPool", name, spec);
    const taken = () => api.takes(paths.pool(namespace), pool);
    await poll("MetalLB's webhook to take a pool", taken, often);
}
