import {
    answers,
    type Growth,
    limitSeconds,
    type Result,
    type Span,
    spread,
    type Turn,
} from "./result";
import { answerTable, awayTable, markdown, measureTable } from "./table";

/** docs/performance.md from what a run has measured. Pure: the same result, the same text. */
export function page(result: Result): string {
    const up = middleTurn(result);
    return (
        [
            "# Performance",
            "Written by `npm run bench:site`; every number on this page is of one run of it, on one machine. They are to be compared with each other, not with those of another machine: none of them is a promise.",
            ...[machineText(result), "## From an empty cluster to the answer", answerTable(result)],
            "![every turn as a point, medians as bars; below, one up, resource by resource](performance.svg)",
            ...[
                "### What was compared",
                comparedText(result),
                "## And away again",
                awayTable(result),
                "From the start of the removal until the site is as empty as before the turn, by each one's own means, which for `up` is `pulumi destroy`: MetalLB's objects, so that the Service gives its address back, the release, so that Helm uninstalls it, then sources, namespaces, Flux and, beside them, the firewalls' ends.",
                "## Further measures",
                measureTable(result),
            ],
            "All of these are from the start of the process until the engine's last word; previews are measured in every other round, the change of a node in those between. A node is taken out and back by the stack file: its two sessions go and come on both firewalls, with the plan shown and the proof at the end. The empty and the bare program run in the same engine as this one; the bare one registers every resource of the stack with the inputs of its state, and reads no config, asks no cluster and no firewall: what a preview takes beyond it is this program's own looking.",
            ...(up ? ["## Where the seconds of an `up` go", timelineText(up)] : []),
            ...["## Growth on paper", growthText(result.growth)],
        ].join("\n\n") + "\n"
    );
}

const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? "" : "s"}`;

function machineText({ machine, versions, date, rounds }: Result): string {
    const memory = (machine.memory / 2 ** 30).toFixed(1);
    const list = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
    return `Machine: ${machine.cores} cores (${machine.processor}), ${memory} GiB of memory, ${machine.system}, Linux ${machine.kernel}. ${counted(rounds, "round")}, begun ${date.slice(0, 16).replace("T", " ")} UTC. ${list.join(", ")}.`;
}

function comparedText({ contestants, rounds, turns }: Result): string {
    const lost = turns.filter(({ answer }) => answer === undefined).length;
    const rows = contestants.map(({ name, does, before }) => [`\`${name}\``, does, before]);
    const head = "| | what is timed | there before the clock starts |\n|---|---|---|";
    return [
        [head, ...rows.map((row) => `| ${row.join(" | ")} |`)].join("\n"),
        [
            `- One site of the lab ([lab.md](lab.md)): all images are on the nodes, the chart is on a repository in the same network. Everybody has ${counted(rounds, "turn")}, one after the other, and who begins a round changes.`,
            "- Every turn starts from an empty cluster: before the next one the namespaces, definitions of kinds, cluster roles, webhooks and priority classes are again those of the start, the demo's Service has no address, and the firewalls have no neighbour but their own.",
            "- The clock ends with the first answer of the demo that a client behind the firewalls gets on the address, which it asks for every 50 ms. Afterwards every session of both firewalls is seen to be Established, or the turn does not count.",
            "- All bring about the same: this stack's chart, backend, pools, peers with their password, and advertisement. For all but `up` the firewalls' ends of the sessions are made before the clock starts, which favours them; a script has nothing that would.",
            "- The recipe has its own intervals, timeouts and health checks, in the API versions that are served today, and Flux is there already, which favours it. A push can come at any moment between two of Flux's looks at the repository, once a minute: the rounds spread over that minute evenly.",
            "- The scripts look for what they wait for every 50 ms at nearly no cost, and end without a proof. Flux's own manifest, and so its own probes, are as they are published.",
            "- `up` is a preview and an update by the Automation API in one process, which loads the program once, in the way of Pulumi's language host, where the CLI would load it twice, and starts the CLI several times where a person starts it once. The program was previewed once before the first round.",
            ...(lost > 0
                ? [
                      `- ${counted(lost, "turn")} had no answer within ${limitSeconds} s, counted as that.`,
                  ]
                : []),
        ].join("\n"),
    ].join("\n\n");
}

/** The turn of `up` that came in the middle: its timeline stands for the others. */
export function middleTurn(result: Result): Turn | undefined {
    const turns = result.turns.filter(
        ({ contestant, timeline }) => contestant === "up" && timeline,
    );
    const sorted = [...turns].sort((a, b) => (a.answer ?? 0) - (b.answer ?? 0));
    return sorted[(sorted.length - 1) >> 1];
}

/** Seconds below which a resource is one of the many that nobody waits for. */
const noticeable = 0.3;

/** What of a timeline takes its time, without the components, which last as long as their parts. */
export const longSpans = (timeline: readonly Span[]): Span[] =>
    timeline
        .filter(({ type, from, to }) => to - from >= noticeable && !isComponent(type))
        .sort((a, b) => a.from - b.from);

/** The rows of a turn's timeline: the plan that is shown first, then what takes its time. */
export const timelineRows = ({
    timeline = [],
    more,
}: Turn): Pick<Span, "name" | "from" | "to">[] => [
    { name: "the plan, shown first", from: 0, to: more.plan ?? 0 },
    ...longSpans(timeline),
];

const isComponent = (type: string) =>
    type.startsWith("metallb-pfsense:") || type === "pulumi:pulumi:Stack";

function timelineText(turn: Turn): string {
    const { timeline = [], more, answer } = turn;
    const shown = timelineRows(turn);
    const rest = timeline.length - (shown.length - 1);
    const rows = shown.map(({ name, from, to }) => [
        name,
        ...[from, to, to - from].map((value) => value.toFixed(1)),
    ]);
    const table = markdown(["resource", "from, s", "to, s", "takes"], rows);
    return [
        `The turn in the middle, in seconds from its start: the plan is shown after ${more.plan?.toFixed(1)}, the address answers after ${answer?.toFixed(1)}, the sessions are proven and the command has ended after ${more.end?.toFixed(1)}. Of the engine's ${timeline.length} resources those that take at least ${noticeable} s, without components, which last as long as their parts (${rest} are left out):`,
        table,
    ].join("\n\n");
}

function growthText(growth: readonly Growth[]): string {
    const rows = growth.map(({ pools, nodes, firewalls, parse, plan }) => [
        [counted(pools, "pool"), counted(nodes, "node"), counted(firewalls, "firewall")].join(", "),
        String(nodes * firewalls),
        ...[parse, plan, parse + plan].map((value) => value.toFixed(1)),
    ]);
    const head = ["stack file", "sessions", "parse, ms", "check and plan, ms", "together, ms"];
    return [
        "From the text of a stack file to the plan of both ends, the median of seven, as `npm run bench` times it; one dimension after the other, then all at once.",
        markdown(head, rows),
    ].join("\n\n");
}

/** Medians by contestant, for the README's first screen and the like. */
export const medians = (result: Result): Record<string, number> =>
    Object.fromEntries(
        result.contestants.flatMap(({ name }) => {
            const found = spread(answers(result, name));
            return found ? [[name, found.median]] : [];
        }),
    );
