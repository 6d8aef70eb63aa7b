import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type AgentResult, parseAgentResult, renderAgent } from "../../components/pfsense/agent";
import type { Case, XmlElement } from "./arbitrary";
import { type Bench, defaultRequest } from "./bench";

/** What one case gave: apply, apply in another order, remove. */
export interface Outcome {
    readonly apply: AgentResult;
    readonly again: AgentResult;
    readonly remove: AgentResult;
    /** Writes of config.xml: in the first apply, and in the second. */
    readonly writes: readonly [number, number];
    /** config.xml as data, without its revision. */
    readonly before: XmlElement;
    readonly applied: XmlElement;
    readonly removed: XmlElement;
    /** What `vtysh -C` says of frr.conf after the apply: 0 or "none" where FRR is not set up. */
    readonly syntax: string;
}

const folder = "/var/db/stand-in/cases";

/** Runs the cases on a firewall with recorded daemons, one after the other, without SSH. */
export async function runCases(bench: Bench, cases: readonly Case[]): Promise<Outcome[]> {
    const host = join(bench.firewall.standin, "cases");
    rmSync(host, { recursive: true, force: true });
    mkdirSync(host);
    cases.forEach((one, index) => {
        writeFileSync(join(host, `${index}.start`), JSON.stringify(one.start));
        const request = { ...defaultRequest, password: one.password, wanted: one.wanted };
        const script = (name: string, change: object) =>
            writeFileSync(join(host, `${index}.${name}`), renderAgent({ ...request, ...change }));
        script("apply", {});
        script("again", { wanted: one.shuffled });
        script("remove", { action: "remove" });
    });
    const timeoutMs = 60_000 + cases.length * 10_000;
    await bench.php(writeStarts, timeoutMs);
    const input = script(cases.length);
    await bench.firewall.run(["bash"], { input, timeoutMs });
    await bench.php(readResults, timeoutMs);
    return cases.map((_, index) => outcome(join(host, String(index))));
}

function outcome(path: string): Outcome {
    const text = (name: string) => readFileSync(`${path}.${name}`, "utf8");
    const data = (name: string) => JSON.parse(text(name)) as XmlElement;
    const writes = text("writes").trim().split(/\s+/).map(Number);
    return {
        apply: parseAgentResult(text("apply.out")),
        again: parseAgentResult(text("again.out")),
        remove: parseAgentResult(text("remove.out")),
        writes: [writes[0]!, writes[1]! - writes[0]!],
        before: data("xml.json"),
        applied: data("applied.json"),
        removed: data("removed.json"),
        syntax: text("syntax").trim(),
    };
}

const script = (count: number) => `cd ${folder}
for ((i = 0; i < ${count}; i++)); do
    rm -f /tmp/config.cache /cf/conf/backup/* ../writes.log /var/etc/frr/frr.conf
    touch ../writes.log
    cp $i.xml /cf/conf/config.xml
    /usr/local/bin/php -q < $i.apply > $i.apply.out
    wc -l < ../writes.log > $i.writes
    cp /cf/conf/config.xml $i.applied
    if [ -e /var/etc/frr/frr.conf ]; then
        /usr/local/bin/vtysh -C -f /var/etc/frr/frr.conf > /dev/null 2>&1
        echo $? > $i.syntax
    else
        echo none > $i.syntax
    fi
    /usr/local/bin/php -q < $i.again > $i.again.out
    wc -l < ../writes.log >> $i.writes
    /usr/local/bin/php -q < $i.remove > $i.remove.out
    cp /cf/conf/config.xml $i.removed
done
`;

const writeStarts = `<?php
require_once 'config.inc';
foreach (glob('${folder}/*.start') as $file) {
    $start = json_decode(file_get_contents($file), true);
    file_put_contents(substr($file, 0, -6) . '.xml', dump_xml_config($start, 'pfsense'));
}
`;

const readResults = `<?php
require_once 'config.inc';
foreach (glob('${folder}/*.{xml,applied,removed}', GLOB_BRACE) as $file) {
    $data = parse_xml_config($file, 'pfsense');
    if (is_array($data)) {
        unset($data['revision']);
    }
    file_put_contents("$file.json", json_encode($data));
}
`;
