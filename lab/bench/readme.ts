import { medians } from "./page";
import type { Result } from "./result";

const begin = "<!-- times, written by npm run bench:site -->";
const end = "<!-- end of times -->";

/**
 * The README with the medians of a run on its first screen.
 * @throws Error for a README that has no place for them, and for a run that not all took part in
 */
export function withTimes(readme: string, result: Result): string {
    const [before, rest = ""] = readme.split(begin);
    const [old, after] = rest.split(end);
    if (old === undefined || after === undefined) throw new Error(`README.md has no ${begin}`);
    return [before, begin, "\n\n", sentence(medians(result)), "\n\n", end, after].join("");
}

function sentence(all: Readonly<Record<string, number>>): string {
    const of = (name: string) => {
        const median = all[name];
        if (median === undefined) throw new Error(`${name} took no part`);
        return `${median.toFixed(1)} s`;
    };
    return `How long that takes, from an empty cluster to the answer, as the median of one run on one machine: \`pulumi up\` ${of("up")}, a perfect script of \`kubectl\` ${of("script, 1 s probes")}, the written recipe ${of("recipe")} ([docs/performance.md](docs/performance.md)).`;
}
