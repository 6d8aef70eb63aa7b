import type { FirewallPlan, FluxPlan, MetalLbPlan, Plan, SessionPlan } from "../../config/plan";

export const fluxPlan: FluxPlan = {
    install: true,
    version: "2.9.5",
    manifest: { path: "test/components/flux-install.yaml" },
    components: ["source-controller", "helm-controller"],
};

/** Two routers with one password each, one pool, as in the recipe. */
export const metallbPlan: MetalLbPlan = {
    namespace: "metallb-system",
    chart: { repository: "https://metallb.github.io/metallb", version: "0.16.1" },
    backend: "native",
    values: { frrk8s: { enabled: false }, speaker: { frr: { enabled: false } } },
    pools: { services: { addresses: ["192.168.32.0/24"] } },
    bfdProfiles: {},
    communities: {},
    peers: {
        "fw-a": {
            myASN: 64500,
            peerASN: 64501,
            peerAddress: "192.168.33.2",
            passwordSecret: { name: "bgp-fw-a", namespace: "metallb-system" },
        },
        "fw-b": {
            myASN: 64500,
            peerASN: 64501,
            peerAddress: "192.168.33.4",
            passwordSecret: { name: "bgp-fw-b", namespace: "metallb-system" },
        },
    },
    routers: {
        "fw-a": { peers: ["fw-a"], secret: "bgp-fw-a" },
        "fw-b": { peers: ["fw-b"], secret: "bgp-fw-b" },
    },
    passwords: { "bgp-fw-a": "bgpPassword", "bgp-fw-b": "bgpPasswordB" },
    bgpAdvertisements: {
        services: {
            ipAddressPools: ["services"],
            aggregationLength: 32,
            communities: ["65535:65282"],
        },
    },
    l2Advertisements: {},
};

const nodes = { wn1: "192.168.33.21", wn2: "192.168.33.22" };
const routers = { "fw-a": "192.168.33.2", "fw-b": "192.168.33.4" };

function firewall(address: string, password: string): FirewallPlan {
    return {
        connection: {
            host: address,
            port: 22,
            user: "admin",
            hostKey:
                "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHVudXNlZC1rZXktZm9yLXRlc3RzLW9ubHktMDAwMDA",
            sshKey: "sshKey",
            command: "/usr/local/bin/php -q",
        },
        wanted: {
            version: 1,
            owner: "home",
            bgp: { asn: 64501, routerId: address },
            neighbours: Object.entries(nodes).map(([description, node]) => ({
                address: node,
                description,
                asn: 64500,
                family: "ipv4",
                bfd: false,
                updateSource: "default",
                prefixListIn: "home-in-v4",
                prefixListOut: "home-out-v4",
                maximumPrefix: 300,
                passwordType: "both-bidir",
            })),
            prefixLists: [
                {
                    name: "home-in-v4",
                    description: "pools",
                    family: "ipv4",
                    rules: [{ seq: 10, action: "permit", prefix: "192.168.32.0/24", ge: 32 }],
                },
                {
                    name: "home-out-v4",
                    description: "nothing",
                    family: "ipv4",
                    rules: [{ seq: 10, action: "deny", any: true }],
                },
            ],
            adopt: false,
            allowCarp: false,
        },
        password,
    };
}

const sessions: SessionPlan[] = Object.entries(routers).flatMap(([router, routerAddress]) =>
    Object.entries(nodes).map(([node, nodeAddress]) => ({
        node,
        nodeAddress,
        nodeAsn: 64500,
        router,
        routerAddress,
        routerAsn: 64501,
        family: "ipv4" as const,
        bfd: false,
        firewall: router,
    })),
);

export const sitePlan: Plan = {
    owner: "home",
    cluster: { context: "home", kubeconfig: "/nowhere/kubeconfig" },
    flux: fluxPlan,
    metallb: metallbPlan,
    turns: [["fw-a"], ["fw-b"]],
    firewalls: {
        "fw-a": firewall(routers["fw-a"], "bgpPassword"),
        "fw-b": firewall(routers["fw-b"], "bgpPasswordB"),
    },
    byHand: {},
    sessions,
    check: { deadline: 90, prefixes: 0, preview: false },
    warnings: [],
};

/** A kubeconfig with one context, "home", of a cluster at the given address. */
export function kubeconfigFor(server: string, more: object = {}): string {
    return JSON.stringify({
        clusters: [{ name: "c", cluster: { server, ...more } }],
        contexts: [{ name: "home", context: { cluster: "c", user: "u" } }],
        users: [{ name: "u", user: { token: "not-to-be-shown" } }],
    });
}
