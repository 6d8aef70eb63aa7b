import { metallbObject } from "../../config/objects";
import type { JsonObject } from "../../config/plan";
import { releaseObjects } from "../../config/release-objects";
import { poll } from "../poll";
import {
    addressGivenBack,
    asText,
    type Bench,
    configObjects,
    namespaceOf,
    paths,
    releaseGone,
    remove,
    removeFlux,
    valuesWithChartProbes,
    withoutKustomize,
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
        "`kubectl apply` of Flux's manifest (source- and helm-controller), then of namespace, source and HelmRelease, then, as soon " +
        `as MetalLB's webhook takes them, of pools, peers and advertisements; ${probes}`;
    return {
        about: { name, does, before: "the firewalls' ends of the sessions" },
        prepare: configureFirewalls,
        async run(bench) {
            const { site, wanted } = bench;
            await site.kubectl.apply(withoutKustomize(wanted));
            const release = asText(releaseOf(wanted, valuesOf(wanted)));
            // The kinds may not be served yet, a moment after their definitions are there.
            const apply = () => site.kubectl.apply(release).then(() => true as const);
            await poll("the release to be taken", apply, often);
            await webhookServes(bench);
            await site.kubectl.apply(asText(configObjects(wanted)));
            return { more: {} };
        },
        async takeDown(bench) {
            await remove(bench, configObjects(bench.wanted));
            await addressGivenBack(bench);
            await remove(bench, releaseOf(bench.wanted, {}).reverse());
            await releaseGone(bench);
            await removeFlux(bench);
            await clearFirewalls(bench);
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

/** Asks for a pool that is not made, until everybody would take it. */
async function webhookServes({ api, wanted: { plan } }: Bench): Promise<void> {
    const { namespace } = plan.metallb;
    const [name, spec] = Object.entries(plan.metallb.pools)[0]!;
    const pool = metallbObject(plan.metallb, "IPAddressPool", name, spec);
    const taken = () => api.takes(paths.pool(namespace), pool);
    await poll("MetalLB's webhook to take a pool", taken, often);
}
