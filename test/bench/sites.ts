import { stringify } from "yaml";

/** Texts of stack files of any size. */
export interface SiteSize {
    /** `metallb.pools` as in a file; all of them are announced, ten by one advertisement. */
    readonly pools: Readonly<Record<string, unknown>>;
    readonly nodes: number;
    readonly firewalls: number;
}

const HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIP////////////////////////////////////////8f";

export const numbered = <T>(
    count: number,
    word: string,
    of: (index: number) => T,
): Record<string, T> =>
    Object.fromEntries(
        Array.from({ length: count }, (_, index) => [`${word}-${index + 1}`, of(index)]),
    );

export function siteText({ pools, nodes, firewalls }: SiteSize): string {
    const names = Object.keys(pools);
    return stringify({
        config: {
            "metallb-pfsense:cluster": { context: "bench", podCidrs: ["172.20.0.0/16"] },
            "metallb-pfsense:metallb": { pools },
            "metallb-pfsense:bgp": {
                asn: 64512,
                nodes: numbered(
                    nodes,
                    "node",
                    (index) => `10.0.${Math.floor(index / 250)}.${1 + (index % 250)}`,
                ),
                timers: { hold: 9 },
                routers: numbered(firewalls, "fw", (index) => ({
                    address: `10.0.63.${1 + index}`,
                    asn: 64513,
                    connected: ["10.0.0.0/18"],
                    pfsense: { hostKey: HOST_KEY },
                })),
                advertise: numbered(Math.ceil(names.length / 10), "adv", (index) => ({
                    pools: names.slice(index * 10, index * 10 + 10),
                })),
            },
            "metallb-pfsense:bgpPassword": { secure: "not-decrypted" },
            "metallb-pfsense:sshKey": { secure: "not-decrypted" },
        },
    });
}
