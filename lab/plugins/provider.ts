import type { Properties } from "./values";
import type { Difference } from "./diff";

export interface Resource {
    readonly urn: string;
    /** Type token, for example `kubernetes:apps/v1:Deployment`. */
    readonly type: string;
    readonly name: string;
}

export interface CheckFailure {
    readonly property: string;
    readonly reason: string;
}

export interface CheckResult {
    readonly inputs: Properties;
    readonly failures?: readonly CheckFailure[];
}

export interface DiffRequest extends Resource {
    readonly id: string;
    /** What create, update or read gave back the last time. */
    readonly state: Properties;
    readonly oldInputs: Properties;
    readonly news: Properties;
    readonly ignoreChanges: readonly string[];
}

export interface DiffResult {
    readonly differences: readonly Difference[];
    /** The changed paths, in the engine's notation, that an update cannot make. */
    readonly replaces: readonly string[];
    readonly deleteBeforeReplace?: boolean;
}

interface Operation extends Resource {
    /** Seconds the user allows; 0: the plugin's default. */
    readonly timeout: number;
    /** Aborted when the engine cancels the run. */
    readonly signal: AbortSignal;
}

export interface CreateRequest extends Operation {
    readonly inputs: Properties;
    readonly preview: boolean;
}

export interface UpdateRequest extends Operation {
    readonly id: string;
    readonly state: Properties;
    readonly news: Properties;
    readonly preview: boolean;
    readonly ignoreChanges: readonly string[];
}

export interface DeleteRequest extends Operation {
    readonly id: string;
    readonly state: Properties;
}

export interface ReadRequest extends Operation {
    readonly id: string;
    /** Empty when the engine imports or gets an object it does not know yet. */
    readonly state: Properties;
    readonly inputs: Properties;
}

export interface Created {
    readonly id: string;
    readonly state: Properties;
}

/** What was found; undefined in place of it: the object is gone. */
export interface Found {
    readonly id: string;
    readonly state: Properties;
    readonly inputs: Properties;
}

/** A provider of resources, without the protocol around it. */
export interface Provider {
    readonly version: string;
    diffConfig(olds: Properties, news: Properties): DiffResult;
    configure(config: Properties): Promise<void>;
    check(resource: Resource, olds: Properties, news: Properties, seed: Uint8Array): CheckResult;
    diff(request: DiffRequest): Promise<DiffResult> | DiffResult;
    create(request: CreateRequest): Promise<Created>;
    read(request: ReadRequest): Promise<Found | undefined>;
    update(request: UpdateRequest): Promise<Properties>;
    delete(request: DeleteRequest): Promise<void>;
    invoke(token: string, args: Properties): Promise<Properties>;
    close(): void;
}
