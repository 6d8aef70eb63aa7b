import type { JsonObject, MetalLbPlan } from "./plan";

/** A BGPPeer as the cluster has it. */
export interface PeerNow {
    readonly name: string;
    /** Made by this program. */
    readonly ours: boolean;
    readonly spec: JsonObject;
}

/** What the cluster has of MetalLB that stands in the way of another backend or AS number. */
export interface PeersNow {
    /** Backend of the release; absent: there is none, or it does not say. */
    readonly backend?: MetalLbPlan["backend"];
    readonly peers: readonly PeerNow[];
    /** BFD profiles by name, and whether this program has made them. */
    readonly profiles: Readonly<Record<string, boolean>>;
}

/** What has to happen before peers are changed one after the other. */
export interface PeerChange {
    /** The backend changes from this one to the plan's. */
    readonly from?: MetalLbPlan["backend"];
    /** Specs that peers get all at once, before the first of them is changed. */
    readonly together: Readonly<Record<string, JsonObject>>;
    /** Peers that go before the first of the others is changed. */
    readonly goFirst: readonly string[];
    /** Specs that peers get before the release is changed. */
    readonly beforehand: Readonly<Record<string, JsonObject>>;
    /** BFD profiles that go before the release is changed. */
    readonly profilesFirst: readonly string[];
    /** What cannot be done, one sentence each. */
    readonly problems: readonly string[];
}

/** What all peers of a VRF that share nodes have in common with FRR (internal/config/validation.go). */
const common = ["myASN", "routerID"] as const;

/** What native mode refuses on any peer (internal/config/validation.go, DiscardFRROnly). */
const frrOnly = [
    "bfdProfile",
    "connectTime",
    "disableMP",
    "dualStackAddressFamily",
    "dynamicASN",
    "enableGracefulRestart",
    "interface",
    "keepaliveTime",
    "localASN",
    "vrf",
] as const;

/**
 * How to come from the peers that are there to those that are wanted. MetalLB's webhook judges a
 * changed peer together with all the others as they are at that moment, so that a value which all
 * have in common cannot be changed peer by peer; and its native mode stands still while there is
 * anything that only FRR has.
 */
export function peerChange(
    { backend, peers: wanted }: Pick<MetalLbPlan, "backend" | "peers">,
    { backend: before, peers, profiles }: PeersNow,
): PeerChange {
    const from = before !== undefined && before !== backend ? before : undefined;
    const none: PeerChange = {
        ...(from && { from }),
        together: {},
        goFirst: [],
        beforehand: {},
        profilesFirst: [],
        problems: [],
    };
    return backend === "native"
        ? { ...none, ...toNative(wanted, peers, profiles) }
        : { ...none, ...withFrr(wanted, peers, from === "native") };
}

type Wanted = MetalLbPlan["peers"];

/** @param fresh the peers are of native mode, which has no connect time */
function withFrr(wanted: Wanted, peers: readonly PeerNow[], fresh: boolean): Partial<PeerChange> {
    const together: Record<string, JsonObject> = {};
    const goFirst: string[] = [];
    const problems: string[] = [];
    for (const { name, ours, spec } of peers) {
        const next = wanted[name];
        if (next) {
            const clashes = common.some((key) => next[key] !== spec[key]);
            if (ours && clashes) goFirst.push(name);
            if (ours && (fresh || clashes)) {
                const keys = fresh ? [...common, "connectTime"] : common;
                together[name] = { ...without(spec, keys), ...only(next, keys) };
            }
            continue;
        }
        const other = Object.values(wanted).find(
            (peer) =>
                peer.vrf === spec.vrf &&
                peer.nodeSelectors === undefined &&
                common.some((key) => peer[key] !== spec[key]),
        );
        if (!other) continue;
        if (ours) goFirst.push(name);
        else problems.push(foreignPeer(name, spec, other));
    }
    return { together, goFirst, problems };
}

const foreignPeer = (name: string, spec: JsonObject, other: JsonObject): string =>
    `The BGPPeer ${name} in the cluster, which this program has not made, has AS ${text(spec.myASN)} for the nodes, and this stack AS ${text(other.myASN)}: with FRR a node has one AS number and one router ID; delete it, or give it the same.`;

function toNative(
    wanted: Wanted,
    peers: readonly PeerNow[],
    profiles: PeersNow["profiles"],
): Partial<PeerChange> {
    // The API server fills in what is false or empty by default.
    const held = peers.filter(({ spec }) => frrOnly.some((key) => spec[key]));
    const own = held.filter(({ ours }) => ours);
    const foreign = [
        ...held.filter(({ ours }) => !ours).map(({ name }) => `BGPPeer ${name}`),
        ...Object.entries(profiles).flatMap(([name, ours]) => (ours ? [] : `BFDProfile ${name}`)),
    ];
    return {
        beforehand: Object.fromEntries(
            own.map(({ name, spec }) => [
                name,
                { ...without(spec, frrOnly), ...only(wanted[name] ?? {}, ["peerASN"]) },
            ]),
        ),
        profilesFirst: Object.keys(profiles).filter((name) => profiles[name]),
        problems: foreign.map(
            (object) =>
                `The ${object} in the cluster, which this program has not made, has what the native backend has not, and stops it altogether: delete it, or take another metallb.backend.`,
        ),
    };
}

const without = (spec: JsonObject, keys: readonly string[]): JsonObject =>
    Object.fromEntries(Object.entries(spec).filter(([key]) => !keys.includes(key)));

const only = (spec: JsonObject, keys: readonly string[]): JsonObject =>
    Object.fromEntries(
        Object.entries(spec).filter(([key, value]) => keys.includes(key) && value !== undefined),
    );

const text = (value: JsonObject[string] | undefined): string => JSON.stringify(value ?? "none");
