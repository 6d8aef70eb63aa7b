import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Box, Service } from "../box";
import { poll } from "../poll";
import * as site from "../site";
import { root } from "../stack/stack";

/** A client behind the firewalls that asks all the while. */
export interface Asking {
    /** Time of the first answer, in milliseconds since 1970; undefined while there is none. */
    answered(): number | undefined;
    stop(): Promise<void>;
}

/** The first address of the pool: the one MetalLB gives to the only Service that wants one. */
export const expectedAddress = site.pool.split("/")[0]!;

let started = 0;

/** Starts to ask; returns once it does, so that starting it costs no contestant anything. */
export async function startAsking(box: Box): Promise<Asking> {
    const argv = [process.execPath, "--import", "tsx", join(__dirname, "ask.ts"), expectedAddress];
    const where = { netns: site.client.name, cwd: root };
    const service: Service = await box.spawn(`ask-${++started}`, argv, where);
    const log = () => readFileSync(service.log, "utf8");
    await poll("the client to ask", () => log().includes("asking"), { intervalMs: 20 });
    return {
        answered() {
            const [, time] = /^answered (\d+)$/m.exec(log()) ?? [];
            return time === undefined ? undefined : Number(time);
        },
        stop: () => service.stop("SIGKILL"),
    };
}
