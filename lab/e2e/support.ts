import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync } from "node:fs";
import { join } from "node:path";
import { SiteBuilder, type Site } from "../bring-up";
import { runStages } from "../progress";
import type { RunOutcome } from "../stack/protocol";
import { testState, timingsFile } from "../state";
import * as network from "../site";

let current: Promise<Site> | undefined;

/** The site all end-to-end tests share; the first caller brings it up. */
export function theSite(): Promise<Site> {
    current ??= bringUp();
    return current;
}

async function bringUp(): Promise<Site> {
    const builder = new SiteBuilder(testState, { dieWithParent: true });
    await runStages(builder.stages(), timingsFile(testState));
    const site = builder.site();
    console.log(`    ${site.plugins}`);
    return site;
}

/** What a firewall's bgpd says of one neighbour. */
export interface Session {
    readonly state: string;
    /** Times this session has come up since bgpd started: it grows when the session resets. */
    readonly established: number;
    readonly prefixesAccepted: number;
    readonly description: string;
}

interface NeighborJson {
    bgpState: string;
    connectionsEstablished: number;
    nbrDesc?: string;
    addressFamilyInfo?: { ipv4Unicast?: { acceptedPrefixCounter?: number } };
}

/** Every neighbour of a firewall's bgpd, by address. */
export async function sessions(site: Site, firewall: string): Promise<Record<string, Session>> {
    const text = await site.firewalls[firewall]!.vtysh("show bgp neighbors json");
    const neighbours = JSON.parse(text) as Record<string, NeighborJson>;
    const pairs = Object.entries(neighbours).map(([address, neighbour]): [string, Session] => [
        address,
        {
            state: neighbour.bgpState,
            established: neighbour.connectionsEstablished,
            prefixesAccepted: neighbour.addressFamilyInfo?.ipv4Unicast?.acceptedPrefixCounter ?? 0,
            description: neighbour.nbrDesc ?? "",
        },
    ]);
    return Object.fromEntries(pairs.sort(([a], [b]) => a.localeCompare(b)));
}

/** Next hops of an address in a firewall's routing table, in order. */
export async function nextHops(site: Site, firewall: string, address: string): Promise<string[]> {
    const text = await site.firewalls[firewall]!.vtysh(`show ip route ${address}/32 json`);
    const routes = JSON.parse(text) as Record<
        string,
        { nexthops: { ip?: string; fib?: boolean }[] }[]
    >;
    const hops = Object.values(routes).flatMap(([route]) => route!.nexthops);
    return hops
        .filter((hop) => hop.fib)
        .map((hop) => hop.ip!)
        .sort();
}

export const nodeAddresses = network.nodes.map((node) => node.address);
export const firewallNames = network.firewalls.map((firewall) => firewall.name);

/** All that a run tells a person: the engine's display and its diagnostics. */
export const told = (outcome: RunOutcome) =>
    [outcome.text, ...outcome.diagnostics.map(({ message }) => message)].join("\n");

/** The summary of the whole change that a run has told. */
export function summaryIn({ diagnostics }: RunOutcome): string {
    const found = diagnostics.find(({ message }) => /^(What this|This) changes/.test(message));
    assert.ok(found, "a summary");
    return found.message;
}

/** The summary's digest; undefined where nothing changes. */
export const digestIn = (outcome: RunOutcome): string | undefined =>
    /^ {2}digest +(\w{12}):/m.exec(summaryIn(outcome))?.[1];

/** A preview that has to find nothing to change. */
export async function changesNothing(site: Site): Promise<void> {
    const outcome = await site.stack.preview({ expectNoChanges: true });
    assert.ok(outcome.ok, told(outcome) + outcome.text);
}

/** An `up` that has to succeed. */
export async function up(site: Site): Promise<RunOutcome> {
    const outcome = await site.stack.up();
    assert.ok(outcome.ok, told(outcome) + outcome.text);
    return outcome;
}

/** The pods of a namespace by their uid: a pod that was replaced is another one. */
export async function podsOf({ kubectl }: Site, namespace = "metallb-system"): Promise<string[]> {
    const uids = ["-o", "jsonpath={.items[*].metadata.uid}"];
    const { stdout } = await kubectl.run(["-n", namespace, "get", "pods", ...uids]);
    return stdout.split(" ").sort();
}

/** Flux and MetalLB's namespace alone, which comes after it. */
export const fluxAlone = [
    "**:Flux::flux",
    "**::flux-**",
    "**:MetalLb::metallb",
    "**::metallb-namespace",
];

/** The kubeconfig at a path of its own, as another person has it. */
export function elsewhere({ box, kubectl }: Site): string {
    const copy = join(mkdtempSync(join(box.stateDir, "home-")), "config");
    copyFileSync(kubectl.kubeconfig, copy);
    return copy;
}

/** Asserts that a text holds every one of the pieces, and shows the text when it does not. */
export function assertHolds(text: string, ...pieces: readonly string[]): void {
    for (const piece of pieces)
        assert.ok(text.includes(piece), `no ${JSON.stringify(piece)} in:\n${text}`);
}

export { poll } from "../poll";
