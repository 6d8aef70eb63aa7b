const rack = { matchLabels: { rack: "a" } };
const byHand = { "bgp.routers.fw-a.pfsense": null, "bgp.routers.fw-b": null, sshKey: null };

/** Changes of the fixtures' base that between them say everything: no backend takes all of it at once. */
export const everyField = {
    "0.16.2, frr-k8s": {
        ...byHand,
        "metallb.version": "0.16.2",
        "metallb.pools.public": {
            addresses: ["10.0.1.0/24"],
            autoAssign: false,
            avoidBuggyIPs: true,
            serviceAllocation: {
                priority: 1,
                namespaces: ["web"],
                namespaceSelectors: [rack],
                serviceSelectors: [rack],
            },
        },
        "metallb.l2.all": {
            pools: ["public"],
            interfaces: ["eth0"],
            nodes: ["wn1"],
            nodeSelectors: [rack],
            serviceSelectors: [rack],
            preferredNodeSelectors: [{ weight: 100, preference: rack }],
        },
        "bgp.communities": { site: "64512:1" },
        "bgp.bfdProfiles.fast": {
            receiveInterval: 100,
            transmitInterval: 100,
            echoInterval: 100,
            detectMultiplier: 5,
            minimumTtl: 254,
            echoMode: true,
            passiveMode: true,
        },
        "bgp.routers.fw-a.nodes": ["wn1"],
        "bgp.routers.fw-a.clusterRouterId": "10.0.0.121",
        "bgp.routers.fw-a.vrf": "red",
        "bgp.routers.fw-a.port": 1179,
        "bgp.routers.fw-a.multihop": true,
        "bgp.routers.fw-a.dynamicAsn": "external",
        "bgp.routers.fw-a.gracefulRestart": true,
        "bgp.routers.fw-a.bfd": "fast",
        "bgp.routers.fw-a.timers": { hold: 9, keepalive: 3, connect: 5 },
        "bgp.advertise.all": {
            pools: ["public"],
            communities: ["site"],
            localPref: 100,
            asPathPrepend: 3,
            peers: ["fw-a"],
            nodes: ["wn1"],
            nodeSelectors: [rack],
            serviceSelectors: [rack],
        },
    },
    "0.16.1, frr": {
        ...byHand,
        "metallb.backend": "frr",
        "bgp.routers.fw-a.nodes": ["wn1"],
        "bgp.routers.fw-a.localAsn": 64530,
        "bgp.routers.fw-a.sourceAddress": "10.0.0.31",
    },
};
