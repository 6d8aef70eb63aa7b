import { setTimeout as sleep } from "node:timers/promises";
import { at, isObject, textAt, type Properties } from "../values";
import { ApiError, NoMatchError, type Api, type ObjectRef } from "./api";
import { annotation, refOf } from "./objects";

/** The manager under which objects are made; the first update hands their fields to `apply`. */
const createManager = "pulumi-kubernetes";

/** Seconds between the tries of a create whose kind or namespace is not there yet. */
const retryPauses = [1, 2, 4, 8, 16];

/**
 * Makes an object; one that exists already is an error. A kind or a namespace that comes a moment
 * later, made by somebody else, is waited for (provider/pkg/await/await.go, Creation).
 */
export async function create(api: Api, object: Properties): Promise<Properties> {
    for (const pause of [...retryPauses, undefined]) {
        try {
            return await post(api, object, false);
        } catch (error) {
            const missing =
                error instanceof NoMatchError || (error instanceof ApiError && error.notFound);
            if (!missing || pause === undefined) throw explained(error as Error);
            await sleep(pause * 1000);
        }
    }
    throw new Error("unreachable");
}

async function post(api: Api, object: Properties, dryRun: boolean): Promise<Properties> {
    const path = await api.path(refOf(object), "");
    const query = `fieldManager=${createManager}${dryRun ? "&dryRun=All" : ""}`;
    return api.send("POST", `${path}?${query}`, { body: object });
}

function explained(error: Error): Error {
    if (!(error instanceof ApiError) || error.reason !== "AlreadyExists") return error;
    const hint =
        "The resource already exists in the cluster. Import it, name another one, or manage " +
        "only some of its fields by a Patch resource.";
    return new ApiError(error.code, error.reason, `${error.message}\n\n${hint}`);
}

/**
 * Asks the server what creating the object would give, without doing it.
 * @returns undefined when the server cannot judge yet: no such kind or namespace, no dry run in a
 *     webhook, no permission, or the object is there already
 */
export async function previewCreate(api: Api, object: Properties): Promise<Properties | undefined> {
    try {
        const made = await post(api, object, true);
        // A preview knows no status; an empty one would be taken for the real one.
        delete made.status;
        return made;
    } catch (error) {
        if (cannotJudge(error)) return undefined;
        throw error;
    }
}

function cannotJudge(error: unknown): boolean {
    if (error instanceof NoMatchError) return true;
    if (!(error instanceof ApiError)) return false;
    return (
        error.notFound ||
        error.code === 403 ||
        error.reason === "AlreadyExists" ||
        error.message.includes("does not support dry run")
    );
}

/** @returns what the update would give, or undefined when the kind does not exist or nobody may ask */
export async function previewUpdate(
    api: Api,
    object: Properties,
    manager: string,
): Promise<Properties | undefined> {
    try {
        const live = await api.send("GET", await api.path(refOf(object)));
        const force = isForced(object) || entriesOf(live).some(isFromCreation);
        return await patch(api, object, manager, { dryRun: true, force });
    } catch (error) {
        if (error instanceof NoMatchError) return undefined;
        if (error instanceof ApiError && error.code === 403) return undefined;
        throw error;
    }
}

const isForced = (object: Properties) => annotation(object, "pulumi.com/patchForce") === "true";

/** Updates an object by server-side apply, so that fields left out go, if they were this manager's. */
export async function update(api: Api, object: Properties, manager: string): Promise<Properties> {
    const live = await api.send("GET", await api.path(refOf(object)));
    await takeOver(api, refOf(object), live, manager);
    return patch(api, object, manager, { dryRun: false, force: isForced(object) });
}

async function patch(
    api: Api,
    object: Properties,
    manager: string,
    options: { dryRun: boolean; force: boolean },
): Promise<Properties> {
    const { force, dryRun } = options;
    const query = `fieldManager=${manager}&force=${force}${dryRun ? "&dryRun=All" : ""}`;
    const path = `${await api.path(refOf(object))}?${query}`;
    try {
        return await api.send("PATCH", path, {
            body: object,
            type: "application/apply-patch+yaml",
        });
    } catch (error) {
        if (!(error instanceof ApiError) || error.reason !== "Conflict") throw error;
        throw new Error(
            "server-side apply field conflict detected, see https://www.pulumi.com/registry/packages/kubernetes/how-to-guides/managing-resources-with-server-side-apply/ for troubleshooting help\n" +
                `The resource managed by field manager "${manager}" had an apply conflict: ${error.message}`,
        );
    }
}

/** Makes the fields from the creation those of the applying manager, else its first apply conflicts. */
async function takeOver(
    api: Api,
    ref: ObjectRef,
    live: Properties,
    manager: string,
): Promise<void> {
    const entries = entriesOf(live);
    const isOurs = (entry: Properties) => isFromCreation(entry) || isByHand(entry);
    const ours = entries.filter(isOurs);
    if (ours.length === 0) return;
    const applied = ({ manager: name, operation }: Properties) =>
        name === manager && operation === "Apply";
    const all = [...entries.filter(applied), ...ours];
    const merged: Properties = {
        ...all[0],
        manager,
        operation: "Apply",
        fieldsV1: all.map(({ fieldsV1 }) => fieldsV1 as Properties).reduce(union),
    };
    const others = entries.filter((entry) => !isOurs(entry) && !applied(entry));
    await api.send("PATCH", await api.path(ref), {
        type: "application/json-patch+json",
        body: [
            { op: "replace", path: "/metadata/managedFields", value: [...others, merged] },
            {
                op: "replace",
                path: "/metadata/resourceVersion",
                value: textAt(live, "metadata", "resourceVersion") ?? "",
            },
        ],
    });
}

function entriesOf(live: Properties): Properties[] {
    const entries = at(live, "metadata", "managedFields");
    return Array.isArray(entries) ? (entries as Properties[]) : [];
}

function isFromCreation({ manager, operation, subresource }: Properties): boolean {
    return manager === createManager && operation === "Update" && !subresource;
}

/** Edits by kubectl give way, whatever its subcommand was (fixCSAFieldManagers in await.go). */
function isByHand({ manager, subresource }: Properties): boolean {
    return typeof manager === "string" && manager.startsWith("kubectl") && !subresource;
}

function union(a: Properties, b: Properties): Properties {
    const merged = { ...a };
    for (const [key, value] of Object.entries(b)) {
        const before = merged[key];
        merged[key] = isObject(before) && isObject(value) ? union(before, value) : value;
    }
    return merged;
}

/** Starts the deletion of an object. @returns false when it is gone already */
export async function remove(api: Api, object: Properties): Promise<boolean> {
    const policy = annotation(object, "pulumi.com/deletionPropagationPolicy") ?? "foreground";
    const propagationPolicy = policy.charAt(0).toUpperCase() + policy.slice(1).toLowerCase();
    try {
        const body = { apiVersion: "v1", kind: "DeleteOptions", propagationPolicy };
        await api.send("DELETE", await api.path(refOf(object)), { body });
        return true;
    } catch (error) {
        if (error instanceof NoMatchError) return false;
        if (error instanceof ApiError && error.notFound) return false;
        throw error;
    }
}
