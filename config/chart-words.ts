import type { ClusterObject } from "./objects";
import type { MetalLbPlan } from "./plan";

/** Flux's words for what went wrong, and what they mean for the stack file. */
const causes: readonly (readonly [words: RegExp, mend: (chart: MetalLbPlan["chart"]) => string])[] =
    [
        [
            /\b401\b|\b403\b|unauthori[sz]ed|forbidden|denied/i,
            ({ login }) =>
                login
                    ? `the login of metallb.chart.user (${login.user}) is refused: pulumi config set --secret chartPassword`
                    : "a login is wanted: metallb.chart.user and the secret chartPassword",
        ],
        [
            /x509|certificate/i,
            () =>
                "its certificate is not trusted: metallb.chart.ca takes that of the authority behind it",
        ],
        [
            /MANIFEST_UNKNOWN|NAME_UNKNOWN|BLOB_UNKNOWN|not found|\b404\b|no chart version|no '.*' chart/i,
            ({ digest }) =>
                digest === undefined
                    ? "there is none of that version: correct metallb.version or metallb.chart.repository"
                    : `nothing there has the digest of metallb.chart.digest (${digest}): take that of this version`,
        ],
        [
            /no such host|refused|timeout|deadline|unreachable|i\/o/i,
            () =>
                "Flux's source-controller does not reach it: metallb.chart.repository, DNS, a network policy",
        ],
    ];

/** Why a chart cannot be had, as one sentence with the mend and Flux's own words. */
export function chartProblem({ chart }: Pick<MetalLbPlan, "chart">, message: string): string {
    const mend = causes.find(([words]) => words.test(message))?.[1](chart);
    const what = `The chart ${chart.repository}, version ${chart.version}, cannot be had`;
    return `${what}${mend === undefined ? "" : `: ${mend}`}. Flux says: ${message.trim()}`;
}

/** Where Flux says nothing of a source at all. */
export const chartSilence = (
    { kind, metadata: { name } }: ClusterObject,
    seconds: number,
): string =>
    `Flux does not say within ${seconds} s whether it has the chart (${kind} ${name}): kubectl -n flux-system get pods, and the logs of source-controller`;
