import assert from "node:assert/strict";
import fc from "fast-check";
import {
    type ClusterNode,
    discoveredNodes,
    type Discovery,
    type NodeList,
} from "../../config/discover";
import { findingText } from "../../config/findings";
import { selects } from "../../config/label-selector";
import { planFromStack } from "../../config/stack";
import { runs } from "./arbitrary";
import { baseWith, judge, told } from "./fixtures";

const secretKeys = ["sshKey", "bgpPassword"];
const listed = { wn1: "10.0.0.21", wn2: "10.0.0.22" };
/** The base stack with its nodes discovered. */
const discovering = (...changes: Parameters<typeof baseWith>) =>
    baseWith({ "bgp.nodes": null, "bgp.discover": {} }, ...changes);
const planned = (document: Record<string, unknown>, nodes?: NodeList) =>
    planFromStack(document, { stack: "prod", secretKeys, ...(nodes && { nodes }) });

const discoveryIn = (...changes: Parameters<typeof baseWith>): Discovery => {
    const { discovery, errors } = judge(discovering(...changes));
    assert.deepEqual(errors, []);
    return discovery!;
};
const node = (name: string, ...addresses: string[]): ClusterNode => ({
    name,
    labels: {},
    addresses,
});
const ask = (discovery: Discovery, answer: readonly ClusterNode[], last: NodeList = {}) => {
    const { nodes, errors } = discoveredNodes(discovery, answer, last);
    return { nodes, errors: errors.map(findingText) };
};

describe("a stack that discovers its nodes", () => {
    it("is judged without a cluster, and says that they are discovered at preview", () => {
        const result = judge(discovering({ "bgp.advertise.all.nodes": ["wn7"] }));
        assert.deepEqual(told(result), { errors: [], warnings: [], todo: [] });
        const { plan, nodes, discovery } = result;
        assert.equal(plan?.discovered, "later");
        assert.deepEqual([plan?.sessions, nodes], [[], {}]);
        assert.deepEqual(discovery, {
            cluster: { context: "lab" },
            selector: {},
            gone: [],
            said: new Map(),
            routers: ["fw-a", "fw-b"].map((name) => ({ name, families: ["ipv4"] })),
        });
    });

    it("has its other mistakes told all the same", () => {
        const wrong = {
            "bgp.asn": 0,
            "bgp.discover": { selector: { matchlabels: {} }, select: {} },
            "bgp.nodes": { wn1: "10.0.0.300", wn2: { maintenance: true } },
        };
        assert.deepEqual(told(judge(baseWith(wrong))).errors, [
            "bgp.discover: unknown key `select`; did you mean `selector`?",
            "bgp.nodes.wn1: 10.0.0.300 is no IP address",
            "bgp.discover.selector: unknown field `matchlabels`, which Kubernetes drops, so that the selector matches everything; did you mean `matchLabels`?",
            "bgp.asn: AS 0 is reserved; private ones are 64512-65534",
        ]);
    });

    it("has the plan of one that lists the same nodes", () => {
        const { plan, nodes } = planned(discovering(), listedAs(listed));
        const { discovered, ...rest } = plan!;
        assert.equal(discovered, "now");
        assert.deepEqual(rest, planned(baseWith({ "bgp.nodes": listed })).plan);
        assert.deepEqual(nodes, listedAs(listed));
    });

    it("drains a node, or gives it another address, by what the file says of it", () => {
        const said = { "bgp.nodes": { wn1: "10.0.0.31", wn2: { maintenance: true } } };
        const { plan, nodes } = planned(discovering(said), { wn1: [], wn2: ["10.0.0.22"] });
        assert.deepEqual(plan!.maintenance, { nodes: ["wn2"], routers: [] });
        assert.deepEqual(nodes, { wn1: ["10.0.0.31"], wn2: ["10.0.0.22"] });
    });

    it("leaves a file that lists its nodes as it is", () => {
        const document = baseWith({ "bgp.nodes": listed });
        assert.deepEqual(planned(document, { wn9: ["10.0.0.29"] }), planned(document));
    });

    it("that does not say so has to list them, each with its address", () => {
        const [missing, open] = [null, { wn1: { maintenance: true }, wn2: "10.0.0.22" }];
        assert.deepEqual(told(judge(baseWith({ "bgp.nodes": missing }))).errors, [
            "bgp: is partly configured: missing nodes",
        ]);
        assert.deepEqual(told(judge(baseWith({ "bgp.nodes": open }))).errors, [
            "bgp.nodes.wn1: a group of keys is no address, no list of one address of each family and no group with an `address`",
        ]);
    });

    it("may drain a router before the nodes are known, and names nodes of a router in its peer", () => {
        const more = {
            "bgp.routers.fw-b.maintenance": true,
            "bgp.routers.fw-a.nodes": ["wn1"],
        };
        const { plan, errors } = judge(discovering(more));
        assert.deepEqual(errors, []);
        const selectors = Object.values(plan!.metallb.peers).map((one) => one.nodeSelectors);
        assert.deepEqual(selectors, [
            [
                {
                    matchExpressions: [
                        { key: "kubernetes.io/hostname", operator: "In", values: ["wn1"] },
                    ],
                },
            ],
            undefined,
        ]);
    });
});

