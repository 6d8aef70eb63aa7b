import { poll } from "../poll";
import { demoAddress } from "../report";
import { expectedAddress, startAsking } from "./answer";
import type { Bench } from "./cluster";
import type { Clock, Contestant } from "./contestant";
import { type Emptiness, sessionsAreUp } from "./emptiness";
import { limitSeconds, type Turn } from "./result";

/** One turn: an empty site, the clock, the answer, an empty site again. */
export async function takeTurn(
    contestant: Contestant,
    bench: Bench,
    emptiness: Emptiness,
    round: number,
    rounds: number,
): Promise<Turn> {
    const { site, tell } = bench;
    await contestant.prepare(bench, round, rounds);
    const asking = await startAsking(site.box);
    const { ran, answer } = await clocked(contestant, bench, asking);
    await asking.stop();
    if (answer !== undefined) await holds(bench);
    tell(`answer after ${answer?.toFixed(1) ?? "more than the limit"} s`);
    const after = await contestant.after?.(bench, round);
    const begun = Date.now();
    const down = await contestant.takeDown(bench);
    await emptiness.isBack();
    const away = (Date.now() - begun) / 1000;
    tell(`taken down, the site is empty after ${away.toFixed(1)} s`);
    return {
        contestant: contestant.about.name,
        round,
        ...(answer !== undefined && { answer }),
        away,
        more: { ...ran.more, ...after, ...down },
        ...(ran.timeline && { timeline: ran.timeline }),
    };
}

async function clocked(
    contestant: Contestant,
    bench: Bench,
    asking: Awaited<ReturnType<typeof startAsking>>,
) {
    // Whoever answers before the start would make the turn worth nothing.
    if (asking.answered() !== undefined) throw new Error("the address answers before the start");
    const startedAt = Date.now();
    const clock: Clock = { startedAt, seconds: () => (Date.now() - startedAt) / 1000 };
    const ran = await contestant.run(bench, clock);
    const left = Math.max(0, limitSeconds * 1000 - (Date.now() - startedAt));
    const answeredAt = await poll("the answer", () => asking.answered(), {
        timeoutMs: left,
        intervalMs: 20,
    }).catch(() => undefined);
    const answer = answeredAt === undefined ? undefined : (answeredAt - startedAt) / 1000;
    return { ran, answer };
}

/** The answer was the demo's Service's, and every session of both firewalls comes up. */
async function holds({ site }: Bench): Promise<void> {
    const address = await demoAddress(site.kubectl);
    if (address !== expectedAddress)
        throw new Error(`${expectedAddress} answers, and the demo has ${address ?? "no address"}`);
    await sessionsAreUp(site);
}

/** Everybody's turns of one round: who begins changes from round to round. */
export function rotated<T>(list: readonly T[], round: number): T[] {
    const first = (round - 1) % list.length;
    return [...list.slice(first), ...list.slice(0, first)];
}
