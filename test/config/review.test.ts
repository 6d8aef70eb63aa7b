import assert from "node:assert/strict";
import { type ClusterReview, type FirewallReview, reviewOf, reviewText } from "../../config/review";
import { changeText, driftOf, objectChanges, type ObjectNow } from "../../config/review/cluster";
import { type ClusterObject, metallbObjects } from "../../config/objects";
import { releaseObjects } from "../../config/release-objects";
import type { JsonObject, MetalLbPlan, SessionPlan } from "../../config/plan";
import { metallbPlan } from "../components/plans";

/** As the API server shows an object that this program has applied. */
function applied({ kind, metadata, spec = {} }: ClusterObject): ObjectNow {
    return { kind, name: metadata.name, spec, set: fieldsOf(spec) };
}
const fieldsOf = (value: JsonObject): JsonObject =>
    Object.fromEntries(
        Object.entries(value)
            .filter(([, inner]) => inner !== undefined)
            .map(([key, inner]) => [
                `f:${key}`,
                typeof inner === "object" && inner !== null && !Array.isArray(inner)
                    ? fieldsOf(inner as JsonObject)
                    : {},
            ]),
    );
const releaseOf = (plan: MetalLbPlan) => {
    const { sources, release } = releaseObjects(plan);
    return [...sources, release];
};
const objectsOf = (plan: MetalLbPlan): ObjectNow[] => [
    ...releaseOf(plan).map(applied),
    ...metallbObjects(plan).flatMap(([, objects]) => objects.map(applied)),
];

describe("what changes in the cluster", () => {
    const now = objectsOf(metallbPlan);
    const texts = (plan: MetalLbPlan, there = now) => objectChanges(plan, there).map(changeText);
    const [pool] = Object.keys(metallbPlan.pools);

    it("is nothing where the API server has filled in defaults", () => {
        const filled = now.map((one) => ({ ...one, spec: { ...one.spec, extra: false } }));
        assert.deepEqual(texts(metallbPlan, filled), []);
    });

    it("is everything in an empty cluster, in the order of making", () => {
        const all = texts(metallbPlan, []);
        assert.equal(all.length, now.length);
        assert.deepEqual(all.slice(0, 4), [
            "chart repository metallb added",
            "chart metallb added",
            "release metallb added",
            `pool ${pool} added`,
        ]);
    });

    it("names what is added, changed and removed", () => {
        const { version } = metallbPlan.chart;
        const plan = {
            ...metallbPlan,
            chart: { ...metallbPlan.chart, version: `${version}-1` },
            pools: { [pool!]: { ...metallbPlan.pools[pool!], autoAssign: false }, more: {} },
            bgpAdvertisements: {},
        };
        assert.deepEqual(texts(plan), [
            "chart metallb changed: version",
            `pool ${pool} changed: autoAssign`,
            "pool more added",
            ...Object.keys(metallbPlan.bgpAdvertisements).map(
                (name) => `advertisement ${name} removed`,
            ),
        ]);
    });

    it("sees what somebody else has changed, and a field that is not wanted any more", () => {
        const drifted = now.map((one) =>
            one.kind === "IPAddressPool" ? { ...one, spec: { addresses: ["10.0.0.0/8"] } } : one,
        );
        assert.deepEqual(texts(metallbPlan, drifted), [`pool ${pool} changed: addresses`]);
        const values = { ...metallbPlan.values, controller: { logLevel: "debug" } };
        const there = objectsOf({ ...metallbPlan, values });
        assert.deepEqual(texts(metallbPlan, there), ["release metallb changed: values"]);
    });

    it("is by others where a field is not this program's any more", () => {
        const [name] = Object.keys(metallbPlan.bgpAdvertisements);
        const there = now.map((one) => {
            if (one.kind !== "BGPAdvertisement") return one;
            const set = Object.fromEntries(
                Object.entries(one.set!).filter(([key]) => key !== "f:communities"),
            );
            return { ...one, spec: { ...one.spec, communities: [] }, set };
        });
        const line = `advertisement ${name} changed by others: communities`;
        assert.deepEqual(texts(metallbPlan, there), [line]);
        const made = new Set([`BGPAdvertisement/${name}`, `IPAddressPool/${pool}`]);
        assert.deepEqual(driftOf(metallbPlan, there, made), [line]);
        assert.deepEqual(driftOf(metallbPlan, now, made), []);
        const gone = now.filter(({ kind }) => kind !== "IPAddressPool" && kind !== "BGPPeer");
        assert.deepEqual(driftOf(metallbPlan, gone, made), [`pool ${pool} removed by others`]);
    });

    it("is by others deep inside a value, too", () => {
        const there = now.map((one) => {
            if (one.kind !== "HelmRelease") return one;
            const values = { ...metallbPlan.values, frrk8s: { enabled: true } };
            const set = structuredClone(one.set!) as Record<string, Record<string, JsonObject>>;
            set["f:values"]!["f:frrk8s"] = {};
            return { ...one, spec: { ...one.spec, values }, set };
        });
        assert.deepEqual(texts(metallbPlan, there), ["release metallb changed by others: values"]);
    });

    it("is not what others have made", () => {
        const foreign = { kind: "IPAddressPool", name: "theirs", spec: {} };
        assert.deepEqual(texts(metallbPlan, [...now, foreign]), []);
    });
});

