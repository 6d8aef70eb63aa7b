import { execFile } from "node:child_process";

export interface RunOptions {
    readonly cwd?: string;
    /** Added to this process's environment. */
    readonly env?: Readonly<Record<string, string>>;
}

/** A program that failed; `reason` is the last thing it said. */
export class CommandError extends Error {
    constructor(
        argv: readonly string[],
        output: string,
        readonly reason: string = output.split("\n").at(-1)!,
    ) {
        super(`${argv.join(" ")}: ${output}`);
        this.name = "CommandError";
    }
}

/**
 * Runs a program in the foreground process group, so that Ctrl-C ends it too, and returns what it
 * wrote to standard output.
 *
 * @throws CommandError with the command line and the last lines of its output.
 */
export function run(argv: readonly string[], options: RunOptions = {}): Promise<string> {
    const [program, ...args] = argv;
    const settings = {
        cwd: options.cwd,
        env: { ...process.env, ...options.env },
        maxBuffer: 256 * 1024 * 1024,
    };
    return new Promise((resolve, reject) => {
        const child = execFile(program!, args, settings, (error, stdout, stderr) => {
            if (!error) return resolve(stdout);
            const said = `${stdout}\n${stderr}`.trim().split("\n").slice(-15).join("\n");
            reject(new CommandError(argv, said || error.message));
        });
        child.stdin?.end();
    });
}
