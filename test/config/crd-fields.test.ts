import assert from "node:assert/strict";
import { keysAt } from "../../config/schema-json";
import { renderPlan } from "../../config/render";
import { summaryOf } from "../../config/summary";
import { fieldsOf, judgeObject, recordedKinds, RELEASES } from "../crds";
import { everyField } from "./every-field";
import { baseWith, judge, told } from "./fixtures";
import { renderedObjects, type RenderedObject } from "./rendered";

/** Config key that a field comes from, or why there is none. */
type Answer = string | { readonly refused: string };

interface KindAnswers {
    /** Group of keys in the base of the fixtures where people would write such a field. */
    readonly group?: readonly string[];
    readonly fields: Readonly<Record<string, Answer>>;
}

const byName = {
    refused:
        "not supported: what the routers accept is derived from the pools; name them in `pools`",
};

const answers: Readonly<Record<string, KindAnswers>> = {
    IPAddressPool: {
        group: ["metallb", "pools", "public"],
        fields: {
            addresses: "metallb.pools.*.addresses",
            autoAssign: "metallb.pools.*.autoAssign",
            avoidBuggyIPs: "metallb.pools.*.avoidBuggyIPs",
            "serviceAllocation.namespaceSelectors":
                "metallb.pools.*.serviceAllocation.namespaceSelectors",
            "serviceAllocation.namespaces": "metallb.pools.*.serviceAllocation.namespaces",
            "serviceAllocation.priority": "metallb.pools.*.serviceAllocation.priority",
            "serviceAllocation.serviceSelectors":
                "metallb.pools.*.serviceAllocation.serviceSelectors",
        },
    },
    L2Advertisement: {
        group: ["metallb", "l2", "all"],
        fields: {
            interfaces: "metallb.l2.*.interfaces",
            ipAddressPoolSelectors: byName,
            ipAddressPools: "metallb.l2.*.pools",
            nodeSelectors: "metallb.l2.*.nodeSelectors",
            "preferredNodeSelectors.preference": "metallb.l2.*.preferredNodeSelectors.*.preference",
            "preferredNodeSelectors.weight": "metallb.l2.*.preferredNodeSelectors.*.weight",
            serviceSelectors: "metallb.l2.*.serviceSelectors",
        },
    },
    BGPAdvertisement: {
        group: ["bgp", "advertise", "all"],
        fields: {
            aggregationLength: "bgp.advertise.*.aggregationLength",
            aggregationLengthV6: "bgp.advertise.*.aggregationLengthV6",
            asPathPrepend: "bgp.advertise.*.asPathPrepend",
            communities: "bgp.advertise.*.communities",
            ipAddressPoolSelectors: byName,
            ipAddressPools: "bgp.advertise.*.pools",
            localPref: "bgp.advertise.*.localPref",
            nodeSelectors: "bgp.advertise.*.nodeSelectors",
            peers: "bgp.advertise.*.peers",
            serviceSelectors: "bgp.advertise.*.serviceSelectors",
        },
    },
    BGPPeer: {
        group: ["bgp", "routers", "fw-a"],
        fields: {
            bfdProfile: "bgp.routers.*.bfd",
            connectTime: "bgp.routers.*.timers.connect",
            disableMP: {
                refused:
                    "not supported: MetalLB has no use for it, and skips every check of such a peer",
            },
            dualStackAddressFamily: {
                refused:
                    "not supported: give the router an address of each family, which makes a session of each",
            },
            dynamicASN: "bgp.routers.*.dynamicAsn",
            ebgpMultiHop: "bgp.routers.*.multihop",
            enableGracefulRestart: "bgp.routers.*.gracefulRestart",
            holdTime: "bgp.routers.*.timers.hold",
            interface: {
                refused:
                    "interface (unnumbered) peers are not supported: both ends are derived from addresses; give `address`",
            },
            keepaliveTime: "bgp.routers.*.timers.keepalive",
            localASN: "bgp.routers.*.localAsn",
            myASN: "bgp.asn",
            nodeSelectors: "bgp.routers.*.nodes",
            password: {
                refused: "passwords are secrets: pulumi config set --secret bgpPassword",
            },
            "passwordSecret.name": "bgpPassword",
            "passwordSecret.namespace": "metallb.namespace",
            peerASN: "bgp.routers.*.asn",
            peerAddress: "bgp.routers.*.address",
            peerPort: "bgp.routers.*.port",
            routerID: "bgp.routers.*.clusterRouterId",
            sourceAddress: "bgp.routers.*.sourceAddress",
            vrf: "bgp.routers.*.vrf",
        },
    },
    BFDProfile: {
        group: ["bgp", "bfdProfiles", "fast"],
        fields: {
            detectMultiplier: "bgp.bfdProfiles.*.detectMultiplier",
            echoInterval: "bgp.bfdProfiles.*.echoInterval",
            echoMode: "bgp.bfdProfiles.*.echoMode",
            minimumTtl: "bgp.bfdProfiles.*.minimumTtl",
            passiveMode: "bgp.bfdProfiles.*.passiveMode",
            receiveInterval: "bgp.bfdProfiles.*.receiveInterval",
            transmitInterval: "bgp.bfdProfiles.*.transmitInterval",
        },
    },
    Community: {
        fields: {
            "communities.name": "bgp.communities",
            "communities.value": "bgp.communities",
        },
    },
    // MetalLB writes these; nothing can be said in them.
    ConfigurationState: { fields: {} },
    ServiceBGPStatus: { fields: {} },
    ServiceL2Status: { fields: {} },
};

