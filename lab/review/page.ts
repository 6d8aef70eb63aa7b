import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../stack/stack";

/** One change: what its preview promised and what came true. */
export interface Measured {
    readonly title: string;
    /** The preview's summary, for those that the page shows whole. */
    readonly summary?: string;
    readonly sessions: readonly string[];
    /** Seconds. */
    readonly promised: number;
    /** Seconds of the `up`. */
    readonly seconds: number;
    readonly lost: string;
    /** Longest time in which no firewall had a route, in seconds. */
    readonly longest: number;
    /** The engine's steps. */
    readonly steps: string;
}

const page = join(root, "docs", "review.md");
const mark = (name: string) => new RegExp(`(<!-- ${name} -->\n)[\\s\\S]*?(<!-- end -->)`);

/** Writes the measured parts of docs/review.md anew; its other text stays. */
export function writePage(measured: readonly Measured[]): void {
    const shown = measured.flatMap(({ title, summary }) =>
        summary === undefined ? [] : [`**${capital(title)}**\n\n\`\`\`\n${summary}\n\`\`\`\n`],
    );
    const head =
        "| change | sessions, as promised | s without a route: promised, measured | requests lost | resources | `up` |";
    const rows = measured.map(({ title, sessions, promised, longest, lost, steps, seconds }) => {
        const fate = sessions.join("<br>") || "all stay";
        return `| ${title} | ${fate} | ${promised}, ${longest} | ${lost} | ${steps} | ${seconds.toFixed(0)} s |`;
    });
    const table = [head, "|---|---|---|---|---|---|", ...rows, ""].join("\n");
    const text = readFileSync(page, "utf8")
        .replace(
            mark("previews"),
            (_, open: string, end: string) => `${open}\n${shown.join("\n")}\n${end}`,
        )
        .replace(mark("measured"), (_, open: string, end: string) => `${open}\n${table}\n${end}`);
    writeFileSync(page, text);
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
