import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Box, runCommand, type RunResult } from "../../lab/box";
import { type Firewall, type FirewallOptions, startFirewall } from "../../lab/firewall/firewall";
import { poll } from "../../lab/poll";
import { labState } from "../../lab/state";
import {
    type AgentAction,
    type AgentRequest,
    type AgentResult,
    parseAgentResult,
    renderAgent,
} from "../../components/pfsense/agent";
import { startNetwork, startSpeaker } from "./network";
import { owner, password, wantedState } from "./wanted";
import { withoutOurs } from "./config-xml";

/** What happens at a step of the stand-in's library: lab/firewall/pfsense/etc/inc/standin.inc. */
export interface Fault {
    readonly run?: string;
    readonly print?: string;
    readonly kill?: true;
    readonly throw?: string;
    readonly return?: boolean | number | string;
}

export interface AgentRun {
    readonly code: number;
    readonly stdout: string;
    readonly stderr: string;
    readonly ms: number;
    readonly result: AgentResult;
}

export const defaultRequest: AgentRequest = {
    version: 1,
    action: "apply",
    reason: "pulumi bench: neighbours of the cluster",
    wanted: wantedState(2),
    password,
    deadline: 30,
};

/**
 * A box with one firewall, a client, and BGP speakers where asked for; needs root.
 *
 * With recorded daemons a case takes milliseconds; with real ones sessions come up.
 */
export class Bench {
    private constructor(
        readonly box: Box,
        readonly firewall: Firewall,
        private readonly state: string,
        /** config.xml at the start, as pfSense itself would write it. */
        readonly start: string,
    ) {}

    static async start(name: string, options: Partial<FirewallOptions> = {}): Promise<Bench> {
        await clearRemains();
        const state = `${stateFolders}${process.pid}-${name}`;
        mkdirSync(state, { recursive: true });
        const box = await Box.start(state, { dieWithParent: true });
        try {
            return await Bench.open(box, state, options);
        } catch (error) {
            await box.stop();
            throw error;
        }
    }

