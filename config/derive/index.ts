import { formatAddress } from "../addresses";
import { deriveByHand } from "./by-hand";
import { deriveFirewall, sharing } from "./firewall";
import { deriveMetalLb, familiesOf, nodeAddress, nodeAsn, nodesIn } from "./metallb";
import type { FluxPlan, MaintenancePlan, Plan, SessionPlan } from "../plan";
import type { StackConfig } from "../schema";
import type { SecretChoice } from "../secrets";
import type { Node, Router, Site } from "../site";

/** The plan of a site whose checks found no error: pure, the same site gives the same plan. */
export function derivePlan(site: Site, secrets: SecretChoice, warnings: readonly string[]): Plan {
    const { cluster, bgp } = site.config;
    const { passwords } = secrets;
    const maintenance = inMaintenance(site);
    const automatic = site.routers.filter(({ config }) => config.pfsense);
    const manual = site.routers.filter(({ firewall }) => firewall === undefined);
    return {
        owner: site.owner,
        cluster: {
            context: cluster.context,
            ...(cluster.kubeconfig !== undefined && { kubeconfig: cluster.kubeconfig }),
        },
        flux: deriveFlux(site.config.flux),
        metallb: deriveMetalLb(site, passwords),
        firewalls: Object.fromEntries(
            automatic.map((router) => [router.name, deriveFirewall(site, router, secrets)]),
        ),
        turns: site.routers
            .filter(({ name, firewall = name }) => firewall === name)
            .map((router) => sharing(site, router).map(({ name }) => name)),
        byHand: Object.fromEntries(
            manual.map((router) => [
                router.name,
                deriveByHand(site, router, passwords[router.name]),
            ]),
        ),
        sessions: site.routers.flatMap(sessionsOf),
        ...(maintenance && { maintenance }),
        ...(bgp?.discover && { discovered: site.unknownNodes ? "later" : "now" }),
        check: {
            deadline: bgp?.check.deadline ?? 0,
            prefixes: bgp?.check.prefixes ?? 0,
            preview: bgp?.check.preview ?? true,
        },
        warnings,
    };
}

function deriveFlux({
    install,
    version,
    components,
    registry,
    manifest,
}: StackConfig["flux"]): FluxPlan {
    const url = `https://github.com/fluxcd/flux2/releases/download/v${version}/install.yaml`;
    return {
        install,
        version,
        manifest: manifest?.path === undefined ? { url, ...manifest } : manifest,
        components: [...new Set(components)],
        ...(registry !== undefined && { registry }),
    };
}

/** Undefined where nobody is. */
function inMaintenance({ nodes, routers }: Site): MaintenancePlan | undefined {
    const named = (all: readonly (Node | Router)[], how: (one: Node | Router) => boolean) =>
        all.filter(how).map(({ name }) => name);
    const among = (how: (one: Node | Router) => boolean) => ({
        nodes: named(nodes, how),
        routers: named(routers, how),
    });
    const away = among(({ maintenance }) => maintenance !== undefined);
    const shut = among(isShut);
    if (away.nodes.length + away.routers.length === 0) return undefined;
    return { ...away, ...(shut.nodes.length + shut.routers.length > 0 && { shut }) };
}

const isShut = ({ maintenance }: Node | Router): boolean => maintenance === "shut";

function sessionsOf(router: Router): SessionPlan[] {
    return familiesOf(router).flatMap((family) =>
        nodesIn(router, family).map((node) => ({
            node: node.name,
            nodeAddress: formatAddress(nodeAddress(router, node, family)),
            nodeAsn: nodeAsn(router),
            router: router.name,
            routerAddress: formatAddress(router.addresses[family]!),
            routerAsn: router.asn,
            family,
            bfd: router.bfd !== undefined,
            ...((node.maintenance || router.maintenance) && { drained: true as const }),
            ...(router.firewall !== undefined && {
                ...((isShut(node) || isShut(router)) && { shut: true as const }),
                firewall: router.firewall,
            }),
        })),
    );
}
