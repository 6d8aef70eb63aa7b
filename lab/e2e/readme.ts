import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../stack/stack";

/** The text of one numbered step of "Use it on your cluster" in README. */
export function step(number: number): string {
    const text = readFileSync(join(root, "README.md"), "utf8");
    const [, rest = ""] = text.split(`\n**${number}. `);
    return rest.split(/\n\*\*\d\. |\n## /)[0]!;
}

const blocks = (number: number, language: string): string[] =>
    [...step(number).matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].flatMap(([, is, text]) =>
        is === language ? [text!] : [],
    );

/** The lines of a step's commands, without their comments. */
export const commands = (number: number): string[] =>
    blocks(number, "console")
        .flatMap((block) => block.split("\n"))
        .map((line) => line.replace(/\s+#\s.*$/, ""))
        .filter(Boolean);

/** What a step shows, block by block: pieces of a text with "…" for what is between them. */
export const shown = (number: number): string[][] =>
    blocks(number, "").map((block) =>
        block
            .split(/^ *…$/m)
            .map((piece) => piece.replace(/^\n+|\s+$/g, ""))
            .filter(Boolean),
    );

/** The diagnostics in a block of the CLI's display, as the program gives them: without their places. */
export function messages([block = ""]: readonly string[]): string[] {
    return block
        .split(/^ *\S+ \(\S+\):$|^Diagnostics:$/m)
        .map((piece) => piece.replace(/^\n+|\s+$/g, ""))
        .filter(Boolean)
        .map((piece) => {
            const indent = /^ */.exec(piece)![0].length;
            const lines = piece.split("\n").map((line) => line.slice(indent));
            return lines.join("\n").replace(/^warning: /, "");
        });
}
