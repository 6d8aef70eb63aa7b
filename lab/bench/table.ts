import {
    answers,
    aways,
    limitSeconds,
    type Measure,
    measured,
    measures,
    type Result,
    type Spread,
    spread,
} from "./result";

const one = (value: number) => value.toFixed(1);
const ofMedian = (ratio: number) => `${ratio.toFixed(2)} x`;

/** Cells of the answer's table: name, min, median, max, ratio of the median to that of `up`. */
export const answerRows = (result: Result): string[][] => compared(result, answers);
/** Cells of the same table for the way back. */
export const awayRows = (result: Result): string[][] => compared(result, aways);

function compared(
    result: Result,
    valuesOf: (result: Result, contestant: string) => number[],
): string[][] {
    const up = spread(valuesOf(result, "up"))?.median;
    return result.contestants.flatMap(({ name }) => {
        const found = spread(valuesOf(result, name));
        if (!found) return [];
        const ratio = up === undefined ? "" : ofMedian(found.median / up);
        return [[name, ...cells(found), ratio]];
    });
}

/** Cells of the other measures: name, min, median, max. */
export function measureRows(result: Result): string[][] {
    return (Object.keys(measures) as Measure[]).flatMap((measure) => {
        const found = spread(measured(result, measure));
        return found ? [[measures[measure], ...cells(found)]] : [];
    });
}

const cells = ({ min, median, max }: Spread): string[] =>
    [min, median, max].map((value) =>
        value >= limitSeconds ? `over ${limitSeconds}` : one(value),
    );

/** A table in Markdown; all columns but the first to the right. */
export function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
    const line = (row: readonly string[]) => `| ${row.join(" | ")} |`;
    const rule = `|${head.map((_, index) => (index === 0 ? "---" : "---:")).join("|")}|`;
    return [line(head), rule, ...rows.map(line)].join("\n");
}

const headOf = {
    answer: ["to the answer, s", "min", "median", "max", "median / up"],
    away: ["to an empty site, s", "min", "median", "max", "median / up"],
    more: ["s", "min", "median", "max"],
};

export const answerTable = (result: Result): string => markdown(headOf.answer, answerRows(result));
export const awayTable = (result: Result): string => markdown(headOf.away, awayRows(result));
export const measureTable = (result: Result): string => markdown(headOf.more, measureRows(result));

/** The tables for a terminal. */
export function tableText(result: Result): string {
    const { machine, date, rounds } = result;
    const memory = `${(machine.memory / 2 ** 30).toFixed(1)} GiB`;
    const about = `${machine.cores} cores (${machine.processor}), ${memory}, ${machine.system}, Linux ${machine.kernel}; ${rounds} rounds, ${date}`;
    const versions = Object.entries(result.versions).map(([name, version]) => `${name} ${version}`);
    const parts = [
        [headOf.answer, ...answerRows(result)],
        [headOf.away, ...awayRows(result)],
        [headOf.more, ...measureRows(result)],
    ].map(aligned);
    return [...parts, about, versions.join(", ")].join("\n\n");
}

function aligned(rows: readonly (readonly string[])[]): string {
    const widths = rows[0]!.map((_, at) => Math.max(...rows.map((row) => row[at]!.length)));
    return rows
        .map((row) =>
            row
                .map((cell, at) =>
                    at === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[at]!),
                )
                .join("  "),
        )
        .join("\n");
}
