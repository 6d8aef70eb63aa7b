import { existsSync } from "node:fs";
import { Box } from "./box";
import { labState, lock } from "./state";

/** Ends the site: processes, namespaces, mounts, control groups, state folder. */
export async function down(): Promise<number> {
    const unlock = lock(labState);
    try {
        const box = await Box.attach(labState);
        if (box) await box.stop();
        else if (existsSync(labState)) await Box.clearRemains(labState);
        console.log(box ? "the site is down; nothing of it is left" : "no site was running");
        return 0;
    } finally {
        unlock();
    }
}
