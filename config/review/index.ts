import { createHash } from "node:crypto";
import { maintenanceTexts } from "../maintenance";
import type { Plan } from "../plan";
import { changeText, type ObjectChange } from "./cluster";
import { expectedOutage, sessionLines } from "./sessions";

/** What a firewall said about the change, before anything was done. */
export interface FirewallReview {
    /** Absent: it was not asked, or gave no answer. */
    readonly changes?: readonly string[];
    /** none, reload, resets or restart: what its FRR does (components/pfsense/agent/effect.php). */
    readonly effect?: string;
    /** Addresses of nodes whose sessions drop and come back. */
    readonly resets?: readonly string[];
    /** Why it would refuse, or why it could not be asked. */
    readonly problems?: readonly string[];
}

/** What the cluster said about the change, before anything was done. */
export interface ClusterReview {
    readonly objects: readonly ObjectChange[];
    /** What else changes: namespaces, Flux, passwords. */
    readonly others: readonly string[];
    /** What becomes of services' addresses, one sentence each. */
    readonly services: readonly string[];
    /** Services wait for an address of a pool that comes or grows. */
    readonly waiting: readonly string[];
    /** Seconds for which addresses may not answer for a reason that the cluster has. */
    readonly outage: number;
    /** The backend changes, or what all sessions have in common: they all end and come back. */
    readonly allSessions: boolean;
    /** What an `up` would refuse. */
    readonly problems: readonly string[];
}

/** What a change does, for a person who says yes or no to it. */
export interface Review {
    /** Absent: the cluster was not asked. */
    readonly cluster?: readonly string[];
    /** By router; absent: this firewall was not asked. */
    readonly firewalls: Readonly<Record<string, readonly string[] | undefined>>;
    readonly services: readonly string[];
    readonly sessions: readonly string[];
    /** Who is drained after it; absent: nobody. */
    readonly maintenance?: readonly string[];
    /** Seconds for which addresses may not answer. */
    readonly outage: number;
    /** What an `up` would refuse. */
    readonly refused: readonly string[];
    /** Others have changed what the engine's state does not show. */
    readonly drift: boolean;
    /** The same as long as the change is the same. */
    readonly digest: string;
}

/** @param cluster absent: it was not asked */
export function reviewOf(
    plan: Pick<Plan, "sessions" | "metallb" | "maintenance">,
    cluster: ClusterReview | undefined,
    firewalls: Readonly<Record<string, FirewallReview>>,
): Review {
    const objects = cluster?.objects ?? [];
    const part = {
        ...(cluster && { cluster: [...cluster.others, ...objects.map(changeText)] }),
        firewalls: Object.fromEntries(
            Object.entries(firewalls).map(([router, { changes }]) => [router, changes]),
        ),
        services: cluster ? [...cluster.services, ...cluster.waiting] : [],
        drift: objects.some(({ byOthers }) => byOthers),
        sessions: sessionLines(plan, cluster, firewalls),
        ...(plan.maintenance && { maintenance: maintenanceTexts(plan.maintenance) }),
        outage: expectedOutage(plan, cluster, firewalls),
        refused: [
            ...(cluster?.problems ?? []),
            ...Object.entries(firewalls).flatMap(([router, { problems = [] }]) =>
                problems.map((problem) => `${router}: ${problem}`),
            ),
        ],
    };
    return { ...part, digest: digestOf(part) };
}

const digestOf = (part: object): string =>
    createHash("sha256").update(JSON.stringify(part)).digest("hex").slice(0, 12);

/** Environment variable by which an `up` is held to the review with this digest. */
export const reviewedVariable = "METALLB_PFSENSE_REVIEWED";

/** Changes of one place told one by one. */
const most = 8;

/** The review for people. */
export function reviewText(review: Review): string {
    const { cluster, firewalls, services, sessions, outage, refused, drift, digest } = review;
    const { maintenance = [] } = review;
    const places: [string, readonly string[] | undefined][] = [
        ["cluster", cluster],
        ...Object.entries(firewalls),
    ];
    const known = places.every(([, changes]) => changes !== undefined);
    const nothing = places.every(([, changes]) => changes?.length === 0);
    if (known && nothing && services.length === 0 && refused.length === 0) {
        return [
            `This changes nothing: ${places.map(([name]) => name).join(", ")} are as the stack says.`,
            ...maintenance.map((text) => `In maintenance is ${text}.`),
        ].join("\n");
    }
    // What a place that gave no answer would say is not known, and not none.
    const unknown = "not known";
    const refuses = (name: string) => refused.some((text) => text.startsWith(`${name}: `));
    const silent = (name: string) => (refuses(name) ? "refuses, see below" : "not asked");
    const rows: Row[] = [
        ...places.map(([name, changes]): Row => [
            name,
            changes === undefined
                ? [silent(name)]
                : changes.length > 0
                  ? cut(changes)
                  : ["nothing"],
        ]),
        [
            "services",
            services.length > 0
                ? services
                : [cluster ? "every address stays where it is" : unknown],
        ],
        ["sessions", sessions.length > 0 ? sessions : [known ? "all stay" : unknown]],
        ...(maintenance.length > 0 ? [["maintenance", maintenance] as Row] : []),
        ["outage", [outage > 0 || known ? outageText(outage) : unknown]],
        ...(refused.length > 0 ? [["refused", refused] as Row] : []),
        ...(drift
            ? [["drift", ["pulumi up --refresh puts right what others have changed"]] as Row]
            : []),
        ["digest", [`${digest}: ${reviewedVariable}=${digest} pulumi up does this, or nothing`]],
    ];
    const width = Math.max(...rows.map(([name]) => name.length));
    const lines = rows.flatMap(([name, texts]) =>
        texts.map((text, index) => `  ${(index === 0 ? name : "").padEnd(width)}  ${text}`),
    );
    return ["What this changes:", ...lines].join("\n");
}

type Row = [title: string, texts: readonly string[]];

function cut(changes: readonly string[]): readonly string[] {
    if (changes.length <= most) return changes;
    return [...changes.slice(0, most), `and ${changes.length - most} more`];
}

const outageText = (seconds: number): string =>
    seconds === 0 ? "none expected" : `addresses may not answer for ${seconds} s`;
