import { spawn } from "node:child_process";
import { Box } from "./box";
import { readSiteRecord } from "./record";
import * as site from "./site";
import { labState } from "./state";

const hosts = [
    ...[site.controlPlane, site.client, site.core, site.repository].map((host) => host.name),
    ...site.nodes.map((node) => node.name),
    ...site.firewalls.map((firewall) => firewall.name),
];

/** Runs a command on one host of the running site, with the terminal handed through. */
export async function execute([host, ...argv]: string[]): Promise<number> {
    if (!host || !hosts.includes(host) || argv.length === 0) {
        console.error(`usage: npm run lab:exec -- HOST COMMAND…\nhosts: ${hosts.join(", ")}`);
        return 2;
    }
    const box = await Box.attach(labState);
    const record = readSiteRecord(labState);
    if (!box || !record) {
        console.error("no site is running: start it with `npm run lab`");
        return 1;
    }
    const [program, ...args] = box.command(argv, {
        netns: host,
        mount: record.firewallMounts[host],
        env: host === site.controlPlane.name ? record.environment : {},
    });
    const child = spawn(program!, args, { stdio: "inherit" });
    return new Promise((resolve) => child.on("close", (code) => resolve(code ?? 1)));
}