const listedAs = (all: Readonly<Record<string, string>>): NodeList =>
    Object.fromEntries(Object.entries(all).map(([name, address]) => [name, [address]]));

describe("the cluster's answer", () => {
    const names = fc.uniqueArray(
        fc.constantFrom("wn1", "wn2", "wn3", "wn4", "wn5", "constructor", "wn10"),
    );
    const address = (name: string) => `10.0.0.${20 + name.length + name.charCodeAt(2)}`;
    const nodesOf = (all: readonly string[]) => all.map((name) => node(name, address(name)));
    const list = (all: readonly string[]): NodeList =>
        Object.fromEntries(all.map((name) => [name, [address(name)]]));
    const discovery = discoveryIn();

    it("gives the same nodes in whatever order it comes, and loses none", () => {
        const shuffled = names.chain((all) =>
            fc.tuple(
                fc.constant(all),
                fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length }),
            ),
        );
        fc.assert(
            fc.property(shuffled, ([all, other]) => {
                const { nodes } = ask(discovery, nodesOf(all));
                assert.deepEqual(ask(discovery, nodesOf(other)).nodes, nodes);
                assert.deepEqual(Object.keys(ask(discovery, nodesOf(other)).nodes), [
                    ...Object.keys(nodes),
                ]);
                assert.deepEqual(nodes, list(all));
            }),
            runs(200),
        );
    });

    it("is refused where it takes more than half of the last up's nodes, and only there", () => {
        fc.assert(
            fc.property(names, names, names, (before, now, gone) => {
                const answer = nodesOf([...now, "always"]);
                const { errors } = ask({ ...discovery, gone }, answer, list(before));
                const lost = before.filter((one) => !now.includes(one) && !gone.includes(one));
                assert.equal(errors.length, lost.length > before.length / 2 ? 1 : 0);
                // By the words of the error it goes on.
                const all = [...gone, ...lost];
                const way = ask({ ...discovery, gone: all }, answer, list(before));
                assert.deepEqual(way.errors, []);
            }),
            runs(300),
        );
    });

    it("is refused in words that say which nodes, and how to go on", () => {
        const last = list(["wn1", "wn2", "wn3"]);
        assert.deepEqual(ask(discovery, nodesOf(["wn3"]), last).errors, [
            "bgp.discover: the cluster's answer would take 2 of the 3 nodes of the last up away from the firewalls, or give them other addresses: wn1 and wn2, which is more than half; if that is right, name them for one up: bgp.discover.gone: [wn1, wn2]",
        ]);
    });

    it("is refused where most nodes have other addresses, which are other neighbours", () => {
        const moved = ["wn1", "wn2"].map((name) => node(name, `10.9.0.${name.slice(2)}`));
        assert.match(ask(discovery, moved, list(["wn1", "wn2"])).errors[0]!, /take 2 of the 2/);
        const said = new Map([["wn1", true]]);
        assert.deepEqual(ask({ ...discovery, said }, moved, list(["wn1", "wn2"])).errors, []);
    });

    it("is refused where it holds no node", () => {
        const selector = { matchLabels: { bgp: "yes" } };
        assert.deepEqual(ask({ ...discovery, selector }, nodesOf(["wn1"])).errors, [
            "bgp.discover.selector: takes none of the cluster's 1 nodes (kubectl get nodes --show-labels); correct it, or list the nodes in bgp.nodes in place of bgp.discover",
        ]);
    });

    it("is asked for every node that the file says something of", () => {
        const { said } = discoveryIn({ "bgp.nodes": { wn8: { maintenance: true } } });
        assert.deepEqual(ask({ ...discovery, said }, nodesOf(["wn1", "wn2"])).errors, [
            "bgp.nodes.wn8: bgp.discover finds no node wn8; there are wn1 and wn2",
        ]);
    });

    const dual = discoveryIn({ "bgp.routers.fw-b.address": ["10.0.0.3", "fd00::3"] });

    it("gives one address of each family that a node's routers have", () => {
        const both = node("wn1", "10.0.0.21", "FD00::21", "10.1.0.21", "no address");
        assert.deepEqual(ask(discovery, [both]).nodes, { wn1: ["10.0.0.21"] });
        assert.deepEqual(ask(dual, [both]).nodes, { wn1: ["10.0.0.21", "fd00::21"] });
        assert.deepEqual(ask(discovery, [both], { wn1: ["10.1.0.21"] }).nodes, {
            wn1: ["10.1.0.21"],
        });
    });

    it("names a node without an address of a family that one of its routers has", () => {
        const alone = node("wn1", "10.0.0.21");
        assert.deepEqual(ask(dual, [alone]).errors, [
            "bgp.discover: node wn1 has no IPv6 InternalIP (it has 10.0.0.21), and fw-b has an IPv6 address; give the node's in bgp.nodes.wn1, or leave the node out by the selector",
        ]);
        const routers = dual.routers.map((one) =>
            one.name === "fw-b" ? { ...one, nodes: ["wn2"] } : one,
        );
        assert.deepEqual(ask({ ...dual, routers }, [alone]).errors, []);
    });
});

