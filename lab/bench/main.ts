import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { randomBytes } from "node:crypto";
import { SiteBuilder } from "../bring-up";
import { forgetFailure, keepFailure } from "../failure";
import { runStages } from "../progress";
import { root } from "../stack/stack";
import { attachOrClear, labState, lock, timingsFile } from "../state";
import { canRunHere } from "../up";
import { Api } from "./api";
import { type Bench, wantedOf } from "./cluster";
import { Emptiness } from "./emptiness";
import { growth } from "./growth";
import { thisMachine, versionsOf } from "./machine";
import { page } from "./page";
import { plot } from "./plot";
import { program } from "./program";
import { withTimes } from "./readme";
import { recipes } from "./recipe";
import { type Result, type Turn, verdict } from "./result";
import { scripts } from "./script";
import { tableText } from "./table";
import { rotated, takeTurn } from "./turn";

const contestants = [...recipes, ...scripts, program];
const names = contestants.map(({ about }) => about.name);

const usage = `Times this program beside what people would do instead, on one machine, in one run.

  npm run bench:site                     everybody, BENCH_ROUNDS times (default 5); writes docs/performance.* and README's times
  npm run bench:site -- NAME…            some of them: ${names.map((name) => `"${name}"`).join(", ")}; writes no page
  npm run bench:site -- --render FILE    the page once more from the result of an earlier run

Environment: BENCH_ROUNDS, LAB_STATE (state folder, default /var/lib/metallb-pfsense-lab, and -site after it).
Exit code: 0, or 1 when up is not as fast as it is to be; 2 for a call that is not understood.
`;

const state = `${labState}-site`;
const resultFile = `${state}-result.json`;

async function main(): Promise<number> {
    const { values, positionals } = parseArgs({
        options: { help: { type: "boolean", short: "h" }, render: { type: "string" } },
        allowPositionals: true,
    });
    const rounds = Number(process.env.BENCH_ROUNDS ?? 5);
    const unknown = positionals.filter((name) => !names.includes(name));
    if (values.help || unknown.length > 0 || !Number.isInteger(rounds) || rounds < 1) {
        process.stderr.write(usage);
        return values.help ? 0 : 2;
    }
    if (values.render !== undefined) {
        await publish(JSON.parse(readFileSync(values.render, "utf8")) as Result);
        return 0;
    }
    const begun = Date.now();
    const result = await measure(positionals, rounds);
    if (!result) return 1;
    const minutes = ((Date.now() - begun) / 60_000).toFixed(1);
    console.log(`\n${tableText(result)}\n\nall of it in ${minutes} min; result: ${resultFile}`);
    if (positionals.length === 0) await publish(result);
    const problems = verdict(result);
    for (const problem of problems) console.error(`Not fast enough: ${problem}.`);
    return problems.length === 0 ? 0 : 1;
}

/** Brings a site up, has everybody take turns on it, and brings it down in every case. */
async function measure(selected: readonly string[], rounds: number): Promise<Result | undefined> {
    if (!(await canRunHere())) return undefined;
    const unlock = lock(state);
    try {
        await (await attachOrClear(state))?.stop();
        forgetFailure(state);
        const builder = new SiteBuilder(state, { dieWithParent: true });
        await runStages(builder.stages(), timingsFile(state));
        return await turns(builder, selected, rounds);
    } catch (error) {
        keepFailure(state);
        throw error;
    } finally {
        await (await attachOrClear(state))?.stop();
        unlock();
    }
}

async function turns(
    builder: SiteBuilder,
    selected: readonly string[],
    rounds: number,
): Promise<Result> {
    const date = new Date().toISOString();
    const site = builder.site();
    const password = randomBytes(12).toString("hex");
    await site.stack.setSecrets({ bgpPassword: password });
    const wanted = wantedOf(site, password);
    const api = await Api.start(site.box, site.kubectl);
    const emptiness = await Emptiness.note(site);
    const part = contestants.filter(
        ({ about }) => selected.length === 0 || selected.includes(about.name),
    );
    // The first load of the program fills its loader's cache, as a person's first preview does.
    await site.stack.preview();
    const taken: Turn[] = [];
    const result: Result = {
        date,
        machine: thisMachine(),
        versions: await versionsOf(site, wanted),
        rounds,
        contestants: part.map(({ about }) => about),
        turns: taken,
        growth: growth(),
    };
    for (let round = 1; round <= rounds; round++) {
        for (const contestant of rotated(part, round)) {
            const say = (line: string) =>
                console.log(
                    `${time()} round ${round} of ${rounds}, ${contestant.about.name}: ${line}`,
                );
            const bench: Bench = { site, api, wanted, tell: quiet(say) };
            say("begins");
            taken.push(await takeTurn(contestant, bench, emptiness, round, rounds));
            // After each turn: a run that is cut short leaves what it has.
            writeFileSync(resultFile, JSON.stringify(result, null, 4));
        }
    }
    return result;
}

/** Only what a person wants to follow: not every resource of an engine's run. */
const quiet = (say: (line: string) => void) => (line: string) => {
    if (!line.includes(" done, last: ")) say(line);
};

const time = () => new Date().toISOString().slice(11, 19);

async function publish(result: Result): Promise<void> {
    const folder = join(root, "docs");
    writeFileSync(join(folder, "performance.md"), page(result));
    writeFileSync(join(folder, "performance.svg"), await plot(result));
    const readme = join(root, "README.md");
    writeFileSync(readme, withTimes(readFileSync(readme, "utf8"), result));
    console.log("written: docs/performance.md, docs/performance.svg, the times in README.md");
}

main().then(
    (code) => process.exit(code),
    (error: Error) => {
        process.stderr.write(`\n${error.message}\n`);
        process.exit(1);
    },
);
