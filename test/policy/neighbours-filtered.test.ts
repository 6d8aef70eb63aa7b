import { type Registration, secretOutput } from "../components/recorder";
import { type Group, inputs, set, type Spoiled, testSpoiled } from "./spoiled";

const neighbour = (problem: string) =>
    `neighbours-filtered: fw-a: Neighbour 192.168.33.21 ${problem}`;
const noFilter = neighbour(
    "has no prefix list in: the firewall would take whatever the cluster sends. Give it prefixListIn with the pools.",
);
const noLimit = neighbour(
    "has no maximum of prefixes: a cluster gone wrong could fill the firewall's table. Give it maximumPrefix; left out of the stack file it follows from the pools.",
);
const openList = (node: number) =>
    `neighbours-filtered: fw-a: Neighbour 192.168.33.${node} has the prefix list recipe-in-v4 in, whose rule 10 permits everything. Permit the pools only.`;
const firewall = (all: readonly Registration[], ...path: string[]) =>
    inputs(all, "fw-a of :PfSenseBgp", ...path);
const command = (all: readonly Registration[]) => inputs(all, "fw-a of :Command");
const shown = (all: readonly Registration[]) => firewall(all, "neighbours", "192.168.33.21");
const openRules = (rule: object) => [{ seq: 10, action: "permit", ...rule }];

/** Changes the first neighbour of what the agent is asked for, within its script. */
function request(all: readonly Registration[], change: (neighbour: Group) => void): void {
    const stdin = command(all).stdin as Group;
    const pattern = /(?<=metallb_pfsense_payload = ')[^']+/;
    stdin.value = String(stdin.value).replace(pattern, (payload) => {
        const parsed = JSON.parse(Buffer.from(payload, "base64").toString()) as {
            wanted: { neighbours: Group[] };
        };
        change(parsed.wanted.neighbours[0]!);
        return Buffer.from(JSON.stringify(parsed)).toString("base64");
    });
}

const cases: readonly Spoiled[] = [
    {
        what: "a neighbour without a filter",
        spoil: (all) => delete shown(all).prefixListIn,
        said: [noFilter],
    },
    {
        what: "a neighbour without a filter, of which the preview does not tell",
        spoil: (all) => request(all, (neighbour) => set(neighbour, "prefixListIn", "")),
        said: [noFilter],
    },
    {
        what: "a neighbour with a filter that is not sent",
        spoil: (all) => set(shown(all), "prefixListIn", "other"),
        said: [
            neighbour(
                "has the prefix list other in, which this firewall does not get. Send the list along in prefixLists.",
            ),
        ],
    },
    ...[{ any: true }, { prefix: "0.0.0.0/0", le: 32 }, { prefix: "::/0", le: 128 }].map(
        (rule) => ({
            what: `a filter that permits ${JSON.stringify(rule)}`,
            spoil: (all: Registration[]) =>
                set(firewall(all, "prefixLists", "recipe-in-v4"), "rules", openRules(rule)),
            said: [21, 22, 23, 24, 25].map(openList),
        }),
    ),
    ...[undefined, 0, "many"].map((limit) => ({
        what: `a neighbour with the limit ${limit}`,
        spoil: (all: Registration[]) => set(shown(all), "maximumPrefix", limit ?? null),
        said: [noLimit],
    })),
    {
        what: "a limit that is not sent",
        spoil: (all) => request(all, (neighbour) => delete neighbour.maximumPrefix),
        said: [noLimit],
    },
    {
        what: "a command that is not the agent's",
        spoil: (all) => set(command(all), "stdin", secretOutput("<?php")),
        said: [
            "neighbours-filtered: fw-a: The command's stdin names no neighbours that can be looked at. Send the agent's own script there.",
        ],
    },
];

describe("the policy neighbours-filtered", () => testSpoiled(cases));
