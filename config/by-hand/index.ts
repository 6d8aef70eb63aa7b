import type { ByHandPlan, Plan } from "../plan";
import { frrText, vtyshLines } from "./frr";
import { jsonText, routerData } from "./json";
import { opnsenseText } from "./opnsense";
import { packetFilter } from "./parts";
import { pageLines, pfsenseText } from "./pfsense";
import { routerosText } from "./routeros";
import { unifiText } from "./unifi";
import { vyosText } from "./vyos";

/** What a person types or uploads for one router, in its dialect; secrets as placeholders. Pure. */
export function byHandText(router: ByHandPlan): string {
    switch (router.dialect) {
        case undefined:
            return bothTexts(router);
        case "frr":
            return frrText(router);
        case "pfsense":
            return pfsenseText(router);
        case "opnsense":
            return opnsenseText(router);
        case "routeros":
            return routerosText(router);
        case "vyos":
            return vyosText(router);
        case "unifi":
            return unifiText(router);
        case "json":
            return jsonText(router);
    }
}

/** Name of the file that holds the text. */
export function byHandFile({ dialect }: ByHandPlan): string {
    return dialect === "json" ? "by-hand.json" : `${dialect ?? "by-hand"}.txt`;
}

/** What is to be done with the text. */
export function byHandTitle(router: string, { dialect }: ByHandPlan): string {
    if (dialect === "json") return `For a provider that configures ${router}`;
    return dialect === "unifi" ? `To upload to ${router}` : `To type on ${router}`;
}

/** The program's output: the text, or for a provider of another kind the data itself. */
export function byHandOutput(
    byHand: Plan["byHand"],
): Record<string, string | ReturnType<typeof routerData>> {
    return Object.fromEntries(
        Object.entries(byHand).map(([name, router]) => [
            name,
            router.dialect === "json" ? routerData(router) : byHandText(router),
        ]),
    );
}

function bothTexts(router: ByHandPlan): string {
    return [
        "FRR (vtysh):",
        ...vtyshLines(router).map((line) => `  ${line}`),
        "",
        "The same on pfSense (Services > FRR):",
        ...pageLines(router).map((line) => `  ${line}`),
        "",
        packetFilter(router),
    ].join("\n");
}
