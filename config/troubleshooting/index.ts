import { beforeAnythingTroubles } from "./before";
import { clusterTroubles } from "./cluster";
import { reachTroubles } from "./reach";
import { firewallTroubles } from "./firewall";
import { sessionsTroubles } from "./sessions";
import type { Trouble } from "./trouble";

/**
 * What people meet, by its exact words: the one list behind the tables of README and docs/firewall.md
 * (`npm run schema` writes them), by the tables' names there. A test holds every row against the test
 * that provokes it.
 */
export const troubles: Readonly<Record<string, readonly Trouble[]>> = {
    "before anything runs": beforeAnythingTroubles,
    "the cluster": clusterTroubles,
    "the firewall, on the way in": reachTroubles,
    "the firewall, its state": firewallTroubles,
    "the sessions": sessionsTroubles,
};

const end = "<!-- end of table -->";
const begin = (name: string) => `<!-- table: ${name}, written by npm run schema -->`;

/** The document with every table of troubles between its marks written anew. */
export function withTroubles(document: string): string {
    return Object.entries(troubles).reduce((text, [name, rows]) => {
        const [before, rest] = text.split(begin(name));
        const after = rest?.slice(rest.indexOf(end));
        return after === undefined ? text : `${before}${begin(name)}\n\n${table(rows)}\n${after}`;
    }, document);
}

function table(rows: readonly Trouble[]): string {
    const withWhy = rows.some(({ why }) => why !== undefined);
    const cells = (...words: readonly string[]) =>
        `| ${words.map((word) => word.replaceAll("|", "\\|")).join(" | ")} |\n`;
    return [
        withWhy ? cells("text", "why", "what to do") : cells("text", "what to do"),
        withWhy ? "|---|---|---|\n" : "|---|---|\n",
        ...rows.map(({ text, why = "", mend }) =>
            withWhy ? cells(text, why, mend) : cells(text, mend),
        ),
    ].join("");
}
