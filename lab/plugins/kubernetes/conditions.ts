import { isDeepStrictEqual } from "node:util";
import { at, isObject, textAt, type Properties, type Value } from "../values";
import type { Api } from "./api";
import { compilePath } from "./jsonpath";
import { annotation, idOf, isObserved, refOf } from "./objects";

/** Where an object stands on its way to being ready. */
export interface Verdict {
    readonly ready: boolean;
    /** One line for whoever watches; absent: nothing to say. */
    readonly message?: string;
    /** Why it is not ready, for the error at the end of the wait; kinds with rules of their own. */
    readonly problems?: readonly string[];
    /** Not ready, but at the end of the wait nothing speaks against it. */
    readonly tolerable?: boolean;
}

export type Condition = (object: Properties, api: Api) => Verdict | Promise<Verdict>;

/**
 * What has to hold before an object counts as made, or undefined when nothing does.
 *
 * In the order of pulumi-kubernetes: `pulumi.com/skipAwait`, `pulumi.com/waitFor`, the kind's own
 * rule (ReadyCondition in provider/pkg/metadata/overrides.go).
 * @throws Error on a waitFor it does not understand
 */
export function readyCondition(object: Properties): Condition | undefined {
    if (annotation(object, "pulumi.com/skipAwait") === "true") return undefined;
    const waitFor = annotation(object, "pulumi.com/waitFor");
    if (waitFor !== undefined) return all(expressions(waitFor).map(userCondition));
    const { apiVersion, kind } = refOf(object);
    return kindConditions[`${apiVersion}/${kind}`]?.();
}

function expressions(waitFor: string): string[] {
    let list: unknown;
    try {
        list = JSON.parse(waitFor);
    } catch {
        list = [waitFor];
    }
    if (!Array.isArray(list) || list.length === 0 || !list.every((it) => typeof it === "string"))
        throw new Error(
            `pulumi.com/waitFor is neither an expression nor a list of them: ${waitFor}`,
        );
    return list;
}

function all(conditions: readonly Condition[]): Condition {
    return async (object, api) => {
        for (const condition of conditions) {
            const verdict = await condition(object, api);
            if (!verdict.ready) return verdict;
        }
        return { ready: true };
    };
}

function userCondition(expression: string): Condition {
    if (expression.startsWith("condition=")) return statusCondition(expression.slice(10));
    if (expression.startsWith("jsonpath=")) return pathCondition(expression.slice(9));
    throw new Error(`expected a "jsonpath=" or "condition=" prefix, got "${expression}"`);
}

function statusCondition(expression: string): Condition {
    const [type = "", wanted = "True"] = expression.split("=");
    return (object) => {
        const conditions = at(object, "status", "conditions");
        if (!Array.isArray(conditions)) return { ready: false, message: undefined };
        const condition = conditions.find((it) => equalFold(textAt(it, "type"), type));
        if (!isObject(condition)) return { ready: false };
        const status = textAt(condition, "status");
        if (!isCurrent(condition, object)) return { ready: false };
        const ready = equalFold(status, wanted);
        const message = `Resource has condition ${type}=${status} (want ${wanted})`;
        return ready ? { ready } : { ready, message };
    };
}

/** A condition about an older generation says nothing about this one. */
function isCurrent(condition: Properties, object: Properties): boolean {
    const observed = condition.observedGeneration;
    const generation = at(object, "metadata", "generation");
    if (typeof observed === "number" && typeof generation === "number")
        return observed >= generation;
    return isObserved(object);
}

const equalFold = (a: string | undefined, b: string) => a?.toLowerCase() === b.toLowerCase();

function pathCondition(expression: string): Condition {
    const match = /^\{(.*)\}(?:=(.*))?$/s.exec(expression);
    if (!match) throw new Error(`JSONPath expression must be in braces: "${expression}"`);
    const [, path = "", wanted] = match;
    const select = compilePath(path);
    return (object) => {
        const message = `Waiting for jsonpath=${expression}`;
        const found = select(object)[0];
        if (found === undefined || !isObserved(object)) return { ready: false, message };
        if (wanted === undefined) return { ready: true };
        if (typeof found === "object" && found !== null)
            throw new Error(`${path} has a non-primitive value, which cannot be compared`);
        const ready = String(found) === wanted;
        return ready ? { ready } : { ready, message: `${message} (found "${String(found)}")` };
    };
}

const count = (object: Value | undefined, ...path: string[]): number => {
    const value = at(object, ...path);
    return typeof value === "number" ? value : 0;
};

const pending = (message: string, ...problems: string[]): Verdict => ({
    ready: false,
    message,
    problems,
});

const done: Verdict = { ready: true };

const deployment: Condition = (object) => {
    const wanted =
        at(object, "spec", "replicas") === undefined ? 1 : count(object, "spec", "replicas");
    const [updated, available, existing] = ["updatedReplicas", "availableReplicas", "replicas"].map(
        (field) => count(object, "status", field),
    ) as [number, number, number];
    if (isObserved(object) && updated === wanted && available >= wanted && existing === wanted)
        return done;
    return pending(
        `Waiting for app ReplicaSet to be available (${available}/${wanted} Pods available)`,
        ...failedConditions(object),
        "Minimum number of live Pods was not attained",
    );
};