const session = (router: string, node: string): SessionPlan => ({
    node,
    nodeAddress: `10.0.0.${node.slice(2)}`,
    nodeAsn: 64500,
    router,
    routerAddress: `10.0.0.25${router.length}`,
    routerAsn: 64501,
    family: "ipv4",
    bfd: false,
    firewall: router,
});
const peersOf = (routers: readonly string[]) =>
    Object.fromEntries(routers.map((router) => [router, { peers: [`peer-${router}`] }]));
const planOf = (routers: readonly string[], backend: MetalLbPlan["backend"] = "frr-k8s") => ({
    metallb: { ...metallbPlan, backend, routers: peersOf(routers) },
    sessions: routers.flatMap((router) => ["wn1", "wn2"].map((node) => session(router, node))),
});
const quiet: ClusterReview = {
    objects: [],
    others: [],
    services: [],
    waiting: [],
    outage: 0,
    allSessions: false,
    problems: [],
};
const asWanted: FirewallReview = { changes: [], effect: "none" };

describe("the review of a change", () => {
    const two = planOf(["fw-a", "fw-b"]);
    const peerChanged = (name: string, ...fields: string[]): ClusterReview => ({
        ...quiet,
        objects: [{ kind: "BGPPeer", name, how: "changed", fields }],
    });

    it("is one line where nothing changes", () => {
        const review = reviewOf(two, quiet, { "fw-a": asWanted, "fw-b": asWanted });
        assert.equal(
            reviewText(review),
            "This changes nothing: cluster, fw-a, fw-b are as the stack says.",
        );
    });

    it("names who is in maintenance, also where nothing changes", () => {
        const away = { ...two, maintenance: { nodes: ["wn2"], routers: ["fw-b"] } };
        const asked = { "fw-a": asWanted, "fw-b": asWanted };
        const object = { kind: "BGPAdvertisement", name: "all", how: "changed" } as const;
        const cluster = { ...quiet, objects: [{ ...object, fields: ["nodeSelectors"] }] };
        const review = reviewOf(away, cluster, asked);
        const { digest } = review;
        assert.notEqual(digest, reviewOf(two, cluster, asked).digest);
        assert.equal(
            reviewText(review),
            [
                "What this changes:",
                "  cluster      advertisement all changed: nodeSelectors",
                "  fw-a         nothing",
                "  fw-b         nothing",
                "  services     every address stays where it is",
                "  sessions     all stay",
                "  maintenance  node wn2: announces nothing; its sessions stay and carry nothing",
                "               router fw-b: is told nothing; its sessions stay and carry nothing",
                "  outage       none expected",
                `  digest       ${digest}: METALLB_PFSENSE_REVIEWED=${digest} pulumi up does this, or nothing`,
            ].join("\n"),
        );
        assert.equal(
            reviewText(reviewOf(away, quiet, asked)),
            [
                "This changes nothing: cluster, fw-a, fw-b are as the stack says.",
                "In maintenance is node wn2: announces nothing; its sessions stay and carry nothing.",
                "In maintenance is router fw-b: is told nothing; its sessions stay and carry nothing.",
            ].join("\n"),
        );
    });

    it("tells a session that is shut, and one that comes back, from one that is reset", () => {
        const sessions = two.sessions.map((one) =>
            one.node === "wn2" ? { ...one, drained: true as const, shut: true as const } : one,
        );
        const closing: FirewallReview = {
            changes: [
                "neighbour 10.0.0.1 changed: password, shutdown, shutdownmessage",
                "neighbour 10.0.0.2 changed: shutdown, shutdownmessage",
            ],
            effect: "resets",
            resets: ["10.0.0.1", "10.0.0.2"],
        };
        const review = reviewOf({ ...two, sessions }, quiet, { "fw-a": closing, "fw-b": asWanted });
        assert.deepEqual(review.sessions, ["with fw-a: new 10.0.0.1; shut 10.0.0.2"]);
        assert.equal(review.outage, 0);
    });

    it("says for every place what changes, and what that does", () => {
        const cluster: ClusterReview = {
            ...quiet,
            others: ["password bgp-peer-fw-a changed"],
            objects: [{ kind: "IPAddressPool", name: "b", how: "added", fields: [] }],
            services: ["service demo/web 10.1.0.1 keeps its address."],
            outage: 2,
        };
        const review = reviewOf(two, cluster, {
            "fw-a": {
                changes: ["neighbour 10.0.0.1 changed: password", "neighbour 10.0.0.9 removed"],
                effect: "resets",
                resets: ["10.0.0.1"],
            },
            "fw-b": {},
        });
        const { digest } = review;
        assert.match(digest, /^[0-9a-f]{12}$/);
        assert.equal(
            reviewText(review),
            [
                "What this changes:",
                "  cluster   password bgp-peer-fw-a changed",
                "            pool b added",
                "  fw-a      neighbour 10.0.0.1 changed: password",
                "            neighbour 10.0.0.9 removed",
                "  fw-b      not asked",
                "  services  service demo/web 10.1.0.1 keeps its address.",
                "  sessions  with fw-a: ended 10.0.0.9; reset 10.0.0.1",
                "  outage    addresses may not answer for 2 s",
                `  digest    ${digest}: METALLB_PFSENSE_REVIEWED=${digest} pulumi up does this, or nothing`,
            ].join("\n"),
        );
    });

    it("says what an up would refuse, and that a cluster was not asked", () => {
        const review = reviewOf(two, undefined, {
            "fw-a": { problems: ["the FRR package is missing"] },
            "fw-b": asWanted,
        });
        assert.deepEqual(
            { ...review, digest: "" },
            {
                firewalls: { "fw-a": undefined, "fw-b": [] },
                services: [],
                sessions: [],
                outage: 0,
                drift: false,
                refused: ["fw-a: the FRR package is missing"],
                digest: "",
            },
        );
        assert.equal(
            reviewText(review),
            [
                "What this changes:",
                "  cluster   not asked",
                "  fw-a      refuses, see below",
                "  fw-b      nothing",
                "  services  not known",
                "  sessions  not known",
                "  outage    not known",
                "  refused   fw-a: the FRR package is missing",
                `  digest    ${review.digest}: METALLB_PFSENSE_REVIEWED=${review.digest} pulumi up does this, or nothing`,
            ].join("\n"),
        );
    });

    it("cuts what is long, and its digest does not", () => {
        const added = (count: number) => ({
            "fw-a": {
                changes: Array.from({ length: count }, (_, index) => `prefix list ${index} added`),
            },
        });
        const [ten, eleven] = [10, 11].map((count) => reviewOf(two, quiet, added(count)));
        assert.match(reviewText(ten!), /prefix list 7 added\n +and 2 more\n/);
        assert.doesNotMatch(reviewText(ten!), /prefix list 8/);
        assert.notEqual(ten!.digest, eleven!.digest);
    });

    it("tells a session that is reset from one that stays", () => {
        const lines = (cluster: ClusterReview, backend?: MetalLbPlan["backend"]) =>
            reviewOf(planOf(["fw-a"], backend), cluster, { "fw-a": asWanted }).sessions;
        const reset = ["with fw-a: reset 10.0.0.1, 10.0.0.2"];
        assert.deepEqual(lines(peerChanged("peer-fw-a", "holdTime")), []);
        assert.deepEqual(lines(peerChanged("peer-fw-a", "holdTime"), "native"), reset);
        assert.deepEqual(lines(peerChanged("peer-fw-a", "holdTime", "peerASN")), reset);
        assert.deepEqual(lines(peerChanged("peer-fw-b", "peerASN")), []);
        assert.deepEqual(lines({ ...quiet, allSessions: true }), ["all are reset"]);
        const chart = { kind: "HelmChart", name: "metallb", how: "changed", fields: ["version"] };
        assert.deepEqual(
            lines({ ...quiet, objects: [chart as ClusterReview["objects"][number]] }),
            ["all are reset, node by node, as the speakers restart"],
        );
    });

    it("promises no outage where another router carries, and some where none does", () => {
        const restart: FirewallReview = { changes: ["BFD enabled"], effect: "restart" };
        const alone = reviewOf(planOf(["fw-a"]), quiet, { "fw-a": restart });
        assert.deepEqual(alone.sessions, ["with fw-a: reset 10.0.0.1, 10.0.0.2"]);
        assert.equal(alone.outage, 10);
        const both = reviewOf(two, quiet, { "fw-a": restart, "fw-b": restart });
        assert.equal(both.outage, 0);
        const one: FirewallReview = { changes: ["x"], effect: "resets", resets: ["10.0.0.1"] };
        assert.equal(reviewOf(planOf(["fw-a"]), quiet, { "fw-a": one }).outage, 0);
    });

    it("says that the sessions with a router end that goes", () => {
        const gone = { kind: "BGPPeer", name: "peer-fw-c", how: "removed", fields: [] } as const;
        const review = reviewOf(two, { ...quiet, objects: [gone] }, { "fw-a": asWanted });
        assert.deepEqual(review.sessions, ["of peer-fw-c: all end"]);
        assert.equal(review.outage, 0);
    });

    it("counts the moment in which FRR exchanges a filter", () => {
        const outage = (change: string) =>
            reviewOf(two, quiet, { "fw-a": { changes: [change], effect: "reload" } }).outage;
        assert.equal(outage("prefix list dev-in-v4 changed: row"), 1);
        assert.equal(outage("neighbour 10.0.0.1 changed: descr, prefixfilter_in"), 1);
        assert.equal(outage("neighbour 10.0.0.1 changed: timers_holdtime"), 0);
        assert.equal(outage("prefix list dev-in-v4 added"), 0);
    });

    it("says which sessions come and end", () => {
        const changes = ["neighbour 10.0.0.2 added", "neighbour 10.0.0.7 removed"];
        const review = reviewOf(two, quiet, { "fw-a": { changes, effect: "reload" }, "fw-b": {} });
        assert.deepEqual(review.sessions, ["with fw-a: new 10.0.0.2; ended 10.0.0.7"]);
    });
});
