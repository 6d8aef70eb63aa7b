import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runCommand, type Box, type RunOptions, type RunResult, type Service } from "../box";
import { poll } from "../poll";
import { startingConfig, type StartingConfig } from "./starting-config";

export interface FirewallOptions {
    readonly name: string;
    /** Named network namespace of the box; the caller gives it links and addresses. */
    readonly netns: string;
    /** Address in the nodes' network: SSH listens there. */
    readonly address: string;
    /** One line of authorized_keys for root and admin. */
    readonly authorizedKey: string;
    /** What the firewall's people have configured; AS 64501 and a neighbour of its own by default. */
    readonly start?: Partial<StartingConfig>;
    /** A whole config.xml instead of `start`. */
    readonly configXml?: string;
    /** Size in bytes of a file system of its own for /cf/conf; default: the disk of the state folder. */
    readonly cfBytes?: number;
    /** State of the CARP address FRR is bound to; given together with `start.carpVip`. */
    readonly carp?: "MASTER" | "BACKUP";
    /** recorded: no daemons run, what they would have loaded is recorded. Default real. */
    readonly daemons?: "real" | "recorded";
}

/** A running firewall. `mount` is the process, by its pid in the box, that holds its file system. */
export interface Firewall {
    readonly name: string;
    readonly address: string;
    readonly netns: string;
    readonly mount: number;
    /** "ssh-ed25519 AAAA…", as in known_hosts. */
    readonly hostKey: string;
    /** Folder on the host that is /var/db/stand-in on the firewall: records, and faults to play. */
    readonly standin: string;
    configXml(): Promise<string>;
    /** Puts another config.xml in the place of the one that is there, loaded as the GUI does it. */
    restore(configXml: string): Promise<void>;
    vtysh(command: string): Promise<string>;
    /** Runs a command on the firewall itself, without SSH. */
    run(argv: readonly string[], options?: RunOptions): Promise<RunResult>;
    stop(): Promise<void>;
}

const libraries = {
    real: join(__dirname, "pfsense"),
    recorded: `${join(__dirname, "pfsense")} ${join(__dirname, "recorded")}`,
};

/**
 * Starts one firewall: the stand-in for pfSense's library, Debian's PHP, OpenSSH and FRR daemons, in
 * a mount namespace of its own inside the given network namespace.
 *
 * What it writes on itself stays in memory, except /cf/conf and its records, which are in
 * `<box.stateDir>/firewalls/<name>`.
 */
export async function startFirewall(box: Box, options: FirewallOptions): Promise<Firewall> {
    const state = join(box.stateDir, "firewalls", options.name);
    await writeSetup(state, options);
    const argv = ["unshare", "--mount", "--propagation", "private", "bash"];
    const library = libraries[options.daemons ?? "real"];
    const size = options.cfBytes === undefined ? [] : [String(options.cfBytes)];
    const init = await box.spawn(
        options.name,
        [...argv, join(__dirname, "root.sh"), state, library, ...size],
        { netns: options.netns },
    );
    const mount = await firstProcess(state, init);
    const where = { netns: options.netns, mount };
    const run = (command: readonly string[], runOptions?: RunOptions) =>
        box.run(command, where, runOptions);
    const sshd = await box.spawn(
        `${options.name}-sshd`,
        ["/usr/sbin/sshd", "-D", "-e", "-f", "/etc/ssh/sshd_config"],
        where,
    );
    await boot(run, options.carp !== "BACKUP");
    await poll("sshd to listen", async () => {
        const { stdout } = await run(["ss", "-Hltn", `src = ${options.address}:22`]);
        return stdout.trim() !== "";
    });
    return {
        name: options.name,
        address: options.address,
        netns: options.netns,
        mount,
        hostKey: hostKey(state),
        standin: join(state, "stand-in"),
        configXml: async () => (await run(["cat", "/cf/conf/config.xml"])).stdout,
        restore: async (text) => {
            await run(["bash", "-ec", restoring], { input: text });
        },
        vtysh: async (command) => (await run(["/usr/local/bin/vtysh", "-c", command])).stdout,
        run,
        async stop() {
            await run(["/usr/local/etc/rc.d/frr", "forcestop"]);
            await sshd.stop();
            await init.stop("SIGKILL");
        },
    };
}

