import assert from "node:assert/strict";
import { metallbKinds } from "../../config/objects";
import { renderPlan } from "../../config/render";
import { judgeObject, recordedKinds, RELEASES, type Release } from "../crds";
import { baseWith, families, judge } from "./fixtures";
import { examplePlans, renderedObjects } from "./rendered";

const recorded = Object.fromEntries(
    RELEASES.map((release) => [release, recordedKinds(release)]),
) as Record<Release, ReturnType<typeof recordedKinds>>;

const isRecorded = (version: string): version is Release => Object.hasOwn(recorded, version);

describe("every object, by the kinds of the chart in use", () => {
    const plans = examplePlans();

    for (const [example, plan] of Object.entries(plans)) {
        it(`of the example ${example} is taken`, () => {
            const { version } = plan.metallb.chart;
            assert.ok(isRecorded(version), `test/golden/crds has no ${version}`);
            const objects = renderedObjects(plan);
            assert.ok(objects.length > 0);
            assert.deepEqual(
                objects.flatMap((one) => judgeObject(recorded[version], one)),
                [],
            );
        });
    }

    it("of the examples is of every kind", () => {
        const kinds = Object.values(plans).flatMap((plan) => renderedObjects(plan));
        assert.deepEqual(
            new Set(kinds.map(({ kind }) => kind)),
            new Set(Object.values(metallbKinds)),
        );
    });

    for (const { name, cases } of families) {
        it(`of the stacks that keep the rules of ${name} is taken`, () => {
            for (const { rule, set, valid } of cases) {
                const { plan } = judge(baseWith(set, valid));
                const { version } = plan!.metallb.chart;
                if (!isRecorded(version)) continue;
                assert.deepEqual(
                    renderedObjects(plan!, [renderPlan]).flatMap((one) =>
                        judgeObject(recorded[version], one),
                    ),
                    [],
                    rule,
                );
            }
        });
    }
});

describe("the judge of objects", () => {
    const kinds = recorded["0.16.1"];
    const refused = (kind: string, spec: object, apiVersion = "metallb.io/v1beta1") =>
        judgeObject(kinds, { apiVersion, kind, metadata: { name: "a" }, spec });

    for (const [what, kind, spec, said] of [
        ["an unknown field", "BFDProfile", { echo: true }, /^BFDProfile a: spec: .*"echo"/],
        ["a number that is too high", "BFDProfile", { minimumTtl: 255 }, /spec\.minimumTtl/],
        ["more than an int32 holds", "BGPAdvertisement", { localPref: 2 ** 31 }, /spec\.localPref/],
        ["a text for a number", "BGPAdvertisement", { localPref: "1" }, /spec\.localPref/],
        ["a missing field", "IPAddressPool", { autoAssign: true }, /spec\.addresses/],
        [
            "an unknown field of a selector",
            "L2Advertisement",
            { nodeSelectors: [{ labels: {} }] },
            /spec\.nodeSelectors\.0: .*"labels"/,
        ],
        [
            "a label that is no text",
            "L2Advertisement",
            { nodeSelectors: [{ matchLabels: { a: 1 } }] },
            /spec\.nodeSelectors\.0\.matchLabels\.a/,
        ],
        ["an old version", "BGPPeer", { myASN: 1 }, /^BGPPeer a: no kind of metallb.io\/v1beta1$/],
    ] as const) {
        it(`refuses ${what}`, () => {
            const [text, ...more] = refused(kind, spec);
            assert.match(text ?? "", said);
            assert.deepEqual(more, []);
        });
    }

    it("takes what is right", () => {
        const nodeSelectors = [{ matchLabels: { a: "b" }, matchExpressions: [] }];
        assert.deepEqual(refused("L2Advertisement", { nodeSelectors }), []);
        const peer = { myASN: 4294967295, dynamicASN: "external" };
        assert.deepEqual(refused("BGPPeer", peer, "metallb.io/v1beta2"), []);
    });
});
