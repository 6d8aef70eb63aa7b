import assert from "node:assert/strict";
import type { AgentRequest } from "../../components/pfsense/agent";
import { poll } from "../../lab/poll";
import { Bench } from "./bench";
import { assertUnharmed } from "./expect";
import { Traffic } from "./traffic";
import { wantedState } from "./wanted";

interface Session {
    readonly state: string;
    /** Milliseconds since the session came up. */
    readonly uptime: number;
    /** Times it came up since bgpd started. */
    readonly established: number;
    readonly dropped: number;
    readonly notifications: number;
    /** Messages both ways since bgpd started. */
    readonly messages: number;
    readonly accepted: number;
}

interface NeighborJson {
    bgpState: string;
    bgpTimerUpMsec?: number;
    connectionsEstablished: number;
    connectionsDropped: number;
    messageStats: Record<
        "notificationsSent" | "notificationsRecv" | "totalSent" | "totalRecv",
        number
    >;
    addressFamilyInfo?: { ipv4Unicast?: { acceptedPrefixCounter?: number } };
}

describe("firewall bench: running sessions", () => {
    let bench: Bench;
    let traffic: Traffic | undefined;

    before(async () => {
        bench = await Bench.start("hitless", { daemons: "real" });
        for (const last of [21, 22, 23]) await bench.speaker(last);
        const { outcome } = await bench.act("apply");
        assert.equal(outcome, "changed");
    });
    after(async () => {
        await traffic?.stop();
        await bench.stop();
    });

    async function sessions(): Promise<Record<string, Session>> {
        const text = await bench.firewall.vtysh("show bgp neighbors json");
        const found = Object.entries(JSON.parse(text) as Record<string, NeighborJson>);
        return Object.fromEntries(
            found
                .filter(([address]) => address.startsWith("192.168.33."))
                .map(([address, json]) => [address, session(json)]),
        );
    }

    async function established(...nodes: string[]): Promise<Record<string, Session>> {
        return poll(`sessions of ${nodes.join()}`, async () => {
            const now = await sessions();
            const up = nodes.every(
                (node) => now[node]?.state === "Established" && now[node].accepted > 0,
            );
            return Object.keys(now).length === nodes.length && up ? now : false;
        });
    }

    async function nextHops(address: string): Promise<string[]> {
        const route = ["ip", "route", "show", address];
        const { stdout } = await bench.firewall.run(route);
        return [...stdout.matchAll(/via (\S+)/g)].map((found) => found[1]!).sort();
    }

    /** Observes, applies, and asserts that the change was foretold and reset no session that stays. */
    async function hitless(
        request: Partial<AgentRequest>,
        stay: readonly string[],
        after: readonly string[],
    ): Promise<void> {
        const before = await sessions();
        const lost = await traffic!.counts();
        const told = await bench.act("observe", request);
        assert.deepEqual([told.effect, told.resets], ["reload", []]);
        const result = await bench.act("apply", request);
        assert.equal(result.outcome, "changed", result.message);
        assert.deepEqual(result.changes, told.changes);
        const now = await established(...after);
        for (const node of stay) assertSame(now[node]!, before[node]!);
        const counts = await traffic!.counts();
        assert.ok(counts.sent > lost.sent);
        assert.equal(counts.lost, lost.lost);
    }

    const two = ["192.168.33.21", "192.168.33.22"];
    const three = [...two, "192.168.33.23"];

    it("two signed sessions come up, hosts only are accepted, and check says so", async () => {
        const result = await bench.act("check", { prefixes: 2 });
        assert.equal(result.outcome, "established", result.message);
        const now = await established(...two);
        assert.deepEqual(
            two.map((node) => now[node]!.accepted),
            [2, 2],
            "the foreign 10.66.0.0/16 is not accepted",
        );
        await poll("two next hops", async () => (await nextHops("192.168.32.1")).length === 2);
        traffic = await Traffic.start(bench.box, [21, 22, 23]);
        await poll("traffic", async () => (await traffic!.counts()).sent > 100);
        assert.equal((await traffic.counts()).lost, 0);
        assert.ok(bench.record("sadb").length > 0, "setkey was told the keys");
    });

    it("a third node is added: the two others keep their sessions, no datagram is lost", async () => {
        await hitless({ wanted: wantedState(3) }, two, three);
        await poll("three next hops", async () => (await nextHops("192.168.32.1")).length === 3);
    });

    it("the pool's prefixes change: all sessions stay, the new list is in force", async () => {
        const [lists, output] = wantedState(3).prefixLists;
        const rules = [
            { seq: 10, action: "permit" as const, prefix: "192.168.32.0/24", ge: 32 },
            { seq: 20, action: "permit" as const, prefix: "10.66.0.0/16" },
        ];
        const wanted = wantedState(3, { prefixLists: [{ ...lists!, rules }, output!] });
        await hitless({ wanted }, three, three);
        await poll("the new prefix", async () => (await nextHops("10.66.0.0/16")).length === 3);
        await hitless({ wanted: wantedState(3) }, three, three);
    });

    it("the third node goes: the two others keep their sessions", async () => {
        await hitless({ wanted: wantedState(2) }, two, two);
        assert.deepEqual(await nextHops("192.168.32.1"), two);
    });

    it("nothing changes: no write, no reload, and that is foretold", async () => {
        const before = await sessions();
        const writes = bench.record("writes.log").length;
        const reloads = bench.reloads().length;
        assert.equal((await bench.act("observe")).effect, "none");
        assert.equal((await bench.act("apply")).outcome, "unchanged");
        assert.equal(bench.record("writes.log").length, writes);
        assert.equal(bench.reloads().length, reloads);
        const now = await sessions();
        for (const node of two) assertSame(now[node]!, before[node]!);
    });

    it("one neighbour's password is changed by hand: mending it resets that session alone", async () => {
        await bench.act("apply", { wanted: wantedState(3) });
        await established(...three);
        const before = await sessions();
        await bench.php(otherPassword);
        await bench.loaded();
        const told = await bench.act("observe", { wanted: wantedState(3) });
        assert.deepEqual([told.effect, told.resets], ["resets", ["192.168.33.23"]]);
        const result = await bench.act("apply", { wanted: wantedState(3) });
        assert.equal(result.outcome, "changed", result.message);
        const now = await established(...three);
        for (const node of two) assertSame(now[node]!, before[node]!);
        assert.ok(now["192.168.33.23"]!.dropped > before["192.168.33.23"]!.dropped);
        await assertUnharmed(bench);
    });

    it("a wrong password: check ends with its table, names the session, and gives no secret away", async () => {
        const { code, result, stdout } = await bench.agent({
            action: "check",
            wanted: wantedState(4),
            prefixes: 1,
            deadline: 10,
        });
        assert.equal(code, 4);
        assert.match(result.message, /^1 of 4 sessions are not ready: 192\.168\.33\.24 wn4/);
        assert.deepEqual(
            result.sessions!.map(({ neighbour: address, state }) => [address, state]),
            [...three.map((node) => [node, "Established"]), ["192.168.33.24", "unknown to FRR"]],
        );
        assert.doesNotMatch(stdout, /s3cret/);
    });
});

