import assert from "node:assert/strict";
import { nodeFindings, type NodeNow } from "../../config/preflight";
import type { JsonObject } from "../../config/plan";
import { metallbPlan, sitePlan } from "../components/plans";

const node = (name: string, last: number, more: Partial<NodeNow> = {}): NodeNow => ({
    name,
    addresses: [`192.168.33.${last}`],
    ready: true,
    labels: {},
    taints: [],
    ...more,
});
const wn2 = node("wn2", 22);
const findings = (...nodes: NodeNow[]) => nodeFindings(metallbPlan, sitePlan.sessions, nodes);

describe("the cluster's nodes beside the plan", () => {
    it("say nothing where they are as planned", () => {
        assert.deepEqual(findings(node("wn1", 21), wn2), []);
        assert.deepEqual(nodeFindings(metallbPlan, [], [wn2]), [], "layer 2 lists no nodes");
    });

    const excluded = "node.kubernetes.io/exclude-from-external-load-balancers";
    const cases: readonly [string, NodeNow[], string[]][] = [
        [
            "a node that is missing, and one that nobody lists",
            [wn2, node("wn3", 23)],
            [
                "node wn1 of bgp.nodes is not in the cluster (its nodes: wn2, wn3): its sessions stay down.",
                "wn3 in the cluster, but not in bgp.nodes: a speaker there dials every router that takes all nodes, and is refused.",
            ],
        ],
        [
            "another address",
            [node("wn1", 99), wn2],
            [
                "node wn1 has 192.168.33.99 in the cluster, and 192.168.33.21 in bgp.nodes: right only where that is a further address of it.",
            ],
        ],
        [
            "one that is not Ready",
            [node("wn1", 21, { ready: false }), wn2],
            ["node wn1 is not Ready: its sessions stay down."],
        ],
        [
            "one that announces nothing",
            [node("wn1", 21, { labels: { [excluded]: "" } }), wn2],
            [
                `node wn1 has the label ${excluded}: its sessions come up and announce nothing; remove the label, take it out of bgp.nodes, or metallb.values.speaker.ignoreExcludeLB: true.`,
            ],
        ],
        [
            "one without a speaker",
            [
                node("wn1", 21, { taints: [{ key: "gpu", value: "yes", effect: "NoSchedule" }] }),
                wn2,
            ],
            [
                "no speaker runs on node wn1, which has the taint gpu=yes:NoSchedule: tolerate it by metallb.values.speaker.tolerations, or take the node out of bgp.nodes.",
            ],
        ],
    ];
    for (const [what, nodes, expected] of cases) {
        it(`name ${what}`, () => assert.deepEqual(findings(...nodes), expected));
    }

    it("say nothing of what the chart's values or every DaemonSet put up with", () => {
        const taints = [
            { key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" },
            { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" },
            { key: "soft", effect: "PreferNoSchedule" },
            { key: "gpu", value: "yes", effect: "NoSchedule" },
            { key: "batch", effect: "NoExecute" },
        ];
        const values: JsonObject = {
            speaker: {
                ignoreExcludeLB: true,
                tolerations: [
                    { key: "gpu", value: "yes" },
                    { key: "batch", operator: "Exists", effect: "NoExecute" },
                ],
            },
        };
        const wn1 = node("wn1", 21, { labels: { [excluded]: "" }, taints });
        assert.deepEqual(
            nodeFindings({ ...metallbPlan, values }, sitePlan.sessions, [wn1, wn2]),
            [],
        );
        const own = { speaker: { ignoreExcludeLB: true, tolerateMaster: false, tolerations: [] } };
        assert.deepEqual(
            nodeFindings({ ...metallbPlan, values: own }, sitePlan.sessions, [wn1, wn2]).map(
                (text) => /taint (\S+):/.exec(text)?.[1],
            ),
            ["node-role.kubernetes.io/control-plane:NoSchedule"],
        );
    });

    it("speak of the selector where the nodes are discovered", () => {
        const nodes = [node("wn1", 21, { labels: { [excluded]: "" } }), wn2, node("wn3", 23)];
        const around = { discovered: true };
        assert.deepEqual(nodeFindings(metallbPlan, sitePlan.sessions, nodes, around), [
            `node wn1 has the label ${excluded}: its sessions come up and announce nothing; remove the label, take it out of what bgp.discover selects, or metallb.values.speaker.ignoreExcludeLB: true.`,
            "wn3 in the cluster, but not in what bgp.discover selects: a speaker there dials every router that takes all nodes, and is refused.",
        ]);
    });

    it("name IPVS without strictARP, for layer 2 only", () => {
        const ipvs = (strictArp: boolean, l2Advertisements: Record<string, JsonObject>) =>
            nodeFindings({ ...metallbPlan, l2Advertisements }, [], [wn2], {
                kubeProxy: { mode: "ipvs", strictArp },
            });
        assert.deepEqual(ipvs(false, {}), []);
        assert.deepEqual(ipvs(true, { lan: {} }), []);
        assert.deepEqual(ipvs(false, { lan: {} }), [
            "kube-proxy runs in IPVS mode without strictARP: every node answers ARP for every address of layer 2; set ipvs.strictARP: true in the ConfigMap kube-proxy and restart it.",
        ]);
    });
});