/** What a release has and the one before has not; check refuses it with an older one. */
const added: Readonly<Record<string, readonly string[]>> = {
    "0.16.1": [],
    "0.16.2": [
        "BGPAdvertisement.asPathPrepend",
        "L2Advertisement.preferredNodeSelectors.preference",
        "L2Advertisement.preferredNodeSelectors.weight",
    ],
};

const isSaid = (answer: Answer): answer is string => typeof answer === "string";

const fieldsIn = (kinds: ReturnType<typeof recordedKinds>): string[] =>
    Object.entries(kinds).flatMap(([kind, one]) => fieldsOf(one).map((path) => `${kind}.${path}`));

const answered = Object.entries(answers).flatMap(([kind, { fields }]) =>
    Object.entries(fields).map(([field, answer]) => ({ name: `${kind}.${field}`, answer })),
);

/** Whether something stands at a path, in one item at least where it leads through a list. */
function stands(value: unknown, [key, ...rest]: readonly string[]): boolean {
    if (Array.isArray(value)) return value.some((one) => stands(one, [key!, ...rest]));
    if (key === undefined) return value !== undefined;
    if (typeof value !== "object" || value === null) return false;
    return stands((value as Record<string, unknown>)[key], rest);
}

describe("every field of MetalLB's kinds", () => {
    const newest = recordedKinds(RELEASES.at(-1)!);

    it("has a config key, or a reason why it has none", () => {
        assert.deepEqual(answered.map(({ name }) => name).sort(), fieldsIn(newest).sort());
        assert.deepEqual(Object.keys(answers).sort(), Object.keys(newest).sort());
    });

    for (const [index, release] of RELEASES.entries()) {
        it(`that ${release} has and its predecessor has not is known`, () => {
            const before = fieldsIn(recordedKinds(RELEASES[Math.max(0, index - 1)]!));
            const now = fieldsIn(recordedKinds(release));
            assert.deepEqual(
                now.filter((field) => !before.includes(field)),
                added[release],
            );
            assert.deepEqual(
                before.filter((field) => !now.includes(field)),
                [],
            );
        });
    }

    it("has a key that the stack file takes", () => {
        const keys = answered.flatMap(({ answer }) => (isSaid(answer) ? [answer] : []));
        // A secret is no key of a group.
        const unknown = keys.filter((key) => {
            const path = key.split(".").map((part) => (part === "*" ? "0" : part));
            return key !== "bgpPassword" && !keysAt(path.slice(0, -1)).includes(path.at(-1)!);
        });
        assert.deepEqual(unknown, []);
    });

    it("with a key stands in an object where the key is given, and no other does", () => {
        const objects: RenderedObject[] = [];
        for (const [name, changes] of Object.entries(everyField)) {
            const { plan, errors } = judge(baseWith(changes));
            assert.deepEqual(errors, [], name);
            const made = renderedObjects(plan!, [renderPlan]);
            const release = RELEASES.find((one) => one === plan!.metallb.chart.version)!;
            const said = made.flatMap((one) => judgeObject(recordedKinds(release), one));
            assert.deepEqual(said, [], name);
            objects.push(...made);
        }
        const standing = answered.filter(({ name }) => {
            const [kind, ...path] = name.split(".");
            return objects.some((one) => one.kind === kind && stands(one.spec, path));
        });
        assert.deepEqual(
            standing.map(({ name }) => name),
            answered.filter(({ answer }) => isSaid(answer)).map(({ name }) => name),
        );
    });

    it("of an announcement is in what check shows of it", () => {
        const { plan } = judge(baseWith(everyField["0.16.2, frr-k8s"]));
        assert.deepEqual(
            summaryOf(plan!).announcements.map(({ way, details }) => ({ way, details })),
            [
                {
                    way: "BGP",
                    details: [
                        "site",
                        "local preference 100",
                        "AS number 3 times more",
                        "for selected services",
                        "from selected nodes",
                    ],
                },
                {
                    way: "layer 2",
                    details: [
                        "on eth0",
                        "for selected services",
                        "from selected nodes",
                        "from preferred nodes first",
                    ],
                },
            ],
        );
    });

    for (const [kind, { group, fields }] of Object.entries(answers)) {
        if (!group) continue;
        it(`of ${kind} that is written as MetalLB has it is answered with the key or the reason`, () => {
            const base = baseWith({
                "metallb.l2.all": { pools: ["public"] },
                "bgp.bfdProfiles.fast": {},
            });
            const typed = new Map<string, Answer>();
            for (const [field, answer] of Object.entries(fields)) {
                const name = field.split(".")[0]!;
                if (!keysAt(group).includes(name) && !typed.has(name)) typed.set(name, answer);
            }
            for (const [name, answer] of typed) {
                const document = structuredClone(base);
                const holder = group.reduce<Record<string, unknown>>(
                    (inner, key) => inner[key] as Record<string, unknown>,
                    document,
                );
                holder[name] = "x";
                const { errors } = told(judge(document));
                const start: string = `${group.join(".")}: unknown key \`${name}\`; `;
                const [text] = errors.filter((one) => one.startsWith(start));
                if (isSaid(answer)) {
                    const key = answer.split(".").at(-1)!;
                    assert.ok(text?.includes(key), text);
                } else {
                    assert.equal(text, start + answer.refused);
                }
            }
        });
    }
});
