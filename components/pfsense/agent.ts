import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import type { FirewallState } from "../../config/plan";

/** What the agent shall do; only apply and remove change anything. */
export type AgentAction = "apply" | "remove" | "observe" | "check";

export interface AgentRequest {
    readonly version: 1;
    /** The default; an action on the command line (`php -q -- remove`) wins over it. */
    readonly action: AgentAction;
    /** Who and why, for pfSense's config history; one line of plain ASCII, at most 200 characters. */
    readonly reason: string;
    /** The stack by a number that lives in its state, and by its name for people. */
    readonly stack?: { readonly id: string; readonly name: string };
    /** The router of the stack that holds the firewall's entries; with `stack`. */
    readonly router?: string;
    /** All routers of the stack: entries of one that is gone are handed over. */
    readonly routers?: readonly string[];
    readonly wanted: FirewallState;
    readonly password?: string;
    /** Seconds the agent may run in all, 10 to 3600. */
    readonly deadline: number;
    /** check only: accepted prefixes to wait for on every session; default 0. */
    readonly prefixes?: number;
}

export interface AgentSession {
    readonly neighbour: string;
    readonly description: string;
    /** FRR's word ("Established", "Active", "Idle (PfxCt)") or "unknown to FRR". */
    readonly state: string;
    /** Seconds since the session changed its state. */
    readonly uptime: number;
    readonly prefixesAccepted: number;
    readonly prefixesSent: number;
    /** Why the session is down, in FRR's words. */
    readonly reason?: string;
}

export interface AgentResult {
    readonly version: 1;
    readonly action: AgentAction | "";
    readonly outcome:
        | "changed"
        | "unchanged"
        | "removed"
        | "observed"
        | "established"
        | "failed"
        | "refused"
        | "rolled-back";
    /** One sentence for people. */
    readonly message: string;
    readonly problems: readonly string[];
    readonly changes: readonly string[];
    /** What the change does to running sessions; `resets` drops only those listed. */
    readonly effect?: "none" | "reload" | "resets" | "restart";
    readonly resets?: readonly string[];
    readonly reason?: string;
    readonly host?: {
        readonly pfsense: string;
        readonly package: string;
        readonly frr: string;
        /** "none" where FRR follows no CARP address. */
        readonly carp: string;
    };
    /** observe only: whether FRR's configuration comes from pfSense's forms or from raw text. */
    readonly mode?: "structured" | "raw";
    /** observe only: what a reviewer should know besides. */
    readonly notes?: readonly string[];
    /** observe only: what the last apply that changed something was called; empty before one. */
    readonly run?: string;
    /** observe and check: neighbours of Established sessions that are not this stack's. */
    readonly others?: readonly string[];
    /** observe only: the beginning of config.xml's digest, which changes with every write. */
    readonly revision?: string;
    /** observe only: what the firewall itself has, for who describes it. */
    readonly firewall?: {
        /** AS number of FRR; empty where BGP is not configured. */
        readonly asn: string;
        /** Those with an IPv4 address, in CIDR form. */
        readonly interfaces: readonly {
            readonly name: string;
            readonly description: string;
            readonly address: string;
        }[];
    };
    readonly neighbours?: { readonly ours: number; readonly others: number };
    readonly sessions?: readonly AgentSession[];
    /** Milliseconds: total; of it lock, library, read, write, generate, reload, sessions. */
    readonly timings?: Readonly<Record<string, number>>;
    /** Full lengths of lists that were cut to keep the line short. */
    readonly cut?: Readonly<Record<string, number>>;
}

/** Exit codes of the agent. */
export const agentExit = { ok: 0, failed: 1, payload: 2, refused: 3, sessions: 4 } as const;

/** The agent's source files in the order in which the script has them. */
export const agentParts = [
    "header",
    "process",
    "values",
    "payload",
    "config",
    "entries",
    "ahead",
    "rules",
    "globals",
    "bfd",
    "record",
    "identity",
    "changes",
    "refusals",
    "frr",
    "effect",
    "sessions",
    "leave",
    "package",
    "write",
    "load",
    "apply",
    "undo",
    "report",
    "supervise",
    "worker",
    "main",
] as const;

const resultMark = "metallb-pfsense-result:1:";
const opening = /^<\?php\n\ndeclare\(strict_types=1\);\n\nnamespace MetallbPfsense;\n/;

/** The constant text of the script: before and after the line with the payload. */
interface AgentSource {
    readonly functions: string;
    readonly program: string;
}

let source: AgentSource | undefined;

function agentSource(): AgentSource {
    source ??= readSource();
    return source;
}

function readSource(): AgentSource {
    const [header = "", ...rest] = agentParts.map((part) =>
        fs.readFileSync(path.join(__dirname, "agent", `${part}.php`), "utf8"),
    );
    const bodies = rest.map((text, index) => {
        if (!opening.test(text)) {
            throw new Error(
                `components/pfsense/agent/${agentParts[index + 1]}.php opens in an unknown way`,
            );
        }
        return text.replace(opening, "");
    });
    const program = bodies.pop() ?? "";
    return { functions: [header, ...bodies].join(""), program };
}

/**
 * The whole PHP script for one request: the agent's parts in order, with the request as base64 of
 * JSON in the line before the last part. Holds the password, so treat it as a secret.
 *
 * @throws Error when the request holds something JSON cannot carry or a part has an unknown opening
 */
export function renderAgent(request: AgentRequest): string {
    const payload = Buffer.from(JSON.stringify(request), "utf8").toString("base64");
    const { functions, program } = agentSource();
    return `${functions}\n$metallb_pfsense_payload = '${payload}';\n${program}`;
}

/** SHA-256 of the script without its payload line: what docs/firewall-gate.php lets pass. */
export function agentDigest(): string {
    const { functions, program } = agentSource();
    return createHash("sha256").update(`${functions}\n${program}`).digest("hex");
}

/**
 * Finds the agent's framed result in what a command printed.
 *
 * @throws Error with what was printed, shortened, when there is no result of a known version
 */
export function parseAgentResult(stdout: string): AgentResult {
    const line = stdout
        .split("\n")
        .reverse()
        .find((text) => text.startsWith(resultMark));
    if (line === undefined) {
        const said = stdout.replace(/\s+/g, " ").trim().slice(0, 200);
        throw new Error(
            "the firewall gave no result: the command must run PHP on its standard input" +
                (said === "" ? "; it printed nothing" : `; it printed: ${said}`),
        );
    }
    const result: unknown = parseJson(line.slice(resultMark.length));
    if (!isResult(result)) {
        throw new Error("the firewall's result is of a version this program does not know");
    }
    return result;
}

function parseJson(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        throw new Error("the firewall's result line is cut off; run the same again");
    }
}

function isResult(value: unknown): value is AgentResult {
    return (
        typeof value === "object" &&
        value !== null &&
        (value as { version?: unknown }).version === 1 &&
        typeof (value as { outcome?: unknown }).outcome === "string"
    );
}
