import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type AgentRequest, renderAgent } from "../../components/pfsense/agent";
import { type Bench, defaultRequest, reloading } from "./bench";

/** A statement of the agent, reached for the first time in one of its two processes. */
export interface Statement {
    readonly process: "supervisor" | "worker";
    /** In the joined script. */
    readonly line: number;
    /** Function it stands in; "" outside of any. */
    readonly in: string;
    /** The firewall's files are not what they were at the process's statement before. */
    readonly touched: boolean;
}

/** What a kill after a statement leaves, and what the next run makes of it. */
export interface Killed {
    readonly statement: Statement;
    /** Standard output of the killed run. */
    readonly answer: string;
    /** config.xml and what FRR runs, when everything that was begun has ended. */
    readonly left: State;
    /** Standard output of the next run. */
    readonly next: string;
    readonly after: State;
    /** The filter rules that pf got last, as JSON; "" when none of the two runs gave it any. */
    readonly filter: string;
}

export interface State {
    readonly config: string;
    readonly running: string;
}

const folder = "/var/db/stand-in/statements";

/**
 * The agent with PHP's ticks in it: it calls a function of the bench after each statement of its own
 * (not of pfSense's library), which notes the statement or kills both processes there. The worker is
 * killed together with its supervisor; the supervisor, while it waits, alone.
 */
function ticking(request: AgentRequest): string {
    const [before, after] = renderAgent(request).split("namespace MetallbPfsense;\n", 2);
    return `${before}namespace MetallbPfsense;\ndeclare(ticks=1);register_tick_function(${tick});${after}`;
}

/** What a run changes on a firewall. */
const files = [
    "/cf/conf/config.xml",
    "/var/run/metallb-pfsense.lock",
    "/var/etc/frr/frr.conf",
    "/usr/local/etc/rc.conf.d/frr",
    "/var/run/frr/running.conf",
    "/var/db/stand-in/filter.log",
];

const tick = `function () {
    static $kill = null, $first = 0, $seen = [], $last = '';
    $first = $first ?: getmypid();
    $kill ??= getenv('KILL');
    [$here, $caller] = debug_backtrace(DEBUG_BACKTRACE_IGNORE_ARGS, 2) + [1 => []];
    $name = (getmypid() === $first ? 'supervisor' : 'worker') . ' ' . $here['line'];
    if (isset($seen[$name])) {
        return;
    }
    $seen[$name] = true;
    if ($kill === false) {
        $world = implode(' ', array_map(fn ($file) => (string) @md5_file($file), ['${files.join("', '")}']));
        $touched = $world === $last ? 'same' : 'touched';
        $last = $world;
        file_put_contents('${folder}/seen', "$name $touched " . ($caller['function'] ?? '') . "\\n", FILE_APPEND);
    } elseif ($kill === $name) {
        getmypid() === $first || posix_kill(posix_getppid(), SIGKILL);
        posix_kill(getmypid(), SIGKILL);
    }
}`.replaceAll("\n", " ");

/** The statements a run of this request goes through from `config` on, in order. */
export async function statements(bench: Bench, request: Partial<AgentRequest>, config: string) {
    const host = join(bench.firewall.standin, "statements");
    rmSync(host, { recursive: true, force: true });
    mkdirSync(host);
    await bench.reset(config);
    await bench.php(ticking({ ...defaultRequest, ...request }));
    return readFileSync(join(host, "seen"), "utf8")
        .trim()
        .split("\n")
        .map((text): Statement => {
            const [process, line, touched, name = ""] = text.split(" ");
            return {
                process: process as Statement["process"],
                line: Number(line),
                in: name.split("\\").at(-1)!,
                touched: touched === "touched",
            };
        });
}

/** Kills a run at each statement, from `config` on, and lets a whole run follow. */
export async function killAtEach(
    bench: Bench,
    request: Partial<AgentRequest>,
    config: string,
    at: readonly Statement[],
): Promise<Killed[]> {
    await bench.reset(config);
    const host = join(bench.firewall.standin, "statements");
    writeFileSync(join(host, "killed.php"), ticking({ ...defaultRequest, ...request }));
    writeFileSync(join(host, "next.php"), renderAgent({ ...defaultRequest, ...request }));
    writeFileSync(join(host, "at"), at.map((one) => `${one.process} ${one.line}\n`).join(""));
    await bench.firewall.run(["bash"], { input: script, timeoutMs: 60_000 + at.length * 10_000 });
    return at.map((statement, index) => {
        const text = (name: string) => readFileSync(join(host, `${index}.${name}`), "utf8");
        return {
            statement,
            answer: text("answer"),
            left: { config: text("left.config"), running: text("left.running") },
            next: text("next"),
            after: { config: text("after.config"), running: text("after.running") },
            filter: text("filter"),
        };
    });
}

/** The start is put back by copies: a generation for each statement would take most of the time. */
const script = `cd ${folder}
start=$(mktemp -d)
state="/cf/conf/config.xml /var/etc/frr /var/run/frr /usr/local/etc/rc.conf.d"
tar -cf $start/state.tar $state 2> /dev/null
keep() {
    cp /cf/conf/config.xml $1.config
    cp /var/run/frr/running.conf $1.running
}
index=0
while read -r at; do
    rm -rf /tmp/config.cache /cf/conf/backup/* /cf/conf/config.xml.* /var/etc/frr /var/run/frr
    : > /var/run/metallb-pfsense.lock
    : > ../filter.log
    tar -xf $start/state.tar -C /
    KILL=$at /usr/local/bin/php -q < killed.php > $index.answer 2> /dev/null
    # What was begun goes on in the background, and a worker without its supervisor holds the lock.
    flock /var/run/metallb-pfsense.lock true
    while pgrep -f '${reloading}' > /dev/null; do sleep 0.02; done
    keep $index.left
    /usr/local/bin/php -q < next.php > $index.next 2> /dev/null
    keep $index.after
    tail -n 1 ../filter.log > $index.filter
    index=$((index + 1))
done < at
rm -r $start
`;