describe("a label selector", () => {
    const key = fc.constantFrom("a", "b", "constructor");
    const value = fc.constantFrom("", "x", "y");
    const labels = fc.dictionary(key, value);
    const values = fc.uniqueArray(value, { minLength: 1 });
    const one = (operator: string, name: string, list?: string[]) => ({
        matchExpressions: [{ key: name, operator, ...(list && { values: list }) }],
    });

    it("takes by each operator what the opposite one leaves", () => {
        fc.assert(
            fc.property(labels, key, values, (has, name, list) => {
                const own = Object.hasOwn(has, name) ? has[name] : undefined;
                const inList = own !== undefined && list.includes(own);
                assert.equal(selects(one("In", name, list), has), inList);
                assert.equal(selects(one("NotIn", name, list), has), !inList);
                assert.equal(selects(one("Exists", name), has), own !== undefined);
                assert.equal(selects(one("DoesNotExist", name), has), own === undefined);
            }),
            runs(300),
        );
    });

    it("takes what all of its parts take, and everything when it has none", () => {
        fc.assert(
            fc.property(labels, labels, key, (wanted, has, name) => {
                const every = Object.entries(wanted).every(([label, text]) =>
                    Object.hasOwn(has, label) ? has[label] === text : false,
                );
                assert.equal(selects({ matchLabels: wanted }, has), every);
                const both = { matchLabels: wanted, ...one("Exists", name) };
                assert.equal(selects(both, has), every && Object.hasOwn(has, name));
                assert.equal(selects({}, has), true);
            }),
            runs(300),
        );
    });
});