function session(json: NeighborJson): Session {
    const { notificationsSent, notificationsRecv, totalSent, totalRecv } = json.messageStats;
    return {
        state: json.bgpState,
        uptime: json.bgpTimerUpMsec ?? 0,
        established: json.connectionsEstablished,
        dropped: json.connectionsDropped,
        notifications: notificationsSent + notificationsRecv,
        messages: totalSent + totalRecv,
        accepted: json.addressFamilyInfo?.ipv4Unicast?.acceptedPrefixCounter ?? 0,
    };
}

/** Asserts that a session went on: older than before, never dropped, its counters going up. */
function assertSame(now: Session, before: Session): void {
    assert.deepEqual(
        [now.state, now.established, now.dropped, now.notifications],
        [before.state, before.established, before.dropped, before.notifications],
    );
    // FRR tells the uptime in whole seconds.
    assert.ok(now.uptime >= before.uptime && now.messages >= before.messages);
}

const otherPassword = `<?php
require_once 'config.inc';
require_once '/usr/local/pkg/frr.inc';
config_read_file(false, false);
foreach (config_get_path('installedpackages/frrbgpneighbors/config', []) as $index => $entry) {
    if ($entry['peer'] === '192.168.33.23') {
        config_set_path("installedpackages/frrbgpneighbors/config/$index/password", 'by-hand');
    }
}
write_config('GUI: password changed');
frr_generate_config();
`;
