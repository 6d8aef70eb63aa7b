import assert from "node:assert/strict";
import type { Site } from "../bring-up";
import * as network from "../site";
import { firewallNames, poll, sessions } from "./support";

/** What destroy has to give back. */
export interface Start {
    /** Data of config.xml by firewall, without the revision that every write renews. */
    readonly configs: Readonly<Record<string, unknown>>;
    /** Names of everything cluster-wide and of every namespace. */
    readonly cluster: readonly string[];
    /** Times the core router's session has come up, by firewall. */
    readonly coreEstablished: Readonly<Record<string, number>>;
}

let start: Start | undefined;

/** Notes how cluster and firewalls look before the first `up`. */
export async function rememberStart(site: Site): Promise<void> {
    await coreIsUp(site);
    start ??= await look(site);
}

export function theStart(): Start {
    assert.ok(start, "the first test file remembers the start");
    return start;
}

export async function look(site: Site): Promise<Start> {
    const perFirewall = async <T>(ask: (name: string) => Promise<T>) =>
        Object.fromEntries(
            await Promise.all(firewallNames.map(async (name) => [name, await ask(name)] as const)),
        );
    return {
        configs: await perFirewall((name) => configData(site, name)),
        cluster: await clusterNames(site),
        coreEstablished: await perFirewall(
            async (name) => (await coreSession(site, name)).established,
        ),
    };
}

/** config.xml as the firewall itself reads it, so that CDATA and white space do not count. */
async function configData(site: Site, firewall: string): Promise<unknown> {
    const input =
        "<?php require_once 'config.inc'; config_read_file(false, false); echo json_encode($config);";
    const { stdout } = await site.firewalls[firewall]!.run(["/usr/local/bin/php", "-q"], { input });
    return { ...(JSON.parse(stdout) as Record<string, unknown>), revision: undefined };
}

async function clusterNames(site: Site): Promise<string[]> {
    const kinds = [
        ...["namespaces", "customresourcedefinitions", "clusterroles", "clusterrolebindings"],
        ...["validatingwebhookconfigurations", "mutatingwebhookconfigurations", "priorityclasses"],
    ];
    const { stdout } = await site.kubectl.run(["get", kinds.join(","), "-o", "name"]);
    return stdout.trim().split("\n").sort();
}

export async function coreSession(site: Site, firewall: string) {
    return (await sessions(site, firewall))[network.core.address]!;
}

async function coreIsUp(site: Site): Promise<void> {
    for (const name of firewallNames) {
        const up = async () => (await coreSession(site, name)).state === "Established";
        await poll(`the core router's session with ${name}`, up);
    }
}
