import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { Site } from "../bring-up";
import * as network from "../site";
import { poll } from "../poll";

/** Requests that a client makes all the while something is changed. */
export interface Traffic {
    /** Ends it and tells how it went. */
    stop(): Promise<Outcome>;
}

interface Outcome {
    readonly answered: number;
    readonly failed: number;
    /** Seconds of the longest time without an answer. */
    readonly longest: number;
    /** The same in words, with what the failed ones said. */
    readonly told: string;
}

/** Ends it: nobody has missed an answer. */
export async function nobodyMissed(traffic: Traffic): Promise<void> {
    const { answered, failed, told } = await traffic.stop();
    assert.equal(failed, 0, told);
    assert.ok(answered > 20, told);
}

let started = 0;

/** One look, what it said when it failed, and when it was over in seconds. */
const sample = /^(ok|failed)(?: (.*))?\n(\d+\.\d+)$/gm;

const routesOf = (address: string) =>
    network.firewalls.map(
        ({ name }) => `nsenter --net=/run/netns/${name} ip route show ${address}/32 proto bgp`,
    );

/** Requests in a row that have to be answered first; each node gets one but by a chance of 1 : 2^19. */
const inARow = 20;

const curl = (address: string) => `curl -sv -o /dev/null --max-time 1 http://${address}/ 2>&1`;

/**
 * One request after the other from behind the firewalls, each on a connection of its own.
 *
 * Begins once the address is answered at every node, so that what is lost was lost by the change:
 * an address that a service has just been given is in its status before it is at every node.
 */
export async function startTraffic(site: Site, address: string): Promise<Traffic> {
    const answers = `for _ in $(seq ${inARow}); do ${curl(address)} || exit 1; done`;
    const where = { netns: network.client.name };
    const answered = async () => (await site.box.run(["bash", "-c", answers], where)).code === 0;
    await poll(`${address} to answer`, answered, { timeoutMs: 15_000 });
    // The system's own word for it, which curl has only in what it tells of its doing.
    const why = `$(grep -m1 -iE 'fail|timed out|reset' <<< "$said")`;
    const request =
        `said=$(${curl(address)}) && echo ok || ` +
        `echo "failed ${why}; routes:" $(${routesOf(address).join("; ")})`;
    return sampled(site, `traffic-${++started}`, network.client.name, request);
}

/**
 * Whether an address is routed by at least one of the firewalls, looked at all the while.
 *
 * A client behind a gateway address needs no more; the lab's client splits its requests between
 * both firewalls, whatever routes they have.
 */
export function watchRoutes(site: Site, address: string): Promise<Traffic> {
    const command = `test -n "$(${routesOf(address).join("; ")})" && echo ok || echo failed`;
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
            return summed([...readFileSync(service.log, "utf8").matchAll(sample)]);
        },
    };
}

function summed(samples: readonly RegExpMatchArray[]): Outcome {
    let last: number | undefined;
    let longest = 0;
    const said: string[] = [];
    for (const [, word, why, time] of samples) {
        if (word === "failed") {
            const at = (Number(time) - Number(samples[0]![3])).toFixed(1);
            if (why) said.push(`after ${at} s: ${why}`);
            continue;
        }
        longest = Math.max(longest, Number(time) - (last ?? Number(time)));
        last = Number(time);
    }
    const failed = samples.filter(([, word]) => word === "failed").length;
    longest = failed === 0 ? 0 : Number(longest.toFixed(1));
    return {
        answered: samples.length - failed,
        failed,
        longest,
        told: [`lost ${failed} of ${samples.length}, for ${longest} s`, ...said.slice(0, 5)].join(
            "\n",
        ),
    };
}
