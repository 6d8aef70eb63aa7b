import type { Registration } from "../components/recorder";
import { inputs, set, type Spoiled, testSpoiled } from "./spoiled";

const pool = "metallb-ipaddresspool-metallb-pool";
const early = (kind: string, name: string) =>
    `metallb-after-release: ${name}: ${kind} ${name} does not depend on the HelmRelease of MetalLB: it could be made before its kind is known, and outlive the webhook that lets it go. Name the release in its dependsOn.`;
const peer = "metallb-bgppeer-peer-192.168.33.2-v4";

function dependOn(all: Registration[], name: string, dependsOn: readonly string[]): void {
    const index = all.findIndex((one) => one.name === name);
    all[index] = { ...all[index]!, dependsOn };
}

const cases: readonly Spoiled[] = [
    {
        what: "a pool that depends on nothing",
        spoil: (all) => dependOn(all, pool, []),
        said: [early("IPAddressPool", pool)],
    },
    {
        what: "a peer that depends on its Secret alone",
        spoil: (all) => dependOn(all, peer, ["metallb-secret-bgp-peer-192.168.33.2-v4"]),
        said: [early("BGPPeer", peer)],
    },
    {
        what: "a peer that depends on a pool, and so on the release, which is fine,",
        spoil: (all) => dependOn(all, peer, [pool]),
        said: [],
    },
    {
        what: "a release of something else",
        spoil: (all) =>
            set(inputs(all, "metallb-helmrelease", "spec"), "chartRef", {
                kind: "HelmChart",
                name: "other",
            }),
        said: [
            early("BGPAdvertisement", "metallb-bgpadvertisement-recipe"),
            early("BGPPeer", peer),
            early("BGPPeer", "metallb-bgppeer-peer-192.168.33.4-v4"),
            early("IPAddressPool", pool),
        ],
    },
];

describe("the policy metallb-after-release", () => testSpoiled(cases));
