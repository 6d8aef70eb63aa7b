import type { ResourceValidationArgs, ResourceValidationPolicy } from "@pulumi/policy";
import { isFirewallCommand, listOf, member } from "./resources";

/**
 * A cluster that announces something else than its pools is stopped at the firewall. Looked at
 * twice: as the preview shows it, and as the firewall gets it.
 */
export const neighboursFiltered: ResourceValidationPolicy = {
    name: "neighbours-filtered",
    description: "Every neighbour on a firewall has a prefix list in and a maximum of prefixes.",
    enforcementLevel: "mandatory",
    validateResource: (resource, report) => {
        for (const problem of problemsIn(resource)) report(problem);
    },
};

function problemsIn({ type, urn, props }: ResourceValidationArgs): string[] {
    if (type === "metallb-pfsense:index:PfSenseBgp") return problemsOf(shown(props));
    if (!isFirewallCommand({ urn })) return [];
    const state = sent(member(props, "stdin"));
    return state
        ? problemsOf(state)
        : [
              "The command's stdin names no neighbours that can be looked at. Send the agent's own script there.",
          ];
}

interface State {
    readonly neighbours: readonly unknown[];
    readonly lists: readonly unknown[];
}

/** The component's inputs: records by address and by name. */
function shown(props: unknown): State {
    const entries = (key: string, name: string) =>
        Object.entries(Object(member(props, key)) as object).map(([by, entry]) => ({
            ...(entry as object),
            [name]: by,
        }));
    return {
        neighbours: entries("neighbours", "address"),
        lists: entries("prefixLists", "name"),
    };
}

/** The request within the agent's script (renderAgent). */
function sent(script: unknown): State | undefined {
    const [, payload] = /^\$metallb_pfsense_payload = '([^']+)';$/m.exec(String(script)) ?? [];
    if (payload === undefined) return undefined;
    const request: unknown = JSON.parse(Buffer.from(payload, "base64").toString("utf8"));
    const list = (key: string) => listOf(member(request, "wanted", key));
    return { neighbours: list("neighbours"), lists: list("prefixLists") };
}

function problemsOf({ neighbours, lists }: State): string[] {
    return neighbours.flatMap((neighbour) =>
        neighbourProblems(neighbour, lists).map(
            (problem) => `Neighbour ${text(neighbour, "address")} ${problem}`,
        ),
    );
}

function neighbourProblems(neighbour: unknown, lists: readonly unknown[]): string[] {
    const limit = member(neighbour, "maximumPrefix");
    const limited = Number.isInteger(limit) && Number(limit) > 0;
    return [
        ...filterProblems(text(neighbour, "prefixListIn"), lists),
        ...(limited
            ? []
            : [
                  "has no maximum of prefixes: a cluster gone wrong could fill the firewall's table. Give it maximumPrefix; left out of the stack file it follows from the pools.",
              ]),
    ];
}

function filterProblems(name: string, lists: readonly unknown[]): string[] {
    if (name === "") {
        return [
            "has no prefix list in: the firewall would take whatever the cluster sends. Give it prefixListIn with the pools.",
        ];
    }
    const list = lists.find((one) => text(one, "name") === name);
    if (list === undefined) {
        return [
            `has the prefix list ${name} in, which this firewall does not get. Send the list along in prefixLists.`,
        ];
    }
    const open = listOf(member(list, "rules")).find(permitsAll);
    return open === undefined
        ? []
        : [
              `has the prefix list ${name} in, whose rule ${String(member(open, "seq"))} permits everything. Permit the pools only.`,
          ];
}

function permitsAll(rule: unknown): boolean {
    const everything = ["0.0.0.0/0", "::/0"].includes(text(rule, "prefix"));
    return text(rule, "action") === "permit" && (everything || member(rule, "any") === true);
}

const text = (value: unknown, key: string): string => {
    const found = member(value, key);
    return typeof found === "string" ? found : "";
};
