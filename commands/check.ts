import { dirname } from "node:path";
import { parseArgs } from "node:util";
import { type Finding, findingLines } from "../config/findings";
import { clashes, sameMark } from "../config/neighbours";
import type { Plan } from "../config/plan";
import { planFromStack } from "../config/stack";
import type { NodeList } from "../config/discover";
import { type Summary, summaryOf } from "../config/summary";
import { summaryText } from "../config/summary-text";
import { exit, nodesOf, type Paint, runAsProgram, type Terminal } from "./command-line";
import { named, type Named, readStack, stacksIn } from "./stacks";

const HELP = `Checks stack files without an engine, a cluster or a secret decrypted.

Usage: npm run check                        every stack of this folder, also against one another
       npm run check -- <stack|file>… [--json] [--node NAME=ADDRESS[,ADDRESS]]…
                                            for example: home examples/Pulumi.recipe.yaml

Prints every error and warning; without errors also what would be configured, and what is still to
be filled in before it can be.
  --json   JSON and nothing else: { stack, errors, warnings, todo, summary }, of several stacks a
           list of these
  --node   a node, where the file has bgp.discover and the nodes are known at a preview only
  --help   this text
Exit code: 0 without errors, 1 with errors, 2 for a call that is not understood.`;

interface Report {
    readonly stack: string;
    readonly errors: readonly Finding[];
    readonly warnings: readonly Finding[];
    /** What is still to be filled in. */
    readonly todo: readonly Finding[];
    readonly summary?: Summary;
}

/** Runs the check for a command line; returns the exit code. */
export function main(argv: readonly string[], { print, paint }: Terminal): number {
    let options: {
        values: { json?: boolean; help?: boolean; node?: string[] };
        positionals: string[];
    };
    let nodes: NodeList | undefined;
    const json = argv.includes("--json");
    const usage = (problem: string) => {
        print(json ? JSON.stringify({ usage: problem }) : `${problem}\n\n${HELP}`);
        return exit.usage;
    };
    try {
        options = parseArgs({
            args: [...argv],
            allowPositionals: true,
            options: {
                json: { type: "boolean" },
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
    const targets = positionals.length > 0 ? positionals.map(named) : stacksIn(".");
    if (targets.length === 0) return usage("There is no Pulumi.<stack>.yaml in this folder.");
    const reports = checkAll(targets, nodes);
    if (values.json) print(JSON.stringify(reports.length === 1 ? reports[0] : reports, null, 4));
    else print(reports.map((report) => reportText(report, paint)).join("\n\n"));
    return reports.some(({ errors }) => errors.length > 0) ? exit.config : exit.ok;
}

/** Every stack by itself, then what they would take from one another. */
function checkAll(targets: readonly Named[], nodes?: NodeList): Report[] {
    const checked = targets.map((target) => check(target, nodes));
    return checked.map(({ report, plan }, index) => {
        const before = checked.slice(0, index);
        const found = before.flatMap((other) =>
            plan && other.plan
                ? clashes([other.report.stack, other.plan], [report.stack, plan])
                : [],
        );
        return { ...report, warnings: [...report.warnings, ...found] };
    });
}

function check(target: Named, nodes?: NodeList): { report: Report; plan?: Plan } {
    const { stack, file } = target;
    const read = readStack(target);
    if (read.problems.length > 0) {
        const errors = read.problems.map((reason) => ({ path: file, reason }));
        return { report: { stack, errors, warnings: [], todo: [] } };
    }
    const { document } = read;
    const { plan, errors, warnings, todo } = planFromStack(document, {
        stack,
        ...read,
        ...(nodes && { nodes }),
    });
    const marks = sameMark({ stack, document }, companions(target));
    return {
        report: {
            stack,
            errors: [...errors, ...marks],
            warnings,
            todo,
            ...(plan && marks.length === 0 && { summary: summaryOf(plan) }),
        },
        ...(plan && { plan }),
    };
}

/** The other stacks of the same folder, as far as their files can be read. */
function companions({ stack, file }: Named) {
    return stacksIn(dirname(file))
        .filter((other) => other.stack !== stack)
        .map((other) => ({ stack: other.stack, document: readStack(other).document }));
}

function reportText({ stack, errors, warnings, todo, summary }: Report, paint: Paint): string {
    const count = (number: number, word: string) => `${number} ${word}${number === 1 ? "" : "s"}`;
    const found = [count(errors.length, "error"), count(warnings.length, "warning")];
    if (todo.length > 0) found.push(`${todo.length} still to fill in`);
    return [
        ...findingLines(errors).map((line) => `${paint("red", "error:")} ${line}`),
        ...findingLines(warnings).map((line) => `${paint("yellow", "warning:")} ${line}`),
        ...(errors.length + warnings.length > 0 ? [""] : []),
        ...(summary ? [summaryText(summary), ""] : []),
        ...(todo.length > 0
            ? [
                  paint("bold", "Still to fill in"),
                  ...findingLines(todo).map((line) => `  ${line}`),
                  "",
              ]
            : []),
        `Stack ${stack}: ${found.join(", ")}.`,
    ].join("\n");
}

if (require.main === module) runAsProgram(main);
