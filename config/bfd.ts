import type { BfdTimers } from "./plan";
import type { BgpConfig } from "./schema";
import type { Router, Site } from "./site";

type Profile = BgpConfig["bfdProfiles"][string];

/** bfdd's own numbers: what a session has that nobody gives others. */
export const FRR_BFD: BfdTimers = {
    detectMultiplier: 3,
    receiveInterval: 300,
    transmitInterval: 300,
};

/** The BFD profile of a router's sessions; undefined without one, or where its name is of nothing. */
export function profileOf({ config }: Site, { bfd }: Router): Profile | undefined {
    const profiles = config.bgp?.bfdProfiles ?? {};
    // A profile may be called like a method of every object.
    return bfd !== undefined && Object.hasOwn(profiles, bfd) ? profiles[bfd] : undefined;
}
