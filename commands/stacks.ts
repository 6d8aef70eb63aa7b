import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { nearest } from "../config/findings";
import { readStackFile, type StackFile } from "../config/stack-file";

const NAME = /^Pulumi\.(.+)\.yaml$/;

/** A stack file as it was named on a command line. */
export interface Named {
    readonly stack: string;
    readonly file: string;
}

/** The stack files of a folder, in the order of their names. */
export function stacksIn(folder: string): Named[] {
    return readdirSync(folder)
        .sort()
        .flatMap((name) => {
            const stack = NAME.exec(name)?.[1];
            return stack === undefined ? [] : [{ stack, file: join(folder, name) }];
        });
}

/** By stack name, by file, or by a file's name without its ending. */
export function named(target: string): Named {
    const isFile = target.includes("/") || /\.ya?ml$/.test(target);
    const bare = target.replace(/^Pulumi\./, "");
    const file = isFile
        ? target
        : `Pulumi.${existsSync(`Pulumi.${target}.yaml`) ? target : bare}.yaml`;
    const stack = NAME.exec(basename(file))?.[1] ?? basename(file).replace(/\.ya?ml$/, "");
    return { stack, file: relative(".", file) || file };
}

/** Reads a stack file with the Pulumi.yaml beside it; every failure is one of its problems. */
export function readStack({ stack, file }: Named): StackFile {
    const project = join(dirname(file), "Pulumi.yaml");
    try {
        return readStackFile(
            readFileSync(file),
            existsSync(project) ? readFileSync(project, "utf8") : "",
        );
    } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        const problem =
            code === "ENOENT" ? `there is no such file here${others(stack)}` : reasonOf(code);
        return {
            document: {},
            secretKeys: [],
            encrypted: [],
            environments: [],
            findings: [],
            problems: [problem],
        };
    }
}

function reasonOf(code = "unknown reason"): string {
    if (code === "EISDIR") return "is a folder, not a file";
    if (code === "EACCES" || code === "EPERM") return "cannot be read: permission denied";
    return `cannot be read (${code})`;
}

function others(stack: string): string {
    const stacks = stacksIn(".").map((one) => one.stack);
    const meant = nearest(stack, stacks);
    if (meant !== undefined) return `; did you mean \`${meant}\`?`;
    return stacks.length > 0 ? `; stacks: ${stacks.join(", ")}` : "";
}
