import assert from "node:assert/strict";
import fc from "fast-check";
import { findingText } from "../../config/findings";
import type { Plan } from "../../config/plan";
import { planFromStack } from "../../config/stack";
import { runs, site } from "./arbitrary";

interface Selected {
    readonly matchExpressions: readonly {
        readonly operator: string;
        readonly values?: readonly string[];
    }[];
}

/** Whether MetalLB takes a node, all selectors of which are by name, for one of these. */
const matches = (node: string, selectors: unknown): boolean =>
    (selectors as readonly Selected[] | undefined)?.some(({ matchExpressions }) =>
        matchExpressions.every(({ operator, values = [] }) =>
            operator === "In"
                ? values.includes(node)
                : operator === "NotIn" && !values.includes(node),
        ),
    ) ?? true;

/** Who announces what to whom, as MetalLB reads its objects. */
function announcements({ metallb, sessions }: Plan) {
    const nodes = [...new Set(sessions.map(({ node }) => node))];
    return Object.entries(metallb.bgpAdvertisements).flatMap(([name, spec]) =>
        Object.entries(metallb.peers)
            .filter(([peer]) => (spec.peers as string[] | undefined)?.includes(peer) ?? true)
            .flatMap(([peer, { nodeSelectors }]) =>
                nodes
                    .filter((node) => matches(node, nodeSelectors))
                    .filter((node) => matches(node, spec.nodeSelectors))
                    .map((node) => ({ name, peer, node, pools: spec.ipAddressPools as string[] })),
            ),
    );
}

describe("maintenance, for random sites,", () => {
    it("takes its announcements away and nothing else, unless it leaves an address to nobody", () => {
        const chosen = fc.array(fc.nat(), { minLength: 1, maxLength: 3 });
        let drained = 0;
        let refused = 0;
        fc.assert(
            fc.property(site, chosen, chosen, (random, someNodes, someRouters) => {
                const from = { stack: "prod", secretKeys: random.secretKeys };
                const before = planFromStack(random.document, from).plan!;
                const document = structuredClone(random.document) as unknown as {
                    readonly bgp: {
                        readonly nodes: Record<string, unknown>;
                        readonly routers: Record<string, object>;
                    };
                };
                const { nodes, routers } = document.bgp;
                const pick = (names: readonly string[], numbers: readonly number[]) =>
                    new Set(numbers.slice(1).map((number) => names[number % names.length]!));
                const away = pick(Object.keys(nodes), someNodes);
                const deaf = pick(Object.keys(routers), someRouters);
                for (const node of away) nodes[node] = { address: nodes[node], maintenance: true };
                for (const router of deaf)
                    routers[router] = { ...routers[router], maintenance: true };
                const peers = [...deaf].flatMap((router) => before.metallb.routers[router]!.peers);
                const all = announcements(before);
                const kept = all.filter(
                    ({ peer, node }) => !peers.includes(peer) && !away.has(node),
                );
                const reach = (some: typeof all) =>
                    new Set(
                        some.flatMap(({ peer, pools }) =>
                            random.pools
                                .filter(({ name }) => pools.includes(name))
                                .flatMap(({ name, ranges }) =>
                                    ranges.map(({ family }) => [name, family]),
                                )
                                .filter(([, family]) =>
                                    peer.endsWith(family === "ipv4" ? "-v4" : "-v6"),
                                )
                                .map((each) => each.join(" ")),
                        ),
                    );
                const { plan, errors } = planFromStack(document, from);
                assert.equal(
                    errors.length > 0,
                    reach(kept).size < reach(all).size ||
                        away.size === Object.keys(nodes).length ||
                        deaf.size === Object.keys(routers).length,
                    errors.map(findingText).join("\n"),
                );
                refused += errors.length > 0 ? 1 : 0;
                if (!plan) return;
                drained += away.size + deaf.size > 0 ? 1 : 0;
                assert.deepEqual(announcements(plan), kept);
                assert.deepEqual(plan.firewalls, before.firewalls);
                assert.deepEqual(plan.metallb.peers, before.metallb.peers);
            }),
            runs(60),
        );
        assert.ok(drained > 5 && refused > 5, `${drained} drained, ${refused} refused`);
    });
});
