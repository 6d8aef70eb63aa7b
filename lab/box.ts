import { spawn } from "node:child_process";
import { boxEnvironment } from "./environment";
import {
    existsSync,
    mkdirSync,
    openSync,
    closeSync,
    readdirSync,
    readFileSync,
    rmSync,
    writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { removeCgroups } from "./cgroups";
import { restoreSysctls, saveSysctls } from "./sysctls";
import { poll } from "./poll";
import { makePrivateFolders, mountPrivateFolders, removePrivateFolders } from "./private-folders";

/** Where inside the box a command runs; nothing given: the box's own namespaces. */
export interface Where {
    /** Named network namespace of the box. */
    readonly netns?: string;
    /** Process, by its pid inside the box, whose mount namespace to enter. */
    readonly mount?: number;
    /** Working directory; default: unchanged by entering the box, that is `/`. */
    readonly cwd?: string;
    /** Variables added to the environment. */
    readonly env?: Readonly<Record<string, string>>;
}

export interface RunOptions {
    readonly input?: string;
    /** Milliseconds after which the command is killed. Default 60000. */
    readonly timeoutMs?: number;
    /** Reject when the exit code is not 0. Default true. */
    readonly check?: boolean;
    /** Called with every piece of standard output as it arrives. */
    readonly onOutput?: (text: string) => void;
    /** The whole environment. Default: this process's. */
    readonly env?: NodeJS.ProcessEnv;
}

export interface RunResult {
    readonly stdout: string;
    readonly stderr: string;
    readonly code: number;
}

/** A background process of the box: its log and its process group as seen from outside. */
export interface Service {
    readonly name: string;
    readonly log: string;
    readonly pid: number;
    alive(): boolean;
    stop(signal?: NodeJS.Signals): Promise<void>;
}

interface BoxRecord {
    readonly init: number;
    readonly started: string;
}

/**
 * A mount, process and network namespace with no interface but loopback: nothing in it can reach
 * anything outside, and the end of its first process is the end of everything in it.
 *
 * Needs root. The state folder holds `box.json`, `log/` and `run/`.
 */
export class Box {
    private constructor(
        readonly stateDir: string,
        readonly init: number,
    ) {}

    /** Starts a box; with `dieWithParent` it ends with this process, however that ends. */
    static async start(stateDir: string, options: { dieWithParent?: boolean } = {}): Promise<Box> {
        mkdirSync(join(stateDir, "log"), { recursive: true });
        mkdirSync(join(stateDir, "run"), { recursive: true });
        saveSysctls(stateDir);
        makePrivateFolders(stateDir);
        const argv = [
            ...(options.dieWithParent ? ["setpriv", "--pdeathsig", "KILL"] : []),
            ...["unshare", "--mount", "--pid", "--net", "--fork", "--kill-child=KILL"],
            ...["--mount-proc", "--propagation", "private", "bash", "-c", firstProcess, "lab-box"],
        ];
        const log = openSync(join(stateDir, "log", "box.log"), "w");
        const outer = spawn(argv[0]!, argv.slice(1), {
            stdio: ["ignore", log, log],
            detached: true,
            env: boxEnvironment(),
        });
        closeSync(log);
        outer.unref();
        const ready = () =>
            readFileSync(join(stateDir, "log", "box.log"), "utf8").includes("box ready");
        await poll("the box to start", ready, { timeoutMs: 10_000, intervalMs: 20 });
        const children = readFileSync(`/proc/${outer.pid}/task/${outer.pid}/children`, "utf8");
        const init = Number(children.trim().split(" ")[0]);
        const record: BoxRecord = { init, started: startTime(init)! };
        writeFileSync(join(stateDir, "box.json"), JSON.stringify(record));
        return new Box(stateDir, init);
    }

    /** The running box of this state folder, or undefined when none runs. */
    static attach(stateDir: string): Promise<Box | undefined> {
        const file = join(stateDir, "box.json");
        if (!existsSync(file)) return Promise.resolve(undefined);
        const record = JSON.parse(readFileSync(file, "utf8")) as BoxRecord;
        const alive = startTime(record.init) === record.started;
        return Promise.resolve(alive ? new Box(stateDir, record.init) : undefined);
    }

    /** Removes what a box that was killed from outside has left: cgroups, settings, the state folder. */
    static async clearRemains(stateDir: string, keep: readonly string[] = []): Promise<void> {
        await removeCgroups(stateDir);
        restoreSysctls(stateDir);
        removePrivateFolders(stateDir);
        removeState(stateDir, keep);
    }

    command(argv: readonly string[], where: Where = {}): string[] {
        const inner = [
            ...(where.netns ? [`--net=/run/netns/${where.netns}`] : []),
            ...(where.mount ? [`--mount=/proc/${where.mount}/ns/mnt`] : []),
        ];
        const env = Object.entries(where.env ?? {}).map(([name, value]) => `${name}=${value}`);
        const chdir = where.cwd ? [`--chdir=${where.cwd}`] : [];
        return [
            ...["nsenter", "-t", String(this.init), "-m", "-p", "-n", "--"],
            ...(inner.length > 0 ? ["nsenter", ...inner, "--"] : []),
            ...(env.length + chdir.length > 0 ? ["env", ...chdir, ...env] : []),
            ...argv,
        ];
    }

    /** Runs a command to its end. Rejects with its last lines when it fails or takes too long. */
    run(argv: readonly string[], where: Where = {}, options: RunOptions = {}): Promise<RunResult> {
        const env = boxEnvironment();
        return runCommand(this.command(argv, where), argv.join(" "), { ...options, env });
    }

    /** Starts a background process that outlives this one; it ends with the box at the latest. */
    spawn(name: string, argv: readonly string[], where: Where = {}): Promise<Service> {
        const log = join(this.stateDir, "log", `${name}.log`);
        const out = openSync(log, "w");
        const [program, ...args] = this.command(argv, where);
        const env = boxEnvironment();
        const child = spawn(program!, args, { stdio: ["ignore", out, out], detached: true, env });
        closeSync(out);
        child.unref();
        const pid = child.pid!;
        writeFileSync(join(this.stateDir, "run", `${name}.pid`), String(pid));
        return Promise.resolve(serviceOf(name, log, pid));
    }

    /** Ends everything in the box and puts back what its kubelets changed on the host. */
    async stop(keep: readonly string[] = []): Promise<void> {
        const started = startTime(this.init);
        if (started !== undefined) process.kill(this.init, "SIGKILL");
        await poll("the box to end", () => startTime(this.init) !== started, { timeoutMs: 20_000 });
        await Box.clearRemains(this.stateDir, keep);
    }
}

const firstProcess = [
    "set -e",
    ...mountPrivateFolders,
    "ip link set lo up",
    "echo box ready",
    // As the first process bash also reaps the orphans of containerd's shims.
    "while :; do sleep infinity & wait $!; done",
].join("\n");

function serviceOf(name: string, log: string, pid: number): Service {
    const started = startTime(pid);
    const alive = () => started !== undefined && startTime(pid) === started;
    return {
        name,
        log,
        pid,
        alive,
        async stop(signal = "SIGTERM") {
            if (!alive()) return;
            process.kill(-pid, signal);
            await poll(`${name} to end`, () => !alive(), { timeoutMs: 10_000 }).catch(() => {
                if (alive()) process.kill(-pid, "SIGKILL");
            });
        },
    };
}

/** Start time of a process in clock ticks since boot, as a guard against pids used again. */
function startTime(pid: number): string | undefined {
    try {
        const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
        const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        return fields[0] === "Z" ? undefined : fields[19];
    } catch {
        return undefined;
    }
}

function removeState(stateDir: string, keep: readonly string[]): void {
    if (!existsSync(stateDir)) return;
    if (keep.length === 0) {
        rmSync(stateDir, { recursive: true, force: true });
        return;
    }
    for (const entry of listed(stateDir)) {
        if (!keep.includes(entry)) rmSync(join(stateDir, entry), { recursive: true, force: true });
    }
}

/** Runs a command on the host to its end; `title` stands for it in the error. */
export function runCommand(
    argv: readonly string[],
    title: string,
    options: RunOptions = {},
): Promise<RunResult> {
    const [program, ...args] = argv;
    return new Promise((resolve, reject) => {
        const child = spawn(program!, args, { stdio: "pipe", detached: true, env: options.env });
        let stdout = "";
        let stderr = "";
        let timedOut = false;
        const limit = options.timeoutMs ?? 60_000;
        const timer = setTimeout(() => {
            timedOut = true;
            // The process group: nsenter does not hand signals on.
            process.kill(-child.pid!, "SIGKILL");
        }, limit);
        child.stdout.setEncoding("utf8").on("data", (text: string) => {
            stdout += text;
            options.onOutput?.(text);
        });
        child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
        // A command that ends without reading its input is judged by its exit code.
        child.stdin.on("error", () => undefined).end(options.input ?? "");
        child.on("error", (error) => {
            clearTimeout(timer);
            reject(error);
        });
        child.on("close", (code) => {
            clearTimeout(timer);
            if (timedOut) {
                reject(
                    new Error(`${title}: still running after ${limit / 1000} s\n${tail(stderr)}`),
                );
            } else if (code !== 0 && options.check !== false) {
                const output = tail(`${stdout}\n${stderr}`.trim());
                reject(new Error(`${title}: exit code ${code ?? "none"}\n${output}`));
            } else {
                resolve({ stdout, stderr, code: code ?? -1 });
            }
        });
    });
}

function tail(text: string): string {
    return text.split("\n").slice(-20).join("\n");
}

function listed(directory: string): string[] {
    return existsSync(directory) ? readdirSync(directory) : [];
}
