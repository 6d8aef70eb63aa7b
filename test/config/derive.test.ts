import assert from "node:assert/strict";
import { maximumPrefix } from "../../config/derive/filters";
import type { Plan } from "../../config/plan";
import { baseWith, judge, told } from "./fixtures";

function planWith(changes: Record<string, unknown>): Plan {
    const result = judge(baseWith(changes));
    assert.deepEqual(told(result).errors, []);
    return result.plan!;
}

const readinessProbe = { initialDelaySeconds: 1, periodSeconds: 1, failureThreshold: 30 };

describe("what is derived", () => {
    it("writes both switches of the chart for every backend, and the user's values over them", () => {
        const valuesOf = (backend: string, values = {}) =>
            planWith({ "metallb.backend": backend, "metallb.values": values }).metallb.values;
        const controller = { readinessProbe };
        const switches = (k8s: boolean, frr: boolean) => ({
            frrk8s: { enabled: k8s },
            controller,
            speaker: { frr: { enabled: frr }, readinessProbe },
        });
        assert.deepEqual(valuesOf("frr-k8s"), switches(true, false));
        assert.deepEqual(valuesOf("native"), switches(false, false));
        assert.deepEqual(valuesOf("frr"), switches(false, true));

        const tolerations = [{ key: "edge", operator: "Exists" }];
        const speaker = { tolerations, logLevel: "debug" };
        assert.deepEqual(valuesOf("native", { speaker }), {
            frrk8s: { enabled: false },
            controller,
            speaker: { ...speaker, frr: { enabled: false }, readinessProbe },
        });
        assert.deepEqual(valuesOf("frr-k8s", { speaker }), {
            frrk8s: { enabled: true },
            controller,
            speaker: { ...speaker, frr: { enabled: false }, readinessProbe },
            "frr-k8s": { frrk8s: { tolerations } },
        });
    });

    it("gives the speakers how often to answer unasked, and the user's value over it", () => {
        const plan = (values: object) =>
            planWith({
                "metallb.version": "0.16.2",
                "metallb.l2.all": { pools: ["public"] },
                "metallb.gratuitousARPInterval": 60,
                "metallb.values": values,
            });
        const base = { frr: { enabled: false }, readinessProbe };
        assert.deepEqual(plan({}).metallb.values.speaker, { ...base, gratuitousARPInterval: 60 });
        const own = { speaker: { gratuitousARPInterval: 30 } };
        assert.deepEqual(plan(own).metallb.values.speaker, { ...base, gratuitousARPInterval: 30 });
    });

    it("asks MetalLB's pods each second, unless the user says otherwise", () => {
        const values = {
            controller: { readinessProbe: { periodSeconds: 5 } },
            speaker: { readinessProbe: { enabled: false } },
        };
        const { controller, speaker } = planWith({ "metallb.values": values }).metallb.values;
        assert.deepEqual(controller, { readinessProbe: { ...readinessProbe, periodSeconds: 5 } });
        assert.deepEqual(speaker, {
            frr: { enabled: false },
            readinessProbe: { ...readinessProbe, enabled: false },
        });
    });

    it("protects the firewall that asks for it, and none that is gone", () => {
        const protectedOf = (pfsense: object) => {
            const changes = Object.entries(pfsense).map(([key, value]) => [
                `bgp.routers.fw-a.pfsense.${key}`,
                value as unknown,
            ]);
            const { firewalls } = planWith(Object.fromEntries(changes) as Record<string, unknown>);
            return Object.entries(firewalls).flatMap(([name, { gone, protect }]) =>
                gone || protect ? [{ name, gone, protect }] : [],
            );
        };
        assert.deepEqual(protectedOf({ protect: false }), []);
        assert.deepEqual(protectedOf({ protect: true }), [
            { name: "fw-a", gone: undefined, protect: true },
        ]);
        assert.deepEqual(protectedOf({ protect: true, gone: true }), [
            { name: "fw-a", gone: true, protect: undefined },
        ]);
    });

    it("gives both ends the same timers, and the native backend only what it takes", () => {
        const ends = (changes: Record<string, unknown>) => {
            const { metallb, firewalls } = planWith(changes);
            const { holdTime, keepaliveTime, connectTime } = metallb.peers["peer-10.0.0.2-v4"]!;
            const { timers } = firewalls["fw-a"]!.wanted.neighbours[0]!;
            return { peer: [holdTime, keepaliveTime, connectTime], timers };
        };
        assert.deepEqual(ends({ "bgp.timers": { hold: 10, connect: 7 } }), {
            peer: ["10s", "3s", "7s"],
            timers: { hold: 10, keepalive: 3 },
        });
        assert.deepEqual(ends({ "bgp.timers": { hold: 9 }, "metallb.backend": "native" }), {
            peer: ["9s", undefined, undefined],
            timers: { hold: 9, keepalive: 3 },
        });
        assert.deepEqual(ends({ "bgp.timers": { hold: 0 } }), {
            peer: ["0s", "0s", "5s"],
            timers: undefined,
        });
        assert.deepEqual(ends({}), { peer: [undefined, undefined, "5s"], timers: undefined });
    });

    it("lets the firewall expect the source address and the AS number that the node shows", () => {
        const { metallb, firewalls, sessions } = planWith({
            "metallb.backend": "frr",
            "bgp.routers.fw-a.nodes": ["wn1"],
            "bgp.routers.fw-a.sourceAddress": "10.0.0.99",
            "bgp.routers.fw-a.localAsn": 64599,
        });
        assert.deepEqual(metallb.peers["peer-10.0.0.2-v4"], {
            myASN: 64512,
            peerASN: 64513,
            connectTime: "5s",
            localASN: 64599,
            peerAddress: "10.0.0.2",
            sourceAddress: "10.0.0.99",
            passwordSecret: { name: "bgp-peer-10.0.0.2-v4", namespace: "metallb-system" },
            nodeSelectors: [
                {
                    matchExpressions: [
                        { key: "kubernetes.io/hostname", operator: "In", values: ["wn1"] },
                    ],
                },
            ],
        });
        const seen = firewalls["fw-a"]!.wanted.neighbours.map(({ address, asn }) => [address, asn]);
        assert.deepEqual(seen, [["10.0.0.99", 64599]]);
        const { nodeAddress, nodeAsn } = sessions[0]!;
        assert.deepEqual([nodeAddress, nodeAsn], ["10.0.0.99", 64599]);
    });

    it("filters nothing that is announced to another router only", () => {
        const { firewalls } = planWith({ "bgp.advertise.all.peers": ["fw-b"] });
        const inbound = (router: string) => firewalls[router]!.wanted.prefixLists[0];
        assert.deepEqual(inbound("fw-a"), {
            name: "prod-in-v4",
            description: "pools of prod",
            family: "ipv4",
            rules: [{ seq: 10, action: "deny", any: true }],
        });
        assert.deepEqual(inbound("fw-b")?.rules, [
            { seq: 10, action: "permit", prefix: "10.0.1.0/25", ge: 32 },
        ]);
    });

    it("permits an aggregate without ge and le of the same value", () => {
        const { firewalls } = planWith({
            "bgp.advertise.all.aggregationLength": 28,
            "bgp.advertise.hosts": { pools: ["public"] },
        });
        assert.deepEqual(firewalls["fw-a"]!.wanted.prefixLists[0]?.rules, [
            { seq: 10, action: "permit", prefix: "10.0.1.0/25", ge: 32 },
            { seq: 20, action: "deny", prefix: "10.0.1.0/25", ge: 29 },
            { seq: 30, action: "permit", prefix: "10.0.1.0/25", ge: 28 },
        ]);
    });

    it("shuts the sessions of a node or a router in maintenance, where that is asked for", () => {
        const shutBy = (changes: Record<string, unknown>) => {
            const { firewalls, byHand, maintenance, sessions } = planWith(changes);
            const ends = [
                ...Object.values(firewalls).map(({ wanted }) => wanted),
                ...Object.values(byHand),
            ];
            const told = ends.flatMap(({ neighbours }) =>
                neighbours.map((one) => ("shutdown" in one ? one.shutdown : undefined)),
            );
            const shut = sessions.map((one) => one.shut ?? false);
            return { told, shut, maintenance };
        };
        const [none, node, router] = [undefined, "maintenance of wn2", "maintenance of fw-b"];
        const drained = { address: "10.0.0.22", maintenance: true };
        assert.deepEqual(shutBy({ "bgp.nodes.wn2": drained }), {
            told: [none, none, none, none],
            shut: [false, false, false, false],
            maintenance: { nodes: ["wn2"], routers: [] },
        });
        assert.deepEqual(shutBy({ "bgp.nodes.wn2": { ...drained, maintenance: "shut" } }), {
            told: [none, node, none, node],
            shut: [false, true, false, true],
            maintenance: { nodes: ["wn2"], routers: [], shut: { nodes: ["wn2"], routers: [] } },
        });
        const both = { "bgp.nodes.wn2": drained, "bgp.routers.fw-b.maintenance": "shut" };
        assert.deepEqual(shutBy(both), {
            told: [none, none, router, router],
            shut: [false, false, true, true],
            maintenance: {
                nodes: ["wn2"],
                routers: ["fw-b"],
                shut: { nodes: [], routers: ["fw-b"] },
            },
        });
        // A person's router is not told what that person does with it.
        const byHand = {
            "bgp.nodes.wn2": { ...drained, maintenance: "shut" },
            "bgp.routers.fw-b.pfsense": undefined,
        };
        assert.deepEqual(shutBy(byHand).told, [none, node, none, none]);
        assert.deepEqual(shutBy(byHand).shut, [false, true, false, false]);
    });

    it("bounds the prefixes of a session", () => {
        const limits = [0n, 1n, 100n, 101n, 256n, 10_000n, 2n ** 64n].map(maximumPrefix);
        assert.deepEqual(limits, [10, 11, 110, 112, 282, 11_000, 11_000]);
    });

    it("reaches a firewall as root or through sudo", () => {
        const commandFor = (pfsense: object) =>
            planWith(
                Object.fromEntries(
                    Object.entries(pfsense).map(([key, value]) => [
                        `bgp.routers.fw-a.pfsense.${key}`,
                        value as unknown,
                    ]),
                ),
            ).firewalls["fw-a"]!.connection.command;
        assert.equal(commandFor({}), "/usr/local/bin/php -q");
        assert.equal(commandFor({ user: "root" }), "/usr/local/bin/php -q");
        assert.equal(commandFor({ user: "ops" }), "sudo -n /usr/local/bin/php -q");
        assert.equal(commandFor({ user: "ops", sudo: false }), "/usr/local/bin/php -q");
    });

    it("announces on layer 2 from the nodes by name and by label", () => {
        const labels = { matchLabels: { lan: "yes" } };
        const { metallb } = planWith({
            "metallb.l2": { lan: { pools: ["public"], nodes: ["wn1"], nodeSelectors: [labels] } },
        });
        const byName = { key: "kubernetes.io/hostname", operator: "In", values: ["wn1"] };
        assert.deepEqual(metallb.l2Advertisements, {
            lan: {
                ipAddressPools: ["public"],
                nodeSelectors: [{ matchExpressions: [byName] }, labels],
            },
        });
    });

    describe("of what is in maintenance", () => {
        const away = { "bgp.nodes.wn2": { address: "10.0.0.22", maintenance: true } };
        const lan = { "metallb.pools.lan": { addresses: ["10.0.0.200-10.0.0.209"] } };
        const hostname = (operator: string, ...values: string[]) => ({
            key: "kubernetes.io/hostname",
            operator,
            ...(values.length > 0 && { values }),
        });
        const notWn2 = hostname("NotIn", "wn2");
        const nobody = [{ matchExpressions: [hostname("DoesNotExist")] }];
        const ends = ({ metallb, firewalls }: Plan) => ({ peers: metallb.peers, firewalls });

        it("a node is in no announcement, and both ends of its sessions are as ever", () => {
            const rack = { matchLabels: { rack: "a" } };
            const plan = planWith({
                ...away,
                ...lan,
                "bgp.advertise": {
                    all: { pools: ["public"] },
                    named: { pools: ["public"], nodes: ["wn1", "wn2"] },
                    one: { pools: ["public"], nodes: ["wn2"] },
                    both: { pools: ["public"], nodes: ["wn2"], nodeSelectors: [rack] },
                },
                "metallb.l2": { all: { pools: ["lan"] }, one: { pools: ["lan"], nodes: ["wn2"] } },
            });
            const selectors = (specs: Plan["metallb"]["bgpAdvertisements"]) =>
                Object.entries(specs).map(([name, spec]) => [name, spec.nodeSelectors]);
            assert.deepEqual(selectors(plan.metallb.bgpAdvertisements), [
                ["all", [{ matchExpressions: [notWn2] }]],
                ["both", [{ ...rack, matchExpressions: [notWn2] }]],
                ["named", [{ matchExpressions: [hostname("In", "wn1")] }]],
                ["one", nobody],
            ]);
            assert.deepEqual(selectors(plan.metallb.l2Advertisements), [
                ["all", [{ matchExpressions: [notWn2] }]],
                ["one", nobody],
            ]);
            const without = { ...lan, "metallb.l2": { all: { pools: ["lan"] } } };
            assert.deepEqual(ends(plan), ends(planWith(without)));
            assert.deepEqual(plan.maintenance, { nodes: ["wn2"], routers: [] });
            assert.deepEqual(
                plan.sessions.map(({ router, node, drained }) => [router, node, drained]),
                [
                    ["fw-a", "wn1", undefined],
                    ["fw-a", "wn2", true],
                    ["fw-b", "wn1", undefined],
                    ["fw-b", "wn2", true],
                ],
            );
        });

        it("a router hears nothing, and both ends of its sessions are as ever", () => {
            const advertise = {
                all: { pools: ["public"] },
                named: { pools: ["public"], peers: ["fw-a", "fw-b"] },
                one: { pools: ["public"], peers: ["fw-b"] },
            };
            const plan = planWith({
                "bgp.routers.fw-b.maintenance": true,
                "bgp.advertise": advertise,
            });
            assert.deepEqual(
                Object.entries(plan.metallb.bgpAdvertisements).map(([name, spec]) => [
                    name,
                    spec.peers,
                    spec.nodeSelectors,
                ]),
                [
                    ["all", ["peer-10.0.0.2-v4"], undefined],
                    ["named", ["peer-10.0.0.2-v4"], undefined],
                    ["one", ["peer-10.0.0.3-v4"], nobody],
                ],
            );
            assert.deepEqual(ends(plan), ends(planWith({ "bgp.advertise": advertise })));
            assert.deepEqual(plan.maintenance, { nodes: [], routers: ["fw-b"] });
            assert.deepEqual(
                plan.sessions.flatMap(({ router, drained }) => (drained ? router : [])),
                ["fw-b", "fw-b"],
            );
        });
    });

    it("takes Flux's manifest of the version, and the controllers as they are named", () => {
        const components = ["helm-controller", "source-controller", "kustomize-controller"];
        const url = "https://github.com/fluxcd/flux2/releases/download/v2.8.0/install.yaml";
        assert.deepEqual(planWith({ flux: { version: "2.8.0", components } }).flux, {
            install: true,
            version: "2.8.0",
            manifest: { url },
            components,
        });
        assert.deepEqual(planWith({}).flux.components, ["source-controller", "helm-controller"]);
    });
});
