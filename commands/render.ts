import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { findingLines } from "../config/findings";
import type { NodeList } from "../config/discover";
import { type Files, renderGitops, renderPlan } from "../config/render";
import { planFromStack } from "../config/stack";
import { exit, nodesOf, runAsProgram, type Terminal } from "./command-line";
import { named, readStack } from "./stacks";

const HELP = `Writes down everything a stack makes, without an engine, a cluster or a secret decrypted.

Usage: npm run render -- <stack|file> [--out FOLDER] [--gitops] [--node NAME=ADDRESS[,ADDRESS]]…

Without --out everything is printed, one file after the other.
  --out FOLDER   write the files there; a folder that this command has not made is left alone, and
                 files of an earlier time that are not made any more are removed
  --gitops       the cluster's side alone, as a folder with two Kustomizations for a Flux of your own
  --node         a node, where the file has bgp.discover: without one there are no neighbours in it
  --help         this text
Exit code: 0, 1 when the stack file has errors, 2 for a call that is not understood.`;

/** In a folder that this command has made: the files it has written, one a line. */
const MARK = ".rendered";

/** Renders for a command line; returns the exit code. */
export function main(argv: readonly string[], { print, paint }: Terminal): number {
    let options: {
        values: { out?: string; gitops?: boolean; help?: boolean; node?: string[] };
        positionals: string[];
    };
    let nodes: NodeList | undefined;
    const usage = (problem: string) => {
        print(`${problem}\n\n${HELP}`);
        return exit.usage;
    };
    try {
        options = parseArgs({
            args: [...argv],
            allowPositionals: true,
            options: {
                out: { type: "string" },
                gitops: { type: "boolean" },
                node: { type: "string", multiple: true },
                help: { type: "boolean", short: "h" },
            },
        });
        nodes = nodesOf(options.values.node);
    } catch (error) {
        return usage((error as Error).message);
    }
    const { values, positionals } = options;
    if (values.help) {
        print(HELP);
        return exit.ok;
    }
    const [name, ...more] = positionals;
    if (name === undefined || more.length > 0) return usage("Which stack? One name or file.");
    const target = named(name);
    const read = readStack(target);
    const problems = read.problems.map((reason) => ({ path: target.file, reason }));
    const { plan, errors } =
        problems.length > 0
            ? { plan: undefined, errors: problems }
            : planFromStack(read.document, {
                  stack: target.stack,
                  ...read,
                  ...(nodes && { nodes }),
              });
    if (!plan) {
        print(
            findingLines(errors)
                .map((line) => `${paint("red", "error:")} ${line}`)
                .join("\n"),
        );
        return exit.config;
    }
    const files = values.gitops ? renderGitops(plan) : renderPlan(plan);
    if (values.out === undefined) {
        print(printed(files));
        return exit.ok;
    }
    const refusal = write(values.out, files);
    print(refusal ?? `${Object.keys(files).length} files in ${values.out}`);
    return refusal === undefined ? exit.ok : exit.usage;
}

/** All files as one text, each below its name. */
export function printed(files: Files): string {
    return Object.entries(files)
        .map(([path, text]) => `==> ${path}\n${text}`)
        .join("\n");
}

/** @returns why nothing was written */
function write(folder: string, files: Files): string | undefined {
    const mark = join(folder, MARK);
    if (existsSync(folder) && readdirSync(folder).length > 0 && !existsSync(mark)) {
        return `${folder} holds files that this command has not written; name a new or an empty folder.`;
    }
    const before = existsSync(mark) ? readFileSync(mark, "utf8").split("\n").filter(Boolean) : [];
    for (const path of before.filter((one) => !(one in files)))
        rmSync(join(folder, path), { force: true });
    for (const [path, text] of Object.entries(files)) {
        mkdirSync(dirname(join(folder, path)), { recursive: true });
        writeFileSync(join(folder, path), text);
    }
    writeFileSync(
        mark,
        Object.keys(files)
            .map((path) => `${path}\n`)
            .join(""),
    );
    return undefined;
}

if (require.main === module) runAsProgram(main);
