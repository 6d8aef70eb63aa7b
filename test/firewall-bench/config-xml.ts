/**
 * config.xml without the elements whose description carries the mark of one of the owners, without
 * the agent's record and the revision: what is left has to stay byte-identical. Reads the form
 * pfSense writes, one tag a line, indented with tabs.
 */
export function withoutOurs(xml: string, owners: readonly string[]): string {
    const kept: string[] = [];
    const lines = xml.split("\n");
    for (let at = 0; at < lines.length; at++) {
        const open = /^(\t+)<(config|rule|alias|metallbpfsense|revision)>$/.exec(lines[at]!);
        const end = open ? lines.indexOf(`${open[1]}</${open[2]}>`, at) : -1;
        const block = open ? lines.slice(at, end + 1) : [];
        if (open && isOurs(open[1]!, open[2]!, block, owners)) at = end;
        else kept.push(lines[at]!);
    }
    return kept.join("\n");
}

function isOurs(indent: string, tag: string, block: string[], owners: readonly string[]): boolean {
    if (tag === "metallbpfsense" || tag === "revision") return true;
    return owners.some((owner) =>
        block.some((line) => line.startsWith(`${indent}\t<descr><![CDATA[${owner}/`)),
    );
}

/** config.xml without its revision: what has to be the same when nothing of ours is left. */
export function withoutRevision(xml: string): string {
    return xml.replace(/\t<revision>[\s\S]*?<\/revision>\n/, "");
}

/** Time of the revision, in seconds: what pfSense names the backup of this file after. */
export function revisionTime(xml: string): string {
    return /<time>(\d+)<\/time>/.exec(xml)![1]!;
}

/** Addresses of the neighbours, in the order of the file. */
export function neighboursOf(xml: string): string[] {
    return [...xml.matchAll(/<peer>(.*?)<\/peer>/g)].map((found) => found[1]!);
}
