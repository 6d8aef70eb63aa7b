/** The site's names and addresses: the recipe's network, with a client behind the firewalls. */

export interface Node {
    readonly name: string;
    readonly address: string;
    readonly podRange: string;
}

export const nodes: readonly Node[] = [
    { name: "wn1", address: "192.168.33.21", podRange: "10.244.1.0/24" },
    { name: "wn2", address: "192.168.33.22", podRange: "10.244.2.0/24" },
];

export interface FirewallSite {
    readonly name: string;
    /** Address in the nodes' network; BGP and SSH are here. */
    readonly address: string;
    /** Address in the clients' network. */
    readonly clientSide: string;
}

export const firewalls: readonly FirewallSite[] = [
    { name: "fw-a", address: "192.168.33.2", clientSide: "192.168.34.2" },
    { name: "fw-b", address: "192.168.33.4", clientSide: "192.168.34.4" },
];

/** Where the API server, kubectl, the SSH client and Pulumi run. */
export const controlPlane = { name: "cp", address: "192.168.33.10" };
/** The Helm repository. */
export const repository = { name: "repo", address: "192.168.33.20", port: 8879 };
export const client = { name: "client", address: "192.168.34.10" };
/** A BGP speaker that is none of ours: the firewalls' own neighbour in another AS. */
export const core = { name: "core", address: "192.168.34.50", asn: 64999 };

export const pool = "192.168.32.0/24";
export const podNetwork = "10.244.0.0/16";
export const serviceNetwork = "10.96.0.0/16";
export const serviceAddress = "10.96.0.1";
export const dnsAddress = "10.96.0.10";
export const firewallAsn = 64501;
export const clusterAsn = 64500;
export const apiServer = `https://${controlPlane.address}:6443`;
