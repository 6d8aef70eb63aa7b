import { checkPrerequisites } from "./artifacts/prerequisites";
import { Box } from "./box";
import { SiteBuilder } from "./bring-up";
import { forgetFailure, keepFailure } from "./failure";
import { Kubectl } from "./kubectl";
import { runStages, type Stage } from "./progress";
import { readSiteRecord, type SiteRecord } from "./record";
import { printNextSteps, printSite, waitForAnswer } from "./report";
import { attachOrClear, labState, lock, timingsFile } from "./state";

/** `npm run lab`: an empty machine to an address that answers through two next hops. */
export async function up(): Promise<number> {
    if (!(await canRunHere())) return 1;
    const unlock = lock(labState);
    try {
        const running = await attachOrClear(labState);
        const record = running && readSiteRecord(labState);
        if (record) {
            console.log("the site is running already; nothing was changed\n");
            await show(running, record);
            return 0;
        }
        // A box without a record is a start that was cut short.
        await running?.stop();
        return await bringUpOrClear(unlock);
    } finally {
        unlock();
    }
}

/** Prints everything this machine lacks, all at once; true when it lacks nothing. */
export async function canRunHere(): Promise<boolean> {
    const problems = await checkPrerequisites();
    if (problems.length > 0) {
        const lines = problems.map(({ what, mend }) => `  - ${what}\n    ${mend}`);
        console.error(`The lab cannot run here:\n\n${lines.join("\n")}`);
    }
    return problems.length === 0;
}

async function bringUpOrClear(unlock: () => void): Promise<number> {
    let stopping = false;
    // npm hands on the Ctrl-C that the terminal has sent already: the second one must not end this.
    const stop = (signal: NodeJS.Signals) => {
        if (stopping) return;
        stopping = true;
        console.error(`\n${signal}: bringing the site down`);
        void clear().then(() => {
            unlock();
            process.exit(130);
        });
    };
    process.on("SIGINT", stop).on("SIGTERM", stop).on("SIGHUP", stop);
    forgetFailure(labState);
    try {
        return await bringUp();
    } catch (error) {
        // What fails because it is being brought down is no failure; `stop` ends this process.
        if (stopping) return await new Promise<never>(() => undefined);
        keepFailure(labState);
        await clear();
        throw error;
    }
}

async function clear(): Promise<void> {
    const box = await Box.attach(labState);
    await (box ? box.stop() : Box.clearRemains(labState));
}

async function bringUp(): Promise<number> {
    const started = Date.now();
    const builder = new SiteBuilder(labState, { dieWithParent: false });
    const deploy: Stage = {
        title: "pulumi up of the dev stack",
        run: async (tell) => {
            const outcome = await builder.site().stack.up(tell);
            if (!outcome.ok) throw new Error(`pulumi up failed:\n${outcome.text}`);
        },
    };
    const answer: Stage = {
        title: "the address answers",
        run: async (tell) => {
            const { box, kubectl } = builder.site();
            tell(await waitForAnswer(box, kubectl));
        },
    };
    await runStages([...builder.stages(), deploy, answer], timingsFile(labState));
    const record = builder.finish();
    const seconds = ((Date.now() - started) / 1000).toFixed(0);
    console.log(`\nup in ${seconds} s; ${builder.site().plugins}\n`);
    await show(builder.site().box, record);
    return 0;
}

async function show(box: Box, record: SiteRecord): Promise<void> {
    const kubectl = new Kubectl(box, record.kubectl, record.kubeconfig);
    await printSite(box, kubectl, record.firewallMounts);
    printNextSteps(labState);
}
