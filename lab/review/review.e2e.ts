import assert from "node:assert/strict";
import { demoAddress } from "../report";
import type { Site } from "../bring-up";
import type { RunOutcome } from "../stack/protocol";
import { digestIn, firewallNames, poll, sessions, summaryIn, theSite, told } from "../e2e/support";
import { startTraffic, watchRoutes } from "../e2e/traffic";
import * as network from "../site";
import { type Change, changes } from "./changes";
import { type Measured, writePage } from "./page";

/** What an `up` says in its outputs of what it was going to do (config/review). */
interface Review {
    readonly sessions: readonly string[];
    readonly outage: number;
    readonly digest: string;
}

/** By firewall and neighbour: times that a session of the cluster has come up; absent: it is down. */
type Sessions = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** `npm run lab:review`: twenty typical changes, what their previews promise and what comes true. */
describe("changes, promised and measured", () => {
    let site: Site;
    let address: string;
    let stackFile: string;
    const measured: Measured[] = [];

    before(async () => {
        site = await theSite();
        const outcome = await site.stack.up();
        assert.ok(outcome.ok, told(outcome));
        address = await poll("the demo's address", () => demoAddress(site.kubectl));
        stackFile = site.stack.read();
    });
    after(() => {
        site.stack.write(stackFile);
        writePage(measured);
    });

    const seen = async (): Promise<Sessions> => {
        const all = await Promise.all(
            firewallNames.map(async (name) => {
                const neighbours = Object.entries(await sessions(site, name));
                const ours = neighbours.filter(
                    ([, { state, description }]) =>
                        state === "Established" && description.includes("/"),
                );
                return [
                    name,
                    Object.fromEntries(ours.map(([node, one]) => [node, one.established])),
                ] as const;
            }),
        );
        return Object.fromEntries(all);
    };

    const run = async (change: Change): Promise<Measured> => {
        if (change.edit) site.stack.edit(change.edit);
        await change.outside?.(site);
        const before = await seen();
        const preview = await site.stack.preview();
        assert.ok(preview.ok, told(preview));
        const summary = summaryIn(preview);
        const reviewed = digestIn(preview);
        const traffic = await startTraffic(site, address);
        const routes = await watchRoutes(site, address);
        const outcome = await site.stack.up(undefined, {
            ...(reviewed !== undefined && !change.refresh && { reviewed }),
            ...(change.refresh && { refresh: true }),
        });
        assert.ok(outcome.ok, told(outcome));
        const { answered, failed } = await traffic.stop();
        const { longest, told: missed } = await routes.stop();
        const review = outcome.outputs.review as Review;
        const after = await seen();
        assert.equal(summaryIn(outcome), summary, "the up says the same as the preview");
        assertSessions(review, before, after);
        assert.ok(longest <= review.outage, `${missed}; ${review.outage} s promised`);
        return {
            title: change.title,
            ...(change.shown && { summary }),
            sessions: review.sessions,
            promised: review.outage,
            seconds: outcome.seconds,
            lost: `${failed} of ${answered + failed}`,
            longest,
            steps: stepsOf(outcome),
        };
    };

    for (const change of changes) {
        it(change.title, async () => {
            measured.push(await run(change));
        });
    }
});

/** What the engine did, in numbers. */
function stepsOf({ changes: counts }: RunOutcome): string {
    const parts = Object.entries(counts).filter(([op]) => op !== "same");
    return parts.map(([op, count]) => `${count} ${op}`).join(", ") || "nothing";
}

/** Sessions that are not named stay; those that are have their promised fate. */
function assertSessions({ sessions: lines }: Review, before: Sessions, after: Sessions): void {
    const everywhere = lines.some((line) => line.startsWith("all are reset"));
    const gone = (name: string) => {
        const { address } = network.firewalls.find((firewall) => firewall.name === name)!;
        return lines.includes(`of peer-${address}-v4: all end`);
    };
    for (const [firewall, now] of Object.entries(after)) {
        const own = lines.find((line) => line.startsWith(`with ${firewall}:`)) ?? "";
        const named = (fate: string) =>
            new RegExp(`${fate} ([^;]*)`).exec(own)?.[1]?.split(", ") ?? [];
        const ended = named("ended");
        for (const [node, times] of Object.entries(before[firewall] ?? {})) {
            const what = `${node} with ${firewall}`;
            if (ended.includes(node) || gone(firewall))
                assert.equal(now[node], undefined, `${what} ended`);
            else if (everywhere || named("reset").includes(node)) assert.ok(now[node], what);
            else assert.equal(now[node], times, `${what} stayed`);
        }
        for (const node of named("new")) assert.ok(now[node], `${node} with ${firewall} is new`);
    }
}
