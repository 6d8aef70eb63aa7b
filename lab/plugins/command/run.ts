import { spawn } from "node:child_process";
import type { Log } from "../engine";

/** What of a command's output is shown while it runs; it is kept in any case. */
export type Logging = "stdout" | "stderr" | "stdoutAndStderr" | "none";

export interface Run {
    readonly argv: readonly string[];
    readonly cwd?: string;
    readonly env: NodeJS.ProcessEnv;
    readonly stdin: string;
    readonly logging: Logging;
    readonly urn: string;
    readonly signal: AbortSignal;
}

export interface Ended {
    /** Exit status, or the name of the signal. */
    readonly status: number | NodeJS.Signals;
    readonly stdout: string;
    readonly stderr: string;
    /** Both in the order of their arrival. */
    readonly output: string;
}

/** Runs a process to its end, passing its lines on as the operation's status. */
export function run(what: Run, log: Log): Promise<Ended> {
    const [file = "", ...args] = what.argv;
    const child = spawn(file, args, {
        cwd: what.cwd,
        env: what.env,
        stdio: ["pipe", "pipe", "pipe"],
        signal: what.signal,
        killSignal: "SIGKILL",
    });
    const parts: Record<"stdout" | "stderr" | "output", Buffer[]> = {
        stdout: [],
        stderr: [],
        output: [],
    };
    for (const stream of ["stdout", "stderr"] as const) {
        const shown = what.logging === stream || what.logging === "stdoutAndStderr";
        const lines = new Lines((line) => shown && log.status("info", what.urn, line));
        child[stream].on("data", (part: Buffer) => {
            parts[stream].push(part);
            parts.output.push(part);
            lines.add(part.toString());
        });
        child[stream].on("end", () => lines.end());
    }
    // A command that does not read its standard input closes it early; that is no failure.
    child.stdin.on("error", () => {});
    child.stdin.end(what.stdin);
    const text = (stream: keyof typeof parts) => Buffer.concat(parts[stream]).toString();
    return new Promise((resolve, reject) => {
        child.once("error", reject);
        child.once("close", (code, signal) =>
            resolve({
                status: signal ?? code ?? 0,
                stdout: text("stdout"),
                stderr: text("stderr"),
                output: text("output"),
            }),
        );
    });
}

class Lines {
    private rest = "";

    constructor(private readonly onLine: (line: string) => void) {}

    add(text: string): void {
        const lines = (this.rest + text).split("\n");
        this.rest = lines.pop() ?? "";
        lines.forEach(this.onLine);
    }

    end(): void {
        if (this.rest !== "") this.onLine(this.rest);
    }
}

/** Output as a resource keeps it: without the last line's end. */
export const trimmed = (text: string) => text.replace(/\n$/, "");
