import { compareNames } from "./canonical";
import { maintenanceTexts } from "./maintenance";
import type { Summary } from "./summary";

/** The summary for people, as lines without colour. */
export function summaryText(summary: Summary): string {
    const { cluster, metallb, flux, pools, announcements, settings, firewalls, byHand } = summary;
    const installed = flux === undefined ? "Flux as it is there" : `Flux ${flux} installed`;
    return [
        `Cluster ${cluster.name}, by context ${cluster.context}: MetalLB ${metallb.version} with ${metallb.backend}, ${installed}`,
        section(
            "Pools",
            table(
                pools.map((pool) => [
                    pool.name,
                    `${grouped(pool.addresses)} address${pool.addresses === "1" ? "" : "es"}`,
                    pool.ranges.join(", "),
                    pool.announcedBy.length > 0
                        ? `by ${pool.announcedBy.join(", ")}`
                        : "not announced",
                ]),
            ),
        ),
        section(
            "Announcements",
            table(
                announcements.map((one) => [
                    one.name,
                    one.way,
                    one.pools.join(", "),
                    one.way === "BGP" ? `to ${one.peers.join(", ") || "every router"}` : "",
                    one.details.join(", "),
                ]),
            ),
        ),
        section(
            "Sessions, node by router",
            summary.nodes ? [`nodes: ${summary.nodes}`] : matrix(summary.sessions),
        ),
        section("In maintenance", summary.maintenance ? maintenanceTexts(summary.maintenance) : []),
        section(
            "Settings of the sessions",
            table(Object.entries(settings).map(([router, all]) => [router, all.join(", ")])),
        ),
        section(
            "What the firewalls accept from the cluster, and nothing else",
            acceptedLines(firewalls),
        ),
        section(
            "Monitoring, by the Prometheus Operator",
            summary.monitoring
                ? [summary.monitoring.kinds.join(", "), ...summary.monitoring.alerts]
                : [],
        ),
        ...Object.values(byHand).map(({ title, text }) => section(title, text.split("\n"))),
    ]
        .filter((part) => part !== "")
        .join("\n\n");
}

/** Firewalls that accept the same share one list: it may be long. */
function acceptedLines(firewalls: Summary["firewalls"]): string[] {
    const lists = new Map<string, string[]>();
    for (const one of firewalls) {
        const most = one.mostPrefixes.join(" or ");
        const limit = most === "" ? "" : `: at most ${most} prefixes a session`;
        const line = `${one.router} (${one.target ?? one.configured})${limit}`;
        const list = one.accepts.join("\n");
        lists.set(list, [...(lists.get(list) ?? []), line]);
    }
    return [...lists].flatMap(([list, lines]) => [
        ...lines,
        ...list.split("\n").map((prefix) => `    ${prefix}`),
    ]);
}

function matrix(sessions: Summary["sessions"]): string[] {
    const routers = [...new Set(sessions.map(({ router }) => router))];
    if (sessions.length === 0) return [];
    const rows = new Map<string, { cells: Map<string, string>; numbers: Set<number> }>();
    for (const { node, router, family, bfd, drained, shut, nodeAsn } of sessions) {
        let row = rows.get(node);
        if (!row) rows.set(node, (row = { cells: new Map(), numbers: new Set() }));
        const words = (family === "ipv4" ? "IPv4" : "IPv6") + (bfd ? " with BFD" : "");
        const text = words + (shut ? ", shut" : drained ? ", drained" : "");
        const other = row.cells.get(router);
        row.cells.set(router, other === undefined ? text : `${other} + ${text}`);
        row.numbers.add(nodeAsn);
    }
    const numberOf = new Map(sessions.map(({ router, routerAsn }) => [router, routerAsn]));
    const nodes = [...rows.keys()].sort(compareNames);
    return table([
        ["", ...routers.map((router) => `${router} (AS ${numberOf.get(router)!})`)],
        ...nodes.map((node) => {
            const { cells, numbers } = rows.get(node)!;
            const own = `${node} (AS ${[...numbers].join(", ")})`;
            return [own, ...routers.map((router) => cells.get(router) ?? "-")];
        }),
    ]);
}

function section(title: string, lines: readonly string[]): string {
    return lines.length === 0 ? "" : [title, ...lines.map((line) => `  ${line}`)].join("\n");
}

function table(rows: readonly (readonly string[])[]): string[] {
    const widths = rows.reduce<number[]>(
        (all, row) => row.map((cell, index) => Math.max(all[index] ?? 0, cell.length)),
        [],
    );
    return rows.map((row) =>
        row
            .map((cell, index) => cell.padEnd(widths[index]!))
            .join("  ")
            .trimEnd(),
    );
}

const grouped = (digits: string): string =>
    digits.length > 15
        ? `about 2^${BigInt(digits).toString(2).length - 1}`
        : digits.replace(/\B(?=(\d{3})+$)/g, " ");
