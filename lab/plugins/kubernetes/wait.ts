import { setTimeout as sleep } from "node:timers/promises";
import type { Log } from "../engine";
import { at, textAt, type Properties } from "../values";
import { ApiError, type Api } from "./api";
import type { Condition } from "./conditions";
import { annotation, refOf } from "./objects";

/** Milliseconds between two looks at an object; through the proxy one look costs about 2 ms. */
const interval = 250;
const eventInterval = 2_000;

/** The wait ended before its condition held; `object` is how it stood then. */
export class WaitError extends Error {
    constructor(
        message: string,
        readonly object: Properties,
        readonly problems: readonly string[] = [],
    ) {
        super(message);
    }
}

export interface Waiter {
    readonly api: Api;
    readonly log: Log;
    readonly urn: string;
    readonly signal: AbortSignal;
}

/** Milliseconds to wait for an object: customTimeouts, else the annotation, else ten minutes. */
export function patienceFor(object: Properties, seconds: number): number {
    const annotated = Number(annotation(object, "pulumi.com/timeoutSeconds"));
    return (seconds || annotated || 600) * 1000;
}

/**
 * Looks at an object until the condition holds, passing on its warning events meanwhile.
 * @returns the object as it was then
 * @throws WaitError at the deadline, when cancelled, or when the object goes
 */
export async function untilReady(
    waiter: Waiter,
    first: Properties,
    condition: Condition,
    patience: number,
): Promise<Properties> {
    const deadline = Date.now() + patience;
    const said = new Said(waiter);
    let object = first;
    for (;;) {
        const verdict = await condition(object, waiter.api);
        if (verdict.ready) return object;
        said.status(verdict.message);
        const problems = verdict.problems ?? [];
        if (waiter.signal.aborted) throw new WaitError("operation was cancelled", object, problems);
        if (Date.now() > deadline) {
            if (verdict.tolerable) return object;
            const what = verdict.problems
                ? `'${refOf(object).name}' timed out waiting to be Ready`
                : "timed out waiting for the condition";
            throw new WaitError(what, object, problems);
        }
        await said.events(object);
        await sleep(interval);
        // An API server that restarts, or is busy, does not end a wait; a refusal does.
        const next = await waiter.api.get(refOf(first)).catch((error: Error) => {
            if (error instanceof ApiError && error.code < 500) throw error;
            return object;
        });
        if (!next) throw new WaitError("the object was deleted while waiting", object, problems);
        object = next;
    }
}

/**
 * Looks for an object until it, or at least the one with this uid, is gone.
 * @throws WaitError at the deadline, with the finalizers that are left
 */
export async function untilGone(
    waiter: Waiter,
    first: Properties,
    patience: number,
): Promise<void> {
    const deadline = Date.now() + patience;
    const said = new Said(waiter);
    for (;;) {
        const object = await waiter.api.get(refOf(first));
        if (!object || at(object, "metadata", "uid") !== at(first, "metadata", "uid")) return;
        said.status("Resource scheduled for deletion");
        if (waiter.signal.aborted || Date.now() > deadline) {
            const finalizers = at(object, "metadata", "finalizers");
            const names = Array.isArray(finalizers) ? (finalizers as string[]).join(", ") : "";
            const warning = `finalizers might be preventing deletion (${names})`;
            waiter.log.log("warning", waiter.urn, warning);
            throw new WaitError("timed out waiting for the condition", object);
        }
        await said.events(object);
        await sleep(interval);
    }
}

/** Says each thing once. */
class Said {
    private last: string | undefined;
    private lastEvents = Date.now();
    private readonly known = new Set<string>();

    constructor(private readonly waiter: Waiter) {}

    status(message: string | undefined): void {
        if (message === undefined || message === this.last) return;
        this.last = message;
        this.waiter.log.status("info", this.waiter.urn, message);
    }

    async events(object: Properties): Promise<void> {
        if (Date.now() - this.lastEvents < eventInterval) return;
        this.lastEvents = Date.now();
        const { namespace = "default" } = refOf(object);
        const uid = textAt(object, "metadata", "uid") ?? "";
        const selector = encodeURIComponent(`involvedObject.uid=${uid},type=Warning`);
        const path = `/api/v1/namespaces/${namespace}/events?fieldSelector=${selector}`;
        // Who may not list events still waits; he only learns less.
        const list = await this.waiter.api.send("GET", path).catch(() => ({ items: [] }));
        for (const event of list.items as Properties[]) {
            const message = `[${textAt(event, "reason") ?? ""}] ${textAt(event, "message") ?? ""}`;
            if (this.known.has(message)) continue;
            this.known.add(message);
            this.waiter.log.status("warning", this.waiter.urn, message);
        }
    }
}
