import { readFileSync } from "node:fs";
import type { Site } from "../bring-up";
import * as network from "../site";

/** Requests that a client makes all the while something is changed. */
export interface Traffic {
    /** Ends it and tells how it went, with the seconds of the longest time without an answer. */
    stop(): Promise<{
        readonly answered: number;
        readonly failed: number;
        readonly longest: number;
    }>;
}

let started = 0;

/** One look, and when it was over in seconds. */
const sample = /^(ok|failed)\n(\d+\.\d+)$/gm;

/** One request after the other from behind the firewalls, each on a connection of its own. */
export function startTraffic(site: Site, address: string): Promise<Traffic> {
    const request = `curl -s -o /dev/null --max-time 1 http://${address}/ && echo ok || echo failed`;
    return sampled(site, `traffic-${++started}`, network.client.name, request);
}

/**
 * Whether an address is routed by at least one of the firewalls, looked at all the while.
 *
 * A client behind a gateway address needs no more; the lab's client splits its requests between
 * both firewalls, whatever routes they have.
 */
export function watchRoutes(site: Site, address: string): Promise<Traffic> {
    const looks = network.firewalls.map(
        ({ name }) => `nsenter --net=/run/netns/${name} ip route show ${address}/32 proto bgp`,
    );
    const command = `test -n "$(${looks.join("; ")})" && echo ok || echo failed`;
    return sampled(site, `routes-${++started}`, undefined, command);
}

async function sampled(
    site: Site,
    name: string,
    netns: string | undefined,
    command: string,
): Promise<Traffic> {
    const script = `while :; do ${command}; echo $EPOCHREALTIME; sleep 0.05; done`;
    const service = await site.box.spawn(name, ["bash", "-c", script], netns ? { netns } : {});
    return {
        async stop() {
            await service.stop("SIGKILL");
            const samples = [...readFileSync(service.log, "utf8").matchAll(sample)];
            let answered = 0;
            let last: number | undefined;
            let longest = 0;
            for (const [, word, time] of samples) {
                if (word === "failed") continue;
                answered++;
                longest = Math.max(longest, Number(time) - (last ?? Number(time)));
                last = Number(time);
            }
            const failed = samples.length - answered;
            return { answered, failed, longest: failed === 0 ? 0 : Number(longest.toFixed(1)) };
        },
    };
}
