import assert from "node:assert/strict";
import { type PeerNow, peerChange } from "../../config/peer-changes";
import type { JsonObject } from "../../config/plan";

const peer = (address: string, more: JsonObject = {}): JsonObject => ({
    myASN: 64500,
    peerASN: 64501,
    peerAddress: address,
    ...more,
});
const now = (name: string, spec: JsonObject, ours = true): PeerNow => ({ name, ours, spec });
const none = { together: {}, goFirst: [], beforehand: {}, profilesFirst: [], problems: [] };
const a = peer("10.0.0.1");
const b = peer("10.0.0.2");

describe("a change of peers", () => {
    it("is left to the engine where MetalLB judges one peer after the other", () => {
        const timers = { a: { ...a, holdTime: "9s" }, b };
        const there = {
            backend: "frr-k8s",
            peers: [now("a", a), now("b", b)],
            profiles: {},
        } as const;
        assert.deepEqual(peerChange({ backend: "frr-k8s", peers: timers }, there), none);
        const native = { a: { ...a, myASN: 64510 }, b: { ...b, myASN: 64510 } };
        const same = { ...there, backend: "native" } as const;
        assert.deepEqual(peerChange({ backend: "native", peers: native }, same), none);
        const nothing = { peers: [], profiles: {} };
        assert.deepEqual(peerChange({ backend: "frr-k8s", peers: native }, nothing), none);
    });

    for (const backend of ["frr-k8s", "frr"] as const) {
        it(`gives all peers another AS number at once with ${backend}, and nothing else yet`, () => {
            const fresh = { myASN: 64510, holdTime: "9s" };
            const wanted = { a: { ...a, ...fresh }, b: { ...b, ...fresh } };
            const held = { ...b, passwordSecret: { name: "old" } };
            const change = peerChange(
                { backend, peers: wanted },
                { backend, peers: [now("a", a), now("b", held)], profiles: {} },
            );
            assert.deepEqual(change, {
                ...none,
                together: { a: { ...a, myASN: 64510 }, b: { ...held, myASN: 64510 } },
                goFirst: ["a", "b"],
            });
        });
    }

    it("takes away a peer of the old AS number that is not wanted any more", () => {
        const change = peerChange(
            { backend: "frr-k8s", peers: { a: { ...a, myASN: 64510 } } },
            { backend: "frr-k8s", peers: [now("a", a), now("old", b)], profiles: {} },
        );
        const together = { a: { ...a, myASN: 64510 } };
        assert.deepEqual(change, { ...none, together, goFirst: ["a", "old"] });
    });

    it("gives and takes a router ID", () => {
        const there = {
            backend: "frr-k8s",
            peers: [now("a", { ...a, routerID: "10.0.0.9" })],
            profiles: {},
        } as const;
        const change = peerChange({ backend: "frr-k8s", peers: { a } }, there);
        assert.deepEqual(change, { ...none, together: { a }, goFirst: ["a"] });
    });

    it("gives the peers of native mode a connect time before the first firewall is restarted", () => {
        const timers = { connectTime: "5s", keepaliveTime: "3s" };
        const change = peerChange(
            { backend: "frr-k8s", peers: { a: { ...a, ...timers } } },
            { backend: "native", peers: [now("a", a)], profiles: {} },
        );
        const together = { a: { ...a, connectTime: "5s" } };
        assert.deepEqual(change, { ...none, from: "native", together });
    });

    it("leaves peers of another VRF, and of nodes that may be others, alone", () => {
        const peers = { a: { ...a, myASN: 64510 } };
        const vrf = now("v", { ...b, vrf: "red" });
        const change = peerChange(
            { backend: "frr-k8s", peers },
            { backend: "frr-k8s", peers: [vrf], profiles: {} },
        );
        assert.deepEqual(change, none);
        const selected = { a: { ...peers.a, nodeSelectors: [{}] } };
        const other = { backend: "frr-k8s", peers: [now("o", b, false)], profiles: {} } as const;
        assert.deepEqual(peerChange({ backend: "frr-k8s", peers: selected }, other), none);
    });

    it("names a peer of somebody else that MetalLB would judge ours beside", () => {
        const { problems } = peerChange(
            { backend: "frr-k8s", peers: { a: { ...a, myASN: 64510 } } },
            { backend: "frr-k8s", peers: [now("theirs", b, false)], profiles: {} },
        );
        assert.deepEqual(problems, [
            "The BGPPeer theirs in the cluster, which this program has not made, has AS 64500 for the nodes, and this stack AS 64510: with FRR a node has one AS number and one router ID; delete it, or give it the same.",
        ]);
    });

    it("takes away what only FRR has before MetalLB becomes native", () => {
        const held = { ...a, keepaliveTime: "3s", bfdProfile: "fast", disableMP: false };
        const change = peerChange(
            { backend: "native", peers: { a } },
            {
                backend: "frr-k8s",
                peers: [now("a", held), now("b", b), now("theirs", { ...b, vrf: "red" }, false)],
                profiles: { fast: true, foreign: false },
            },
        );
        assert.deepEqual(change, {
            ...none,
            from: "frr-k8s",
            beforehand: { a },
            profilesFirst: ["fast"],
            problems: ["BGPPeer theirs", "BFDProfile foreign"].map(
                (object) =>
                    `The ${object} in the cluster, which this program has not made, has what the native backend has not, and stops it altogether: delete it, or take another metallb.backend.`,
            ),
        });
    });
});
