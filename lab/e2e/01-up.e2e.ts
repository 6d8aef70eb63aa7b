import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import type { Site } from "../bring-up";
import { curl, demoAddress, waitForAnswer } from "../report";
import * as network from "../site";
import { shown } from "./readme";
import { rememberStart } from "./before";
import {
    assertHolds,
    elsewhere,
    firewallNames,
    nextHops,
    nodeAddresses,
    sessions,
    theSite,
    told,
} from "./support";

describe("up", () => {
    let site: Site;
    // As the Kubernetes plugin names them, and so does another run of anybody's, with other digits.
    const copies = () => readdirSync(tmpdir()).filter((name) => /^kubeconfig\d+$/.test(name));
    let copiesBefore: string[] = [];
    before(async function () {
        this.timeout(3_600_000);
        copiesBefore = copies();
        site = await theSite();
        await rememberStart(site);
    });

    it("previews without touching anything", async () => {
        const outcome = await site.stack.preview();
        assert.ok(outcome.ok, outcome.text);
        assert.deepEqual(Object.keys(outcome.changes), ["create"]);
        for (const name of firewallNames)
            assert.equal((await sessions(site, name))["192.168.33.21"], undefined);
    });

    it("takes an empty cluster and two firewalls to sessions that have learned the address", async () => {
        const outcome = await site.stack.up();
        assert.ok(outcome.ok, outcome.text);
        const waits = ["the chart", "MetalLB to take its objects", "MetalLB's release"];
        for (const wait of waits) {
            assert.match(told(outcome), new RegExp(`Waited .*\\b\\d+ s for ${wait}`));
        }
        for (const name of firewallNames) {
            const seen = await sessions(site, name);
            for (const address of nodeAddresses) {
                const { state, prefixesAccepted } = seen[address]!;
                assert.deepEqual(
                    { state, prefixesAccepted },
                    { state: "Established", prefixesAccepted: 1 },
                );
            }
        }
    });

    it("routes the address to every node, and a client behind the firewalls gets its answer", async () => {
        const address = (await demoAddress(site.kubectl))!;
        assert.match(address, /^192\.168\.32\./);
        for (const name of firewallNames)
            assert.deepEqual(await nextHops(site, name, address), nodeAddresses);
        assertHolds(await waitForAnswer(site.box, site.kubectl), "hello from web-");
        assertHolds(await curl(site.box, address), "hello from web-");
    });

    it("says in its outputs what it announces, which sessions there are and what to try", async () => {
        await site.stack.preview({ expectNoChanges: true });
        const { outputs, text: display } = await site.stack.up();
        // Here every session has learned the demo's address; on a new cluster there is none.
        const withPrefix = (line: string) => line.replace("Established  0", "Established  1");
        assertHolds(display, ...shown(6).flat().map(withPrefix));
        const text = JSON.stringify(outputs);
        assertHolds(
            text,
            network.pool,
            ...nodeAddresses,
            ...network.firewalls.map(({ address }) => address),
        );
    });

    it("has nothing to change afterwards, neither by preview nor by refresh", async () => {
        const preview = await site.stack.preview({ expectNoChanges: true });
        assert.ok(preview.ok, preview.text);
        const refresh = await site.stack.refresh({ expectNoChanges: true });
        assert.ok(refresh.ok, refresh.text);
    });

    it("is the same for who has the kubeconfig elsewhere", async () => {
        const env = { KUBECONFIG: elsewhere(site) };
        const preview = await site.stack.preview({ expectNoChanges: true, env });
        assert.ok(preview.ok, preview.text);
    });

    it("leaves no copy of the kubeconfig behind", () => {
        assert.deepEqual(copies(), copiesBefore);
    });
});
