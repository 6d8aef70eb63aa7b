import type { TopLevelSpec } from "vega-lite";
import { middleTurn, timelineRows } from "./page";
import { limitSeconds, type Result } from "./result";

/** Space and size in pixels. */
const width = 560;
const colours = { point: "#4c78a8", median: "#333333", span: "#4c78a8" };

/** Every turn as a point and the median of each contestant; below, one `up`, resource by resource. */
export function specification(result: Result): TopLevelSpec {
    const order = result.contestants.map(({ name }) => name);
    const turns = result.turns.map(({ contestant, answer }) => ({
        contestant,
        seconds: answer ?? limitSeconds,
    }));
    const y = { field: "contestant", type: "nominal", sort: order, title: null } as const;
    const middle = middleTurn(result);
    const timeline = (middle ? timelineRows(middle) : []).map(({ name, from, to }) => ({
        name,
        from,
        to,
    }));
    const axis = { labelLimit: 420 } as const;
    return {
        $schema: "https://vega.github.io/schema/vega-lite/v6.json",
        background: "white",
        vconcat: [
            {
                title: "from an empty cluster to the first answer behind the firewalls",
                width,
                data: { values: turns },
                layer: [
                    {
                        mark: { type: "circle", size: 70, opacity: 0.7, color: colours.point },
                        encoding: {
                            x: {
                                field: "seconds",
                                type: "quantitative",
                                scale: { zero: true },
                                title: "seconds",
                            },
                            y: { ...y, axis },
                        },
                    },
                    {
                        mark: { type: "tick", size: 18, thickness: 2, color: colours.median },
                        encoding: {
                            x: { field: "seconds", aggregate: "median", type: "quantitative" },
                            y,
                        },
                    },
                ],
            },
            {
                title: "one up: what its seconds go to",
                width,
                data: { values: timeline },
                mark: { type: "bar", color: colours.span },
                encoding: {
                    x: { field: "from", type: "quantitative", title: "seconds" },
                    x2: { field: "to" },
                    y: { field: "name", type: "nominal", sort: null, title: null, axis },
                },
            },
        ],
    };
}

/** The plot as SVG: no browser, no canvas, no network. */
export async function plot(result: Result): Promise<string> {
    // Both are modules of the other kind, which a program here can only load at run time.
    const [{ parse, View }, { compile }] = await Promise.all([import("vega"), import("vega-lite")]);
    const view = new View(parse(compile(specification(result)).spec), { renderer: "none" });
    const svg = await view.toSVG();
    view.finalize();
    return `${svg}\n`;
}
