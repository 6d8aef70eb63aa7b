import assert from "node:assert/strict";
import { mkdirSync, rmSync } from "node:fs";
import { byHandText } from "../../config/by-hand";
import { Box, type Service } from "../../lab/box";
import { poll } from "../../lab/poll";
import { labState } from "../../lab/state";
import { handPlan, type HandSite } from "../config/fixtures";
import { startNetwork, startSpeaker } from "./network";
import { password } from "./wanted";

/** The ways in which the text of a dialect gets into an FRR that runs and is empty. */
const LOADED = {
    frr: "vtysh -N fw",
    unifi: "cat > /etc/frr/fw/frr.conf; vtysh -N fw -b",
} as const;
type Loaded = keyof typeof LOADED;

/** Commands of vtysh that are no configuration. */
const FRAME: readonly string[] = ["configure terminal", "write memory", "end", ""];

/** What FRR has without being told, and does not show. */
const TAKEN_FOR_GRANTED = {
    "dual-stack": [
        "receive-interval 300",
        "neighbor 10.1.33.21 activate",
        "neighbor 10.1.33.22 activate",
    ],
    direct: ["neighbor 10.2.33.21 activate"],
};

/** FRR takes echo mode, and says so. */
const HINT = /^% Echo mode works correctly for IPv4, .*$/m;

interface Summary {
    ipv4Unicast: { peers: Record<string, { state: string; pfxRcd: number; pfxSnt: number }> };
}

describe("firewall bench: routers by hand", () => {
    let box: Box;
    let daemons: Service[] = [];
    const state = `${labState}-bench-${process.pid}-by-hand`;
    const where = { netns: "fw" };

    before(async () => {
        mkdirSync(state, { recursive: true });
        box = await Box.start(state, { dieWithParent: true });
        await startNetwork(box);
        for (const last of [21, 22]) await startSpeaker(box, last, password);
    });
    after(async () => {
        await box.stop();
        rmSync(state, { recursive: true, force: true });
    });

    beforeEach(async () => {
        const folders =
            "mkdir -p /run/frr/fw /etc/frr/fw; rm -f /etc/frr/fw/*; touch /etc/frr/fw/vtysh.conf";
        await box.run(["bash", "-ec", `${folders}; chown -R frr:frr /run/frr /etc/frr`]);
        daemons = [
            await box.spawn("hand-bgpd", ["/usr/lib/frr/bgpd", "-N", "fw", "-Z", "-n"], where),
            await box.spawn("hand-bfdd", ["/usr/lib/frr/bfdd", "-N", "fw"], where),
        ];
        await poll("the daemons", async () => {
            const { stdout } = await vtysh("show daemons", false);
            return stdout.includes("bgpd") && stdout.includes("bfdd");
        });
    });
    afterEach(async () => {
        for (const daemon of daemons) await daemon.stop();
    });

    const vtysh = (command: string, check = true) =>
        box.run(["vtysh", "-N", "fw", "-c", command], where, { check });

    /** Loads the text as a person does, and fails on a line that FRR does not take. */
    async function load(site: HandSite, dialect: Loaded) {
        const text = byHandText(handPlan(site, dialect).byHand.edge!);
        const input = `${text.replaceAll("<the value of bgpPassword>", password)}\n`;
        const { stdout, stderr } = await box.run(["bash", "-c", LOADED[dialect]], where, { input });
        const told = (stdout + stderr).replace(HINT, "");
        assert.doesNotMatch(told, /%|[Uu]nknown|[Ii]nvalid|[Ee]rror/);
        return input.split("\n").map((line) => line.trim());
    }

    for (const dialect of ["frr", "unifi"] as const) {
        it(`${dialect}: leads to just the sessions and routes of its plan`, async () => {
            const { neighbours } = handPlan("ipv4").byHand.edge!;
            await load("ipv4", dialect);
            const peers = await poll("the sessions", async () => {
                const { stdout } = await vtysh("show bgp summary json");
                const found = Object.entries((JSON.parse(stdout) as Summary).ipv4Unicast.peers);
                return found.every(([, one]) => one.state === "Established" && one.pfxRcd > 0)
                    ? found.map(([address, { pfxRcd, pfxSnt }]) => ({ address, pfxRcd, pfxSnt }))
                    : false;
            });
            // Each node announces two addresses of the pool and one network that is none.
            assert.deepEqual(
                peers,
                neighbours.map(({ address }) => ({ address, pfxRcd: 2, pfxSnt: 0 })),
            );
        });

        for (const site of ["dual-stack", "direct"] as const) {
            it(`${dialect}: is all there, ${site}`, async () => {
                const lines = await load(site, dialect);
                const { stdout } = await vtysh("show running-config");
                const running = stdout.split("\n").map((line) => line.trim());
                const said = lines.filter((line) => !line.startsWith("!") && !FRAME.includes(line));
                const hidden = said.filter((line) => !running.includes(line));
                assert.deepEqual(hidden, TAKEN_FOR_GRANTED[site]);
            });
        }
    }
});
