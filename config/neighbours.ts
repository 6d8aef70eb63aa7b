import { intersection, parseRange, formatRange } from "./addresses";
import { type Finding, Findings } from "./findings";
import type { Plan } from "./plan";

/** Another stack, as far as its file tells without being checked. */
export interface OtherStack {
    readonly stack: string;
    readonly document: Readonly<Record<string, unknown>>;
}

/** Name of the cluster and addresses and host keys of the firewalls that a document names. */
function claims({ stack, document }: OtherStack): { owner: string; firewalls: Set<string> } {
    const group = (value: unknown) =>
        (typeof value === "object" && value !== null ? value : {}) as Record<string, unknown>;
    const routers = Object.values(group(group(document.bgp).routers)).map(group);
    const firewalls = routers
        .filter(({ pfsense }) => pfsense !== undefined)
        .flatMap(({ address, pfsense }) => [
            group(pfsense).host ?? address,
            String(group(pfsense).hostKey).replace(/.*\s(?=AAAA)/, ""),
        ])
        .flat()
        .filter((one): one is string => typeof one === "string" && !one.includes("FILL-IN"));
    const { name } = group(document.cluster);
    return { owner: typeof name === "string" ? name : stack, firewalls: new Set(firewalls) };
}

/** Stacks of one folder that mark their entries alike on the same firewall: each would take the other's for its own. */
export function sameMark(one: OtherStack, others: readonly OtherStack[]): Finding[] {
    const findings = new Findings();
    const own = claims(one);
    for (const other of others) {
        const theirs = claims(other);
        if (other.stack === one.stack || theirs.owner !== own.owner) continue;
        const shared = [...own.firewalls].find((firewall) => theirs.firewalls.has(firewall));
        if (shared === undefined) continue;
        findings.error(
            "cluster.name",
            `the stacks ${one.stack} and ${other.stack} are both called ${own.owner} on ${shared}: the second up is refused there; give each a name of its own`,
        );
    }
    return findings.errors;
}

/** What two checked stacks would take from one another on a firewall that both configure. */
export function clashes(
    [one, plan]: readonly [string, Plan],
    [other, theirs]: readonly [string, Plan],
): Finding[] {
    const findings = new Findings();
    const shared = Object.values(plan.firewalls).filter(({ connection }) =>
        Object.values(theirs.firewalls).some((firewall) =>
            sameHost(firewall.connection, connection),
        ),
    );
    for (const { connection, wanted } of shared) {
        const firewall = Object.values(theirs.firewalls).find((found) =>
            sameHost(found.connection, connection),
        )!;
        const addresses = new Set(firewall.wanted.neighbours.map(({ address }) => address));
        for (const { address, description } of wanted.neighbours) {
            if (!addresses.has(address)) continue;
            findings.warn(
                `bgp.nodes.${description}`,
                `${address} is a node of ${one} and of ${other}, and ${connection.host} can have it as neighbour of one of them only`,
            );
        }
    }
    if (shared.length > 0) poolClashes(one, plan, other, theirs, findings);
    return findings.warnings;
}

const sameHost = (a: { host: string; hostKey: string }, b: { host: string; hostKey: string }) =>
    a.host === b.host || a.hostKey === b.hostKey;

function poolClashes(
    one: string,
    plan: Plan,
    other: string,
    theirs: Plan,
    findings: Findings,
): void {
    const ranges = ({ metallb }: Plan) =>
        Object.entries(metallb.pools).flatMap(([name, { addresses }]) =>
            (addresses as string[]).map((text) => ({ name, range: parseRange(text) })),
        );
    for (const { name, range } of ranges(plan)) {
        for (const their of ranges(theirs)) {
            const both = intersection(range, their.range);
            if (!both) continue;
            findings.warn(
                `metallb.pools.${name}`,
                `pool ${name} of ${one} and pool ${their.name} of ${other} both hold ${formatRange(both)}, and announce it to the same firewall`,
            );
        }
    }
}
