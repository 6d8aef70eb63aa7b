import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { isIP } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Log } from "../engine";
import { at, textAt, type Properties } from "../values";
import { run, type Ended, type Logging } from "./run";

export interface RemoteRun {
    readonly connection: Properties;
    readonly command: string;
    readonly stdin: string;
    readonly logging: Logging;
    readonly urn: string;
    readonly signal: AbortSignal;
}

/**
 * Runs a command by the OpenSSH client, with nothing of the user's own SSH configuration.
 *
 * Every failure to connect is tried again, `dialErrorLimit` times, with growing pauses, as the
 * official plugin does it (remote/connection.go of pulumi-command).
 * @throws Error with the official plugin's words for what went wrong
 */
export async function runRemote(what: RemoteRun, log: Log): Promise<Ended> {
    const directory = mkdtempSync(join(tmpdir(), "pulumi-command-"));
    try {
        const limit = numberAt(what.connection, "dialErrorLimit", 10);
        const argv = sshCommand(what, directory);
        let pause = 100;
        for (let dials = 1; ; dials++) {
            const { problem, ended } = await dial(what, argv, directory, log);
            if (ended) return ended;
            if (limit >= 0 && dials > limit)
                throw new Error(`after ${limit} failed attempts: ${problem}`);
            const tries = limit < 0 ? "inf" : String(limit);
            log.status("info", what.urn, `Dial ${dials}/${tries} failed: retrying`);
            await sleep(pause, undefined, { signal: what.signal });
            pause = Math.min(pause * 1.5, 5_000);
        }
    } finally {
        rmSync(directory, { recursive: true, force: true });
    }
}

function sshCommand({ connection, command }: RemoteRun, directory: string): string[] {
    for (const field of ["proxy", "password", "privateKeyPassword"]) {
        if (at(connection, field) !== undefined)
            throw new Error(`connection.${field} is not supported by this stand-in for the plugin`);
    }
    const options = {
        BatchMode: "yes",
        ConnectTimeout: String(numberAt(connection, "perDialTimeout", 15)),
        IdentitiesOnly: "yes",
        LogLevel: "VERBOSE",
        ...identity(connection, directory),
        ...hostKeys(connection, directory),
    };
    return [
        "ssh",
        ...["-F", "none", "-T", "-E", join(directory, "log")],
        ...Object.entries(options).flatMap(([name, value]) => ["-o", `${name}=${value}`]),
        ...["-p", String(numberAt(connection, "port", 22))],
        ...["-l", textAt(connection, "user") ?? "root"],
        ...["--", textAt(connection, "host") ?? "", command],
    ];
}

function identity(connection: Properties, directory: string): Record<string, string> {
    const agent = textAt(connection, "agentSocketPath") ?? process.env.SSH_AUTH_SOCK;
    if (agent && !existsSync(agent))
        throw new Error(`dial unix ${agent}: connect: no such file or directory`);
    const options: Record<string, string> = {
        IdentityAgent: agent || "none",
        IdentityFile: "none",
    };
    const key = textAt(connection, "privateKey");
    if (key === undefined) return options;
    if (!key.includes("-----BEGIN")) throw new Error("ssh: no key found");
    options.IdentityFile = join(directory, "key");
    writeFileSync(options.IdentityFile, key.endsWith("\n") ? key : `${key}\n`, { mode: 0o600 });
    return options;
}

function hostKeys(connection: Properties, directory: string): Record<string, string> {
    const line = textAt(connection, "hostKey");
    if (line === undefined) return { StrictHostKeyChecking: "no", UserKnownHostsFile: "/dev/null" };
    // As in authorized_keys or in known_hosts: what stands before the type does not matter.
    const match = /(?:^|\s)((?:ssh|ecdsa|sk)-[\w@.-]+)\s+([A-Za-z0-9+/=]+)/.exec(line);
    const [, type = "", key = ""] = match ?? [];
    if (!isPublicKey(type, key)) throw new Error("failed to parse host key: ssh: no key found");
    const file = join(directory, "known_hosts");
    writeFileSync(file, `firewall ${type} ${key}\n`, { mode: 0o600 });
    return {
        StrictHostKeyChecking: "yes",
        HostKeyAlias: "firewall",
        HostKeyAlgorithms: type,
        UserKnownHostsFile: file,
        GlobalKnownHostsFile: "/dev/null",
    };
}

/** A public key is a row of fields, each after its length, and the first is its type (RFC 4253). */
function isPublicKey(type: string, key: string): boolean {
    const blob = Buffer.from(key, "base64");
    const fields: string[] = [];
    let position = 0;
    while (position + 4 <= blob.length) {
        const end = position + 4 + blob.readUInt32BE(position);
        fields.push(blob.subarray(position + 4, end).toString("latin1"));
        position = end;
    }
    return position === blob.length && fields.length > 1 && fields[0] === type;
}

async function dial(
    what: RemoteRun,
    argv: readonly string[],
    directory: string,
    log: Log,
): Promise<{ ended?: Ended; problem?: string }> {
    const env = { PATH: process.env.PATH, LANG: "C" };
    const ended = await run({ ...what, argv, env }, log);
    // With -E, ssh's own words are in the log and the remote command's in its output.
    const said = readFileSync(join(directory, "log"), "utf8");
    rmSync(join(directory, "log"));
    if (ended.status !== 255) return { ended };
    if (!said.includes("Authenticated to ")) return { problem: dialProblem(said, what.connection) };
    const lost = /client_loop|closed by remote host|not responding|Connection reset/.test(said);
    if (!lost) return { ended };
    throw new Error(
        `wait: remote command exited without exit status or exit signal: running ${JSON.stringify(what.command)}:\n${ended.output}`,
    );
}

/** The official plugin's words for what OpenSSH reports (golang.org/x/crypto/ssh, net). */
function dialProblem(said: string, connection: Properties): string {
    const host = textAt(connection, "host") ?? "";
    const port = numberAt(connection, "port", 22);
    const endpoint = `dial tcp ${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
    const failed = /connect to (?:host|address) .*: (.+?)\r?$/m.exec(said)?.[1];
    if (failed === "Connection timed out") return `${endpoint}: i/o timeout`;
    if (failed) return `${endpoint}: connect: ${failed.toLowerCase()}`;
    if (said.includes("Could not resolve hostname"))
        return `dial tcp: lookup ${host}: no such host`;
    return `ssh: handshake failed: ${handshakeProblem(said, connection)}`;
}

function handshakeProblem(said: string, connection: Properties): string {
    if (said.includes("Host key verification failed")) return "ssh: host key mismatch";
    const offer = /no matching host key type found\. Their offer: (\S+)/.exec(said)?.[1];
    if (offer) {
        const ours = /(?:^|\s)((?:ssh|ecdsa|sk)-\S+)/.exec(
            textAt(connection, "hostKey") ?? "",
        )?.[1];
        return `ssh: no common algorithm for host key; we offered: [${ours}], peer offered: [${offer.replaceAll(",", " ")}]`;
    }
    if (said.includes("Permission denied") || said.includes("Too many authentication failures")) {
        const methods = at(connection, "privateKey") === undefined ? "none" : "none publickey";
        return `ssh: unable to authenticate, attempted methods [${methods}], no supported methods remain`;
    }
    if (/timed out/i.test(said)) return "read: i/o timeout";
    if (/Connection (closed|reset)/.test(said)) return "EOF";
    return said.trim().split("\n").at(-1) ?? "no answer";
}

function numberAt(connection: Properties, field: string, fallback: number): number {
    const value = at(connection, field);
    return typeof value === "number" ? value : fallback;
}
