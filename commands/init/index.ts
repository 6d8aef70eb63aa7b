import { randomBytes } from "node:crypto";
import { findingLines } from "../../config/findings";
import { stackText } from "../../config/init/stack-text";
import { planFromStack } from "../../config/stack";
import { readStackFile } from "../../config/stack-file";
import { summaryOf } from "../../config/summary";
import { summaryText } from "../../config/summary-text";
import { exit, runAsProgram, type Terminal } from "../command-line";
import { gather, Missing } from "./gather";
import { HELP, type InitOptions, readOptions } from "./options";
import { realWorld, type World } from "./world";

/** Makes a new stack for a command line; returns the exit code. */
export async function main(
    argv: readonly string[],
    terminal: Terminal,
    world: World = realWorld(),
): Promise<number> {
    let options: InitOptions;
    try {
        options = readOptions(argv);
    } catch (error) {
        terminal.print(`${(error as Error).message}\n\n${HELP}`);
        return exit.usage;
    }
    if (options.help) {
        terminal.print(HELP);
        return exit.ok;
    }
    try {
        return await makeStack(options, terminal, world);
    } catch (error) {
        terminal.print((error as Error).message);
        return error instanceof Missing ? exit.usage : exit.config;
    }
}

async function makeStack(options: InitOptions, terminal: Terminal, world: World) {
    const { person } = world;
    const stack = options.stack ?? (await person?.ask("Name of the stack", "home")) ?? "home";
    const file = `Pulumi.${stack}.yaml`;
    if (world.exists(file)) throw new Error(`${file} is there already; nothing was changed.`);
    const { answers, sshKey } = await gather(options, world, terminal.print);
    const text = stackText(answers);
    if (!isGood(stack, text, sshKey !== undefined, options.bgpPassword, terminal)) {
        return exit.config;
    }
    terminal.print(`\n${text}`);
    if (!options.yes && !(await person?.confirm(`Write this to ${file}?`))) {
        terminal.print("Nothing was written.");
        return exit.config;
    }
    world.write(file, text);
    terminal.print(`${file} is written.`);
    const left = await setSecrets(stack, sshKey, options, world, terminal);
    const next = [...left, `npm run check -- ${stack}`, `pulumi preview --stack ${stack}`];
    terminal.print(`\nWhat comes next:\n${next.map((line) => `  ${line}`).join("\n")}`);
    return exit.ok;
}

/** The very check of `npm run check`; what it refuses is not written. */
function isGood(
    stack: string,
    text: string,
    hasKey: boolean,
    hasPassword: boolean,
    { print, paint }: Terminal,
): boolean {
    const { document } = readStackFile(Buffer.from(text));
    const secretKeys = [...(hasKey ? ["sshKey"] : []), ...(hasPassword ? ["bgpPassword"] : [])];
    const { plan, errors, warnings } = planFromStack(document, { stack, secretKeys });
    const lines = [
        ...findingLines(errors).map((line) => `${paint("red", "error:")} ${line}`),
        ...findingLines(warnings).map((line) => `${paint("yellow", "warning:")} ${line}`),
    ];
    if (lines.length > 0) print(`\n${lines.join("\n")}`);
    if (plan) print(`\n${summaryText(summaryOf(plan))}`);
    else print("\nNothing was written: give other answers.");
    return plan !== undefined;
}

/** @returns what is left to do by hand, as command lines */
async function setSecrets(
    stack: string,
    sshKey: string | undefined,
    options: InitOptions,
    world: World,
    { print }: Terminal,
): Promise<string[]> {
    const set = (key: string) => ["config", "set", "--stack", stack, "--secret", key];
    const done = async (argv: readonly string[], input?: string) => {
        try {
            await world.pulumi(argv, input);
            return true;
        } catch (error) {
            print(`pulumi ${argv.join(" ")}: ${(error as Error).message}`);
            return false;
        }
    };
    const left: string[] = [];
    const isMade = await done(["stack", "init", stack]);
    if (!isMade) left.push(`pulumi stack init ${stack}`);
    if (sshKey === undefined || !isMade || !(await done(set("sshKey"), sshKey))) {
        left.push(`pulumi ${set("sshKey").join(" ")} < ${options.sshKey ?? "private-key-file"}`);
    }
    if (!options.bgpPassword) return left;
    const password = randomBytes(16).toString("hex");
    if (!isMade || !(await done(set("bgpPassword"), password))) {
        left.push(`openssl rand -hex 16 | pulumi ${set("bgpPassword").join(" ")}`);
    }
    return left;
}

if (require.main === module) runAsProgram((argv, terminal) => main(argv, terminal));
