import { styleText } from "node:util";
import type { NodeList } from "../config/discover";

/** Exit codes of every command. */
export const exit = { ok: 0, config: 1, usage: 2 } as const;

export type Paint = (style: "red" | "yellow" | "green" | "bold" | "cyan", text: string) => string;

/** Colours on a terminal; NO_COLOR and FORCE_COLOR have their usual say. */
export function painter(isTerminal: boolean, env: NodeJS.ProcessEnv = process.env): Paint {
    const forced = env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== "0";
    const wanted = forced || (isTerminal && !env.NO_COLOR && env.TERM !== "dumb");
    return wanted ? (style, text) => styleText(style, text) : (_style, text) => text;
}

/** What a command needs of the process around it; tests give their own. */
export interface Terminal {
    readonly print: (text: string) => void;
    readonly paint: Paint;
}

/**
 * Nodes as they are written on a command line, `name=address` or `name=address,address`.
 * @throws Error with what is not understood
 */
export function nodesOf(texts: readonly string[] | undefined): NodeList | undefined {
    const nodes = texts?.map((text) => {
        const [, name, rest] = /^([^=]+)=(.+)$/.exec(text) ?? [];
        if (!name || !rest) throw new Error(`--node wants NAME=ADDRESS, not ${text}`);
        return [name, rest.split(",")];
    });
    return nodes && (Object.fromEntries(nodes) as NodeList);
}

/** Runs a command as the program of this process: its exit code, and no stack trace for anybody. */
export function runAsProgram(
    main: (argv: readonly string[], terminal: Terminal) => number | Promise<number>,
): void {
    // Whoever reads may stop reading: `| head`.
    process.stdout.on("error", (error: NodeJS.ErrnoException) => {
        if (error.code === "EPIPE") process.exit(process.exitCode ?? exit.ok);
        throw error;
    });
    const terminal: Terminal = {
        print: (text) => console.log(text),
        paint: painter(process.stdout.isTTY),
    };
    Promise.resolve()
        .then(() => main(process.argv.slice(2), terminal))
        .then(
            (code) => (process.exitCode = code),
            (error: Error) => {
                console.error(error.message);
                process.exitCode = exit.config;
            },
        );
}