function failedConditions(object: Properties): string[] {
    const conditions = at(object, "status", "conditions");
    return (Array.isArray(conditions) ? conditions : [])
        .filter((condition) => at(condition, "status") === "False")
        .map((it) => `[${textAt(it, "reason") ?? ""}] ${textAt(it, "message") ?? ""}`);
}

const daemonSet: Condition = (object) => {
    const wanted = count(object, "status", "desiredNumberScheduled");
    const updated = count(object, "status", "updatedNumberScheduled");
    const available = count(object, "status", "numberAvailable");
    const observed = count(object, "status", "observedGeneration") > 0 && isObserved(object);
    if (observed && updated >= wanted && available >= wanted) return done;
    const message = `Waiting for DaemonSet Pods to be available (${available}/${wanted} Pods available)`;
    return { ready: false, message };
};

const statefulSet: Condition = (object) => {
    const wanted =
        at(object, "spec", "replicas") === undefined ? 1 : count(object, "spec", "replicas");
    const ready = count(object, "status", "readyReplicas");
    const current =
        at(object, "status", "currentRevision") === at(object, "status", "updateRevision");
    if (isObserved(object) && ready >= wanted && current) return done;
    return pending(`Waiting for StatefulSet Pods to be ready (${ready}/${wanted} Pods ready)`);
};

/** Milliseconds after which a Service that no Pod belongs to is taken to want none. */
const settling = 10_000;

/**
 * Ready with an address, as far as it wants one, and without Pods that are still getting ready.
 * No Pods at all are fine too, but they get some time to appear.
 */
function service(): Condition {
    const started = Date.now();
    return async (object, api) => {
        const ingress = at(object, "status", "loadBalancer", "ingress");
        const wantsAddress = at(object, "spec", "type") === "LoadBalancer";
        if (wantsAddress && !(Array.isArray(ingress) && ingress.length > 0))
            return pending(
                "[2/3] Attempting to allocate IP address to Service",
                "Service was not allocated an IP address; does your cloud provider support this?",
            );
        if (!isTargeted(object)) return done;
        const endpoints = await endpointsOf(object, api);
        const waiting = endpoints.filter((it) => at(it, "conditions", "ready") === false);
        const settled = endpoints.length > 0 || Date.now() - started > settling;
        if (waiting.length === 0 && settled) return done;
        const problem =
            "Service does not target any Pods. Selected Pods may not be ready, or " +
            "field '.spec.selector' may not match labels on any Pods";
        const verdict = pending("[1/3] Finding Pods to direct traffic to", problem);
        return { ...verdict, tolerable: waiting.length === 0 };
    };
}

function isTargeted(object: Properties): boolean {
    const selector = at(object, "spec", "selector");
    const selects = isObject(selector) && Object.keys(selector).length > 0;
    const headless = at(object, "spec", "clusterIP") === "None";
    return selects && !headless && at(object, "spec", "type") !== "ExternalName";
}

async function endpointsOf(object: Properties, api: Api): Promise<Value[]> {
    const { name, namespace } = refOf(object);
    const slices = {
        apiVersion: "discovery.k8s.io/v1",
        kind: "EndpointSlice",
        name: "",
        namespace,
    };
    const label = encodeURIComponent(`kubernetes.io/service-name=${name}`);
    const list = await api.send("GET", `${await api.path(slices)}?labelSelector=${label}`);
    return (list.items as Properties[]).flatMap((it) => it.endpoints ?? []);
}

const pod: Condition = (object) => {
    const phase = textAt(object, "status", "phase");
    const conditions = at(object, "status", "conditions");
    const ready = (Array.isArray(conditions) ? conditions : []).some(
        (it) => at(it, "type") === "Ready" && at(it, "status") === "True",
    );
    return ready || phase === "Succeeded"
        ? done
        : pending(`Waiting for Pod "${idOf(object)}" to be ready`, ...failedConditions(object));
};

const job: Condition = (object) => {
    const conditions = at(object, "status", "conditions");
    const complete = (Array.isArray(conditions) ? conditions : []).some(
        (it) => at(it, "type") === "Complete" && at(it, "status") === "True",
    );
    return complete ? done : pending(`Waiting for Job "${idOf(object)}" to succeed`);
};

const resourceQuota: Condition = (object) =>
    isDeepStrictEqual(at(object, "spec", "hard"), at(object, "status", "hard"))
        ? done
        : { ready: false, message: "Waiting for the quota to be taken over" };

/** Kinds that are awaited without being asked (awaiters in provider/pkg/await/awaiters.go). */
const kindConditions: Readonly<Record<string, () => Condition>> = {
    "apps/v1/DaemonSet": () => daemonSet,
    "apps/v1/Deployment": () => deployment,
    "apps/v1/StatefulSet": () => statefulSet,
    "batch/v1/Job": () => job,
    "v1/Pod": () => pod,
    "v1/ResourceQuota": () => resourceQuota,
    "v1/Service": service,
};
