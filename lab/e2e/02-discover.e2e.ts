import assert from "node:assert/strict";
import { join } from "node:path";
import { runCommand } from "../box";
import type { Site } from "../bring-up";
import {
    assertHolds,
    changesNothing,
    firewallNames,
    nodeAddresses,
    poll,
    sessions,
    summaryIn,
    theSite,
    told,
    up,
} from "./support";

const bgp = (...path: string[]) => ["config", "metallb-pfsense:bgp", ...path];
const label = "lab.test/bgp";
const [wn1, wn2] = nodeAddresses as [string, string];

describe("discovered nodes", () => {
    let site: Site;
    let listed: string;
    let discovering: string;

    before(async () => {
        site = await theSite();
        listed = site.stack.read();
        // The last up has the nodes of the file, which the first one that discovers them compares with.
        await up(site);
        await labelled("wn1", "wn2");
        site.stack.edit((stack) => {
            stack.deleteIn(bgp("nodes"));
            stack.setIn(bgp("discover"), { selector: { matchLabels: { [label]: "yes" } } });
        });
        discovering = site.stack.read();
    });
    after(async () => {
        site.stack.write(listed);
        await labelled();
        await up(site);
    });

    /** Gives the label to these nodes, and to no other. */
    const labelled = async (...names: readonly string[]) => {
        for (const name of ["wn1", "wn2"]) {
            const words = names.includes(name) ? [`${label}=yes`, "--overwrite"] : [`${label}-`];
            await site.kubectl.run(["label", "node", name, ...words]);
        }
    };
    /** Addresses of the neighbours that are ours, firewall by firewall. */
    const neighbours = async () =>
        Promise.all(
            firewallNames.map(async (name) =>
                Object.keys(await sessions(site, name)).filter((one) =>
                    nodeAddresses.includes(one),
                ),
            ),
        );
    const untouched = async (run: () => Promise<void>) => {
        const before = await Promise.all(firewallNames.map((name) => sessions(site, name)));
        await run();
        const after = await Promise.all(firewallNames.map((name) => sessions(site, name)));
        assert.deepEqual(after, before);
    };
    const refused = (...words: readonly string[]) =>
        untouched(async () => {
            for (const outcome of [await site.stack.preview(), await site.stack.up()]) {
                assert.equal(outcome.ok, false, told(outcome));
                assertHolds(told(outcome) + outcome.text, ...words);
            }
        });

    it("are no change where they are those of the list", async () => {
        await changesNothing(site);
    });

    it("that lose the label leave both firewalls, and come back with it", async () => {
        await labelled("wn1");
        const preview = await site.stack.preview();
        assert.ok(preview.ok, told(preview) + preview.text);
        for (const name of firewallNames) {
            assert.match(
                summaryIn(preview),
                new RegExp(`^ {2}${name} +neighbour ${wn2.replaceAll(".", "\\.")} removed$`, "m"),
            );
        }
        await up(site);
        assert.deepEqual(await neighbours(), [[wn1], [wn1]]);

        await labelled("wn1", "wn2");
        await up(site);
        assert.deepEqual(await neighbours(), [
            [wn1, wn2],
            [wn1, wn2],
        ]);
        await poll("every session", async () => {
            const all = await Promise.all(firewallNames.map((name) => sessions(site, name)));
            return all.every((seen) =>
                nodeAddresses.every((node) => seen[node]?.state === "Established"),
            );
        });
    });

    it("that all lose it are refused, and nothing is touched", async () => {
        await labelled();
        await refused(
            "bgp.discover: the cluster's answer would take 2 of the 2 nodes of the last up away",
            "bgp.discover.selector: takes none of the cluster's 2 nodes",
        );
        await labelled("wn1", "wn2");
    });

    it("of a cluster that does not answer are not guessed, and nothing is touched", async () => {
        const file = join(site.box.stateDir, "pki", "unanswered.kubeconfig");
        const copy = `sed 's/192.168.33.10:6443/192.168.33.10:6999/' ${site.kubectl.kubeconfig} > ${file}`;
        await runCommand(["sh", "-ec", copy], "copy the kubeconfig");
        site.stack.edit((stack) =>
            stack.setIn(["config", "metallb-pfsense:cluster", "kubeconfig"], file),
        );
        try {
            await refused("The nodes could not be discovered.", "is unreachable:");
        } finally {
            site.stack.write(discovering);
        }
    });
});
