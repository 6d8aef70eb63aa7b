import assert from "node:assert/strict";
import type { BfdTimers } from "../../config/plan";
import { poll } from "../../lab/poll";
import { Bench } from "./bench";
import { withoutRevision } from "./config-xml";
import { assertUnharmed } from "./expect";
import { neighbour, wantedState } from "./wanted";

const fast: BfdTimers = { detectMultiplier: 4, receiveInterval: 150, transmitInterval: 160 };
/** FRR's own, which its running configuration does not print. */
const own: BfdTimers = { detectMultiplier: 3, receiveInterval: 300, transmitInterval: 300 };
const slow: BfdTimers = { detectMultiplier: 3, receiveInterval: 700, transmitInterval: 700 };

const six = {
    address: "fd00:33::22",
    family: "ipv6",
    updateSource: "default",
    prefixListIn: "BENCH6-IN",
    prefixListOut: "BENCH6-OUT",
} as const;
const lists6 = wantedState(0).prefixLists.map((list) => ({
    ...list,
    name: list.name.replace("BENCH", "BENCH6"),
    family: "ipv6" as const,
    rules: [{ seq: 10, action: "deny" as const, any: true as const }],
}));

/** One node by IPv4, one by IPv6, one with FRR's own numbers. */
const withTimers = (bfdTimers: BfdTimers) => ({
    wanted: wantedState(0, {
        neighbours: [
            neighbour(0, { bfd: true, bfdTimers }),
            neighbour(1, { bfd: true, bfdTimers, ...six }),
            neighbour(2, { bfd: true }),
        ],
        prefixLists: [...wantedState(0).prefixLists, ...lists6],
    }),
});

describe("firewall bench: BFD's numbers", () => {
    let bench: Bench;
    let start: string;
    let established: number;

    before(async () => {
        bench = await Bench.start("bfd", { daemons: "real" });
        const address = ["addr", "add", "fd00:33::2/64", "dev", "eth0", "nodad"];
        await bench.firewall.run(["ip", ...address]);
        await bench.speaker(21);
        start = await bench.config();
    });
    after(() => bench.stop());

    interface Peer {
        readonly peer: string;
        readonly "detect-multiplier": number;
        readonly "receive-interval": number;
        readonly "transmit-interval": number;
    }

    /** The sessions of FRR's bfdd, one a neighbour. */
    const numbers = async () => {
        const peers = JSON.parse(await bench.firewall.vtysh("show bfd peers json")) as Peer[];
        const told = peers.map(
            (one) =>
                `${one.peer}: ${one["receive-interval"]} / ${one["transmit-interval"]} × ${one["detect-multiplier"]}`,
        );
        return told.sort();
    };

    const resets = async () => {
        const text = await bench.firewall.vtysh("show bgp neighbors json");
        const { "192.168.33.21": one } = JSON.parse(text) as Record<string, NeighborJson>;
        assert.equal(one!.bgpState, "Established");
        return one!.connectionsEstablished;
    };

    it("are the profile's, one session a neighbour", async () => {
        const result = await bench.act("apply", withTimers(fast));
        assert.equal(result.outcome, "changed", result.message);
        assert.ok(result.changes.includes("BFD peer 192.168.33.21 added"), result.message);
        assert.deepEqual(await numbers(), [
            "192.168.33.21: 150 / 160 × 4",
            "192.168.33.23: 300 / 300 × 3",
            "fd00:33::22: 150 / 160 × 4",
        ]);
        await poll("the session", async () => (await resets()) > 0);
        established = await resets();
    });

    it("change without a reset, and a second apply has nothing to do", async () => {
        const told = await bench.act("observe", withTimers(slow));
        assert.deepEqual(
            [told.effect, told.changes],
            [
                "reload",
                ["fd00:33::22", "192.168.33.21"].map(
                    (peer) =>
                        `BFD peer ${peer} changed: detectmultiplier, receiveinterval, transmitinterval`,
                ),
            ],
        );
        const result = await bench.act("apply", withTimers(slow));
        assert.deepEqual([result.outcome, result.changes], ["changed", told.changes]);
        assert.deepEqual(await numbers(), [
            "192.168.33.21: 700 / 700 × 3",
            "192.168.33.23: 300 / 300 × 3",
            "fd00:33::22: 700 / 700 × 3",
        ]);
        assert.equal(await resets(), established);
        assert.equal((await bench.act("apply", withTimers(slow))).outcome, "unchanged");
    });

    it("are there after a restart of FRR, and a look finds nothing to do", async () => {
        await bench.firewall.run(["/usr/local/etc/rc.d/frr", "forcestop"]);
        await bench.generate();
        await poll("bfdd", async () => (await numbers()).length === 3);
        assert.deepEqual((await bench.act("observe", withTimers(slow))).changes, []);
        assert.ok((await numbers()).includes("fd00:33::22: 700 / 700 × 3"));
    });

    it("are FRR's own again when the profile says so", async () => {
        const told = await bench.act("observe", withTimers(own));
        assert.equal(told.changes.length, 2);
        const result = await bench.act("apply", withTimers(own));
        assert.equal(result.outcome, "changed", result.message);
        assert.deepEqual(await numbers(), [
            "192.168.33.21: 300 / 300 × 3",
            "192.168.33.23: 300 / 300 × 3",
            "fd00:33::22: 300 / 300 × 3",
        ]);
        assert.deepEqual((await bench.act("observe", withTimers(own))).changes, []);
    });

    it("go with what is removed", async () => {
        const result = await bench.act("remove", withTimers(own));
        assert.equal(result.outcome, "removed", result.message);
        await assertUnharmed(bench);
        assert.equal(withoutRevision(await bench.config()), withoutRevision(start));
    });
});

interface NeighborJson {
    readonly bgpState: string;
    readonly connectionsEstablished: number;
}
