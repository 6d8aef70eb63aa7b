import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { runAsProgram, type Terminal } from "../commands/command-line";
import { readStack, stacksIn } from "../commands/stacks";
import { planFromStack } from "../config/stack";

/** Key of a stack file by which a stack says what is done about drift; not one of the program's. */
const DRIFT = "ci:drift";

/**
 * Prints every stack of this folder for the scripts beside this file, one a line: its name; whether
 * its file is `ready`, `unfinished` (something is still to be filled in) or `wrong`; and whether a
 * difference is to be told (`report`) or mended (`mend`).
 *
 * @throws Error for every stack that says something else about drift
 */
export function main(_argv: readonly string[], { print }: Terminal): number {
    const strange: string[] = [];
    for (const target of stacksIn(".")) {
        const read = readStack(target);
        const { errors, todo } = planFromStack(read.document, { stack: target.stack, ...read });
        const wrong = read.problems.length > 0 || errors.length > 0;
        const state = wrong ? "wrong" : todo.length > 0 ? "unfinished" : "ready";
        const drift = read.problems.length > 0 ? "report" : driftOf(target.file);
        if (drift !== "report" && drift !== "mend") {
            strange.push(
                `${target.file}: ${DRIFT}: ${JSON.stringify(drift)} is not known; report (the default) or mend`,
            );
        }
        print(`${target.stack} ${state} ${String(drift)}`);
    }
    if (strange.length > 0) throw new Error(strange.join("\n"));
    return 0;
}

function driftOf(file: string): unknown {
    const { config } = parse(readFileSync(file, "utf8"), { merge: true }) as {
        config: Readonly<Record<string, unknown>>;
    };
    return config[DRIFT] ?? "report";
}

if (require.main === module) runAsProgram(main);
