import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** What later commands (`lab:exec`, a second `npm run lab`) need to know of a running site. */
export interface SiteRecord {
    /** Process inside the box, by firewall name, in whose mount namespace the firewall lives. */
    readonly firewallMounts: Readonly<Record<string, number>>;
    /** Environment for kubectl and pulumi on the control plane's host. */
    readonly environment: Readonly<Record<string, string>>;
    readonly kubectl: string;
    readonly kubeconfig: string;
}

const file = (state: string) => join(state, "site.json");

export function writeSiteRecord(state: string, record: SiteRecord): void {
    writeFileSync(file(state), JSON.stringify(record, null, 4));
}

/** The record of a site that was brought up whole, or undefined. */
export function readSiteRecord(state: string): SiteRecord | undefined {
    if (!existsSync(file(state))) return undefined;
    return JSON.parse(readFileSync(file(state), "utf8")) as SiteRecord;
}
