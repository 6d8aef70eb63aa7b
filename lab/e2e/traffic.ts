import { readFileSync } from "node:fs";
import type { Site } from "../bring-up";
import * as network from "../site";

/** Requests that a client makes all the while something is changed. */
export interface Traffic {
    /** Ends it and tells how it went. */
    stop(): Promise<{ readonly answered: number; readonly failed: number }>;
}

let started = 0;

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
    const script = `while :; do ${command}; sleep 0.05; done`;
    const service = await site.box.spawn(name, ["bash", "-c", script], netns ? { netns } : {});
    return {
        async stop() {
            await service.stop("SIGKILL");
            const lines = readFileSync(service.log, "utf8").split("\n");
            const count = (word: string) => lines.filter((line) => line === word).length;
            return { answered: count("ok"), failed: count("failed") };
        },
    };
}
