import type { Plan } from "../plan";
import { summaryOf } from "../summary";
import { summaryText } from "../summary-text";

/** A page about the site: what `npm run check` says, and a diagram that GitHub and GitLab draw. */
export function sitePage(plan: Plan): string {
    return [
        `# ${plan.owner}`,
        "",
        "```mermaid",
        ...diagram(plan),
        "```",
        "",
        "```",
        summaryText(summaryOf(plan)),
        "```",
        "",
    ].join("\n");
}

function diagram({ owner, sessions, metallb }: Plan): string[] {
    const nodes = new Map(sessions.map((one) => [one.node, one]));
    const routers = new Map(sessions.map((one) => [one.router, one]));
    const id = (kind: string, name: string) => `${kind}_${name.replace(/[^A-Za-z0-9]/g, "_")}`;
    const pools = Object.entries(metallb.pools).map(([name, { addresses }]) => {
        const text = (addresses as readonly string[]).join("<br>");
        return `    ${id("pool", name)}(["${name}<br>${text}"])`;
    });
    return [
        "flowchart LR",
        `    subgraph cluster["${owner}"]`,
        ...[...nodes.values()].map(
            ({ node, nodeAddress, nodeAsn }) =>
                `        ${id("node", node)}["${node}<br>${nodeAddress}<br>AS ${nodeAsn}"]`,
        ),
        "    end",
        ...[...routers.values()].map(({ router, routerAddress, routerAsn, firewall }) => {
            const how = firewall !== undefined ? "pfSense" : "by hand";
            return `    ${id("router", router)}["${router}, ${how}<br>${routerAddress}<br>AS ${routerAsn}"]`;
        }),
        ...pools,
        ...sessions.map(({ node, router, family, bfd, drained, shut }) => {
            const words = `${family === "ipv4" ? "IPv4" : "IPv6"}${bfd ? ", BFD" : ""}`;
            const text = `${words}${shut ? ", shut" : drained ? ", drained" : ""}`;
            return `    ${id("node", node)} <-->|${text}| ${id("router", router)}`;
        }),
        ...Object.keys(metallb.pools).map((name) => `    ${id("pool", name)} -.-> cluster`),
    ];
}