const restoring =
    "rm -f /tmp/config.cache; cat > /cf/conf/config.xml; " +
    "echo \"<?php require 'config.inc'; require '/usr/local/pkg/frr.inc'; frr_generate_config();\" " +
    "| /usr/local/bin/php -q";

function hostKey(state: string): string {
    const line = readFileSync(join(state, "setup", "host_key.pub"), "utf8");
    return line.split(" ").slice(0, 2).join(" ").trim();
}

async function writeSetup(state: string, options: FirewallOptions): Promise<void> {
    const setup = join(state, "setup");
    rmSync(join(state, "stand-in"), { recursive: true, force: true });
    mkdirSync(setup, { recursive: true });
    mkdirSync(join(state, "stand-in"), { recursive: true });
    const start: StartingConfig = {
        hostname: options.name,
        asn: 64501,
        routerId: options.address,
        ownNeighbour: { address: "192.168.34.50", asn: 64999 },
        frr: "configured",
        ...options.start,
    };
    writeFileSync(join(setup, "config.xml"), options.configXml ?? startingConfig(start));
    writeFileSync(join(setup, "version"), "2.8.1-RELEASE\n");
    writeFileSync(join(setup, "authorized_keys"), `${options.authorizedKey}\n`);
    writeFileSync(join(setup, "sshd_config"), sshdConfig(options.address, setup));
    const packages = start.frr === "absent" ? [] : ["pfSense-pkg-frr 2.0.2_6", "frr9 8.4.4"];
    writeFileSync(join(state, "stand-in", "packages"), [...packages, ""].join("\n"));
    writeFileSync(join(setup, "no-frr"), start.frr === "absent" ? "yes" : "");
    if (options.carp) writeFileSync(join(state, "stand-in", "carp-status"), `${options.carp}\n`);
    const key = join(setup, "host_key");
    if (!existsSync(key)) {
        const argv = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "lab", "-f", key];
        await runCommand(argv, "ssh-keygen");
    }
    chmodSync(key, 0o600);
}

const sshdConfig = (address: string, setup: string) => `HostKey ${setup}/host_key
ListenAddress ${address}:22
PidFile /run/sshd.pid
AuthorizedKeysFile /root/.ssh/authorized_keys
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
UsePAM no
StrictModes no
Subsystem sftp internal-sftp
`;

async function firstProcess(state: string, init: Service): Promise<number> {
    const file = join(state, "stand-in", "pid");
    return poll(
        `${init.name} to start`,
        () => {
            if (!init.alive()) throw new Error(readFileSync(init.log, "utf8"));
            return existsSync(file) && (Number(readFileSync(file, "utf8")) || false);
        },
        { timeoutMs: 10_000, intervalMs: 20 },
    );
}

type Run = (command: readonly string[], options?: RunOptions) => Promise<RunResult>;

/** What pfSense's start does for the FRR package: its resync command, which starts the daemons. */
async function boot(run: Run, runs: boolean): Promise<void> {
    const input = `<?php
require_once 'config.inc';
if (file_exists('/usr/local/pkg/frr.inc')) {
    require_once '/usr/local/pkg/frr.inc';
    if (frr_enabled()) {
        frr_generate_config();
    }
}
`;
    await run(["/usr/local/bin/php", "-q"], { input });
    const enabled = await run(["test", "-e", "/usr/local/etc/rc.conf.d/frr"], { check: false });
    if (enabled.code !== 0 || !runs) return;
    await poll("FRR to run", async () => {
        const { stdout } = await run(["/usr/local/bin/vtysh", "-c", "show running-config"]);
        return stdout.includes("line vty") || stdout.includes("router bgp");
    });
}
