import assert from "node:assert/strict";
import type { Site } from "../bring-up";
import type { RunOutcome } from "../stack/protocol";
import { demoAddress } from "../report";
import { coreSession, theStart } from "./before";
import { messages, shown } from "./readme";
import {
    assertHolds,
    firewallNames,
    nextHops,
    nodeAddresses,
    poll,
    sessions,
    theSite,
    told,
} from "./support";

const bgp = (...path: string[]) => ["config", "metallb-pfsense:bgp", ...path];

/** Names of what a run has changed, by kind of resource. */
const changed = (outcome: RunOutcome) =>
    outcome.steps.map((step) => `${step.op} ${step.type.split(":").at(-1)} ${step.name}`).sort();

/** What a preview says of one firewall. */
const foretold = (firewall: string, changes: readonly string[], sessions: string) =>
    [
        `${firewall}, compared with what is wanted:`,
        ...changes,
        `running sessions: ${sessions}`,
    ].join("\n  ");

describe("change", () => {
    let site: Site;
    before(async () => {
        site = await theSite();
    });

    const established = async () => {
        const all = await Promise.all(firewallNames.map((name) => sessions(site, name)));
        return all.map((seen) => seen["192.168.33.21"]!.established);
    };

    it("takes one neighbour away: exactly that changes, no other session resets", async () => {
        const before = await established();
        site.stack.edit((stack) => stack.deleteIn(bgp("nodes", "wn2")));
        const preview = await site.stack.preview();
        assert.ok(preview.ok, preview.text);
        const stay = "FRR takes the change over without resetting a session that stays";
        for (const name of firewallNames) {
            const changes = ["neighbour 192.168.33.22 removed"];
            assertHolds(told(preview), foretold(name, changes, stay));
        }
        assertHolds(told(preview), ...messages(shown(5)[0]!));
        const outcome = await site.stack.up();
        assert.ok(outcome.ok, outcome.text);
        assert.deepEqual(
            changed(outcome).filter((line) => line.includes("PfSense")),
            firewallNames.map((name) => `update PfSenseBgp ${name}`),
        );
        for (const name of firewallNames) {
            const seen = await sessions(site, name);
            assert.deepEqual(Object.keys(seen), ["192.168.33.21", "192.168.34.50"]);
        }
        assert.deepEqual(await established(), before);
        const address = (await demoAddress(site.kubectl))!;
        assert.deepEqual(await nextHops(site, "fw-a", address), ["192.168.33.21"]);
    });

    it("brings it back: it comes up, and again no other session resets", async () => {
        const before = await established();
        site.stack.edit((stack) => stack.setIn(bgp("nodes", "wn2"), "192.168.33.22"));
        const stackFile = site.stack.read();
        await site.stack.setSecrets({ bgpPassword: "an0ther-s3cret" });
        const preview = await site.stack.preview();
        assertHolds(told(preview), ...messages(shown(5)[1]!));
        site.stack.write(stackFile);
        const outcome = await site.stack.up();
        assert.ok(outcome.ok, outcome.text);
        const address = (await demoAddress(site.kubectl))!;
        for (const name of firewallNames) {
            const both = async () => (await nextHops(site, name, address)).length === 2;
            await poll(`both next hops on ${name}`, both);
        }
        assert.deepEqual(await established(), before);
    });

    it("a new password: the preview names the sessions that reset, and resets none", async () => {
        const before = await established();
        const stackFile = site.stack.read();
        await site.stack.setSecrets({ bgpPassword: "an0ther-s3cret" });
        const preview = await site.stack.preview();
        site.stack.write(stackFile);
        assert.ok(preview.ok, preview.text);
        const drop = `these sessions drop and come back: ${nodeAddresses.join(", ")}`;
        for (const name of firewallNames) {
            const changes = nodeAddresses.map(
                (address) => `neighbour ${address} changed: password`,
            );
            assertHolds(told(preview), foretold(name, changes, drop));
        }
        assert.doesNotMatch(told(preview), /an0ther-s3cret/);
        assert.deepEqual(await established(), before);
    });

    it("leaves the session of the firewalls' own neighbour alone all the while", async () => {
        for (const name of firewallNames) {
            const { state, established } = await coreSession(site, name);
            const times = theStart().coreEstablished[name];
            assert.deepEqual({ state, established }, { state: "Established", established: times });
        }
    });
});
