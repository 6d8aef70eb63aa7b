import { checkPrerequisites } from "./artifacts/prerequisites";
import { SiteBuilder, type Site } from "./bring-up";
import { runStages, type Stage } from "./progress";
import { readSiteRecord } from "./record";
import { printNextSteps, printSite, waitForAnswer } from "./report";
import { attachOrClear, labState, lock, timingsFile } from "./state";
import { Kubectl } from "./kubectl";

/** `npm run lab`: an empty machine to an address that answers through two next hops. */
export async function up(): Promise<number> {
    const problems = await checkPrerequisites();
    if (problems.length > 0) {
        console.error("The lab cannot run here:\n");
        for (const problem of problems) console.error(`  - ${problem.what}\n    ${problem.mend}`);
        return 1;
    }
    const unlock = lock(labState);
    try {
        const running = await attachOrClear(labState);
        if (running) {
            const record = readSiteRecord(labState);
            const kubectl = new Kubectl(running, record.kubectl, record.kubeconfig);
            console.log("the site is running already; nothing was changed\n");
            await printSite(running, kubectl, record.firewallMounts);
            printNextSteps(labState);
            return 0;
        }
        return await bringUp();
    } finally {
        unlock();
    }
}

async function bringUp(): Promise<number> {
    const started = Date.now();
    const builder = new SiteBuilder(labState, { dieWithParent: false });
    let whole: Site | undefined;
    const deploy: Stage = {
        title: "pulumi up of the dev stack",
        run: async (tell) => {
            whole = builder.site();
            const outcome = await whole.stack.up(tell);
            if (!outcome.ok) throw new Error(`pulumi up failed:\n${outcome.text}`);
        },
    };
    const answer: Stage = {
        title: "the address answers",
        run: async (tell) => tell(await waitForAnswer(whole!.box, whole!.kubectl)),
    };
    await runStages([...builder.stages(), deploy, answer], () => timingsFile(labState));
    const { box, kubectl, firewalls, plugins } = whole!;
    console.log(`\nup in ${((Date.now() - started) / 1000).toFixed(0)} s; ${plugins}\n`);
    const mounts = Object.entries(firewalls).map(([name, { mount }]) => [name, mount]);
    await printSite(box, kubectl, Object.fromEntries(mounts) as Record<string, number>);
    printNextSteps(labState);
    return 0;
}