    private static async open(
        box: Box,
        state: string,
        options: Partial<FirewallOptions>,
    ): Promise<Bench> {
        await startNetwork(box);
        const key = join(state, "id");
        const argv = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "bench", "-f", key];
        await runCommand(argv, "ssh-keygen");
        const firewall = await startFirewall(box, {
            name: "fw",
            netns: "fw",
            address: "192.168.33.2",
            authorizedKey: readFileSync(`${key}.pub`, "utf8").trim(),
            daemons: "recorded",
            ...options,
        });
        writeFileSync(join(state, "known_hosts"), `192.168.33.2 ${firewall.hostKey}\n`);
        const normal = await firewall.run(["/usr/local/bin/php", "-q"], { input: normalise });
        return new Bench(box, firewall, state, normal.stdout);
    }

    async stop(): Promise<void> {
        await this.box.stop();
        rmSync(this.state, { recursive: true, force: true });
    }

    /** A real BGP speaker in the place of node 192.168.33.`last`, announcing 192.168.32.1 and .2. */
    speaker(last: number, md5 = password): Promise<void> {
        return startSpeaker(this.box, last, md5);
    }

    /** Runs a PHP script on the firewall, without SSH. */
    php(script: string, timeoutMs = 60_000): Promise<RunResult> {
        const argv = ["/usr/local/bin/php", "-q"];
        return this.firewall.run(argv, { input: script, check: false, timeoutMs });
    }

    /** Runs a command on the firewall through SSH from the client, as remote.Command does. */
    ssh(command: string, input: string, user = "root"): Promise<RunResult> {
        const argv = [...this.sshCommand(user), command];
        const timeoutMs = 1_000_000;
        return this.box.run(argv, { netns: "client" }, { input, check: false, timeoutMs });
    }

    sshCommand(user = "root"): string[] {
        return [
            ...["ssh", "-F", "none", "-i", join(this.state, "id")],
            ...["-o", `UserKnownHostsFile=${join(this.state, "known_hosts")}`],
            ...["-o", "StrictHostKeyChecking=yes", "-o", "BatchMode=yes", `${user}@192.168.33.2`],
        ];
    }

    /** Runs the agent; through SSH when asked, else through the PHP command line. */
    async agent(change: Partial<AgentRequest> = {}, through: "php" | "ssh" = "php") {
        const started = performance.now();
        const script = renderAgent({ ...defaultRequest, ...change });
        const run =
            through === "ssh"
                ? await this.ssh("/usr/local/bin/php -q", script)
                : await this.php(script, 180_000);
        return agentRun(run, performance.now() - started);
    }

    /** Runs the agent once for each change, two at a time. */
    async agents(changes: readonly Partial<AgentRequest>[]): Promise<RunResult[]> {
        const half = Math.ceil(changes.length / 2);
        const halves = [changes.slice(0, half), changes.slice(half)];
        return (await Promise.all(halves.map((some) => this.oneByOne(some)))).flat();
    }

    private async oneByOne(changes: readonly Partial<AgentRequest>[]): Promise<RunResult[]> {
        const separator = "-- end of one run --";
        const one = (change: Partial<AgentRequest>) => {
            const script = renderAgent({ ...defaultRequest, ...change });
            return `base64 -d <<'END' | /usr/local/bin/php -q; code=$?; echo; echo "$code ${separator}"
${Buffer.from(script).toString("base64")}
END`;
        };
        const input = changes.map(one).join("\n");
        const { stdout } = await this.firewall.run(["bash"], { input, timeoutMs: 120_000 });
        return stdout
            .split(`${separator}\n`)
            .slice(0, -1)
            .map((text) => {
                const [, output, code] = /^([\s\S]*)\n(\d+) $/.exec(text)!;
                return { stdout: output!, stderr: "", code: Number(code) };
            });
    }

    /** Runs the agent and only its result, for the common case. */
    async act(action: AgentAction, change: Partial<AgentRequest> = {}): Promise<AgentResult> {
        return (await this.agent({ ...change, action })).result;
    }

    config(): Promise<string> {
        return this.firewall.configXml();
    }

    /** config.xml without what carries the mark of these owners and without its revision. */
    async foreign(...owners: string[]): Promise<string> {
        return withoutOurs(await this.config(), owners.length > 0 ? owners : [owner]);
    }

    /** The same of the config at the start. */
    get foreignAtStart(): string {
        return withoutOurs(this.start, [owner]);
    }

    /** Puts config.xml and the daemons back to the start, without faults and without records. */
    async reset(config = this.start): Promise<void> {
        this.faults({});
        this.write("carp-status", "");
        await this.firewall.run(["bash", "-e"], {
            input: [
                "rm -f /tmp/config.cache /tmp/*.lock /cf/conf/backup/* /cf/conf/config.xml.*",
                "cd /var/db/stand-in; rm -f before-* slow.* foreign-frr.conf *.log sadb",
                `cat > /cf/conf/config.xml <<'END_OF_CONFIG'\n${config.trimEnd()}\nEND_OF_CONFIG`,
            ].join("\n"),
        });
        // Restarted daemons are there sooner than frr-reload.py has deleted a neighbour.
        await this.firewall.run(["/usr/local/etc/rc.d/frr", "forcestop"]);
        await this.generate();
        for (const log of ["steps.log", "events.log", "writes.log"]) this.write(log, "");
    }

    /** The same with another config.xml, as pfSense itself would write it; returns that text. */
    async startFrom(config: string): Promise<string> {
        await this.replaceConfig(config);
        const { stdout } = await this.php(normalise);
        await this.reset(stdout);
        return stdout;
    }

    /** Puts a config.xml in place behind pfSense's back, as somebody with an editor does. */
    async replaceConfig(text: string): Promise<void> {
        const argv = ["bash", "-c", "rm -f /tmp/config.cache; cat > /cf/conf/config.xml"];
        await this.firewall.run(argv, { input: text });
    }

    /** Makes pfSense's package write its files and load them, as a page that is saved does. */
    async generate(): Promise<void> {
        await this.php(generate);
        await this.loaded();
    }

    /** Waits until no reload or restart of FRR is under way. */
    async loaded(): Promise<void> {
        const argv = ["pgrep", "-f", reloading];
        const idle = async () => (await this.firewall.run(argv, { check: false })).code === 1;
        await poll("FRR's reload to end", idle, { intervalMs: 20, timeoutMs: 30_000 });
    }

    /** Sets what happens at which step; an empty record: nothing. */
    faults(faults: Readonly<Record<string, Fault>>): void {
        this.write("faults.json", Object.keys(faults).length > 0 ? JSON.stringify(faults) : "");
    }

    /** Writes a file of the stand-in; a program when its name starts with "before-". */
    write(name: string, text: string): void {
        const mode = name.startsWith("before-") ? 0o755 : 0o644;
        writeFileSync(join(this.firewall.standin, name), text, { mode });
    }

    /** Lines of one of the stand-in's records: steps.log, events.log, writes.log, setkey.log. */
    record(name: string): string[] {
        const file = join(this.firewall.standin, name);
        return existsSync(file) ? readFileSync(file, "utf8").split("\n").filter(Boolean) : [];
    }

    /** Reloads and restarts of FRR since the last reset, in order. */
    reloads(): string[] {
        return this.record("events.log").filter((line) => line !== "filter sync");
    }

    /** SSH connections that were let in so far. */
    connections(): number {
        const log = readFileSync(join(this.state, "log", "fw-sshd.log"), "utf8");
        return log.split("\n").filter((line) => line.startsWith("Accepted ")).length;
    }

    frrConf(): Promise<string> {
        return this.file("/var/etc/frr/frr.conf");
    }

    async file(path: string): Promise<string> {
        return (await this.firewall.run(["cat", path], { check: false })).stdout;
    }
}

/** Command lines of a reload or restart of FRR, for pgrep. */
export const reloading = "(frr-reload|rc.d/frr)";

/** A folder for each process, so that two runs of the bench at once do not meet. */
const stateFolders = `${labState}-bench-`;

/** Removes what benches have left whose processes are gone. */
async function clearRemains(): Promise<void> {
    const parent = dirname(stateFolders);
    if (!existsSync(parent)) return;
    for (const name of readdirSync(parent)) {
        const path = join(parent, name);
        const owner = path.startsWith(stateFolders) && /^\d+/.exec(path.slice(stateFolders.length));
        if (owner && !existsSync(`/proc/${owner[0]}`)) await Box.clearRemains(path);
    }
}

function agentRun(run: RunResult, ms: number): AgentRun {
    if (run.stdout === "") throw new Error(`no answer, exit code ${run.code}: ${run.stderr}`);
    return { ...run, ms, result: parseAgentResult(run.stdout) };
}

const normalise = `<?php
require_once 'config.inc';
file_put_contents('/cf/conf/config.xml', dump_xml_config($config, 'pfsense'));
echo file_get_contents('/cf/conf/config.xml');
`;

const generate = `<?php
require_once 'config.inc';
require_once '/usr/local/pkg/frr.inc';
frr_generate_config();
`;
