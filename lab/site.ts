/** The site's names and addresses: the recipe's network, with a client behind the firewalls. */

/** The same end of a link in both families. */
export interface Host {
    readonly name: string;
    readonly address: string;
    readonly address6: string;
}

export interface Node extends Host {
    readonly podRange: string;
    readonly podRange6: string;
}

export const nodes: readonly Node[] = [
    {
        name: "wn1",
        address: "192.168.33.21",
        address6: "fd00:33::21",
        podRange: "10.244.1.0/24",
        podRange6: "fd00:244:1::/64",
    },
    {
        name: "wn2",
        address: "192.168.33.22",
        address6: "fd00:33::22",
        podRange: "10.244.2.0/24",
        podRange6: "fd00:244:2::/64",
    },
];

/** `address` and `address6` are in the nodes' network: BGP and SSH are there. */
export interface FirewallSite extends Host {
    /** Addresses in the clients' network. */
    readonly clientSide: string;
    readonly clientSide6: string;
}

export const firewalls: readonly FirewallSite[] = [
    {
        name: "fw-a",
        address: "192.168.33.2",
        address6: "fd00:33::2",
        clientSide: "192.168.34.2",
        clientSide6: "fd00:34::2",
    },
    {
        name: "fw-b",
        address: "192.168.33.4",
        address6: "fd00:33::4",
        clientSide: "192.168.34.4",
        clientSide6: "fd00:34::4",
    },
];

/** Where the API server, kubectl, the SSH client and Pulumi run. */
export const controlPlane: Host = {
    name: "cp",
    address: "192.168.33.10",
    address6: "fd00:33::10",
};
/** The Helm repository. */
export const repository = {
    name: "repo",
    address: "192.168.33.20",
    address6: "fd00:33::20",
    port: 8879,
};
/** The OCI registry, on the same host. */
export const registryPort = 5000;
export const client: Host = {
    name: "client",
    address: "192.168.34.10",
    address6: "fd00:34::10",
};
/** A BGP speaker that is none of ours: the firewalls' own neighbour in another AS. */
export const core = {
    name: "core",
    address: "192.168.34.50",
    address6: "fd00:34::50",
    asn: 64999,
};

export const pool = "192.168.32.0/24";
export const podNetworks = ["10.244.0.0/16", "fd00:244::/32"];
export const serviceNetworks = ["10.96.0.0/16", "fd00:96::/108"];
export const serviceAddress = "10.96.0.1";
export const dnsAddress = "10.96.0.10";
export const firewallAsn = 64501;
export const clusterAsn = 64500;
export const apiServer = `https://${controlPlane.address}:6443`;
