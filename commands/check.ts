import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { parseArgs } from "node:util";
import { type Finding, findingText } from "../config/findings";
import { planFromStack } from "../config/stack";
import { readStackText } from "../config/stack-file";
import { type Summary, summaryOf, summaryText } from "../config/summary";

const HELP = `Checks a stack's config without an engine, a cluster or a secret decrypted.

Usage: npm run check -- <stack> [--json]
       npm run check -- <file> [--json]     for example examples/Pulumi.recipe.yaml

Prints every error and warning; without errors also what would be configured.
  --json   one JSON object: { stack, errors, warnings, summary }
  --help   this text
Exit code: 0 without errors, 1 with errors.`;

interface Report {
    readonly stack: string;
    readonly errors: readonly Finding[];
    readonly warnings: readonly Finding[];
    readonly summary?: Summary;
}

/** Runs the check for a command line; returns the exit code. */
export function main(argv: readonly string[], print: (text: string) => void): number {
    let options: { values: { json?: boolean; help?: boolean }; positionals: string[] };
    try {
        options = parseArgs({
            args: [...argv],
            allowPositionals: true,
            options: { json: { type: "boolean" }, help: { type: "boolean", short: "h" } },
        });
    } catch (error) {
        print(`${(error as Error).message}\n\n${HELP}`);
        return 1;
    }
    const { values, positionals } = options;
    if (values.help) {
        print(HELP);
        return 0;
    }
    if (positionals.length !== 1) {
        print(`Name one stack${stacksHere()}.\n\n${HELP}`);
        return 1;
    }
    const report = check(positionals[0]!);
    print(values.json ? JSON.stringify(report, null, 4) : reportText(report));
    return report.errors.length > 0 ? 1 : 0;
}

function check(target: string): Report {
    const file = target.endsWith(".yaml") ? target : `Pulumi.${target}.yaml`;
    const stack = /^Pulumi\.(.+)\.yaml$/.exec(basename(file))?.[1] ?? basename(file, ".yaml");
    if (!existsSync(file)) {
        const reason = `there is no such file here${stacksHere()}`;
        return { stack, errors: [{ path: file, reason }], warnings: [] };
    }
    const { document, secretKeys, problems } = readStackText(readFileSync(file, "utf8"));
    if (problems.length > 0) {
        const errors = problems.map((reason) => ({ path: file, reason }));
        return { stack, errors, warnings: [] };
    }
    const { plan, errors, warnings } = planFromStack(document, { stack, secretKeys });
    return { stack, errors, warnings, ...(plan && { summary: summaryOf(plan) }) };
}

function stacksHere(): string {
    const stacks = readdirSync(".").flatMap(
        (file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.slice(1) ?? [],
    );
    return stacks.length > 0 ? `; stacks: ${stacks.join(", ")}` : "";
}

function reportText({ stack, errors, warnings, summary }: Report): string {
    const count = (number: number, word: string) => `${number} ${word}${number === 1 ? "" : "s"}`;
    const found = [count(errors.length, "error"), count(warnings.length, "warning")].join(", ");
    return [
        ...errors.map((finding) => `error: ${findingText(finding)}`),
        ...warnings.map((finding) => `warning: ${findingText(finding)}`),
        ...(errors.length + warnings.length > 0 ? [""] : []),
        ...(summary ? [summaryText(summary), ""] : []),
        `Stack ${stack}: ${found}.`,
    ].join("\n");
}

if (require.main === module) {
    process.exitCode = main(process.argv.slice(2), (text) => console.log(text));
}
