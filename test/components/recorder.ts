import * as pulumi from "@pulumi/pulumi";

/** One resource as the engine is asked to register it. */
export interface Registration {
    readonly type: string;
    readonly name: string;
    /** Name of the parent; absent: the stack. */
    readonly parent?: string;
    /** Names, sorted. */
    readonly dependsOn: readonly string[];
    /** As sent: a secret is an object that carries the SDK's mark. */
    readonly inputs: Readonly<Record<string, unknown>>;
    readonly options: {
        readonly deleteBeforeReplace: boolean;
        readonly replaceOnChanges: readonly string[];
        readonly ignoreChanges: readonly string[];
        readonly retainOnDelete?: true;
        readonly protect?: true;
        readonly createTimeout: string;
        readonly onError: readonly string[];
    };
}

export interface RecordOptions {
    readonly preview?: boolean;
    /** Let hooks be registered, as the real engine does and the SDK's mocks do not. */
    readonly hooks?: boolean;
    /** Properties that a resource has only after it was made, by resource name. */
    readonly outputs?: Readonly<Record<string, Record<string, unknown>>>;
    /** Outputs of the stack's last `up`; default: there was none. */
    readonly last?: Readonly<Record<string, unknown>>;
}

export interface Recording<T> {
    readonly result: T;
    /** Sorted by type and name: the order of registration is the SDK's affair. */
    readonly registrations: readonly Registration[];
    /** What the program logged as warnings. */
    readonly warnings: readonly string[];
}

/** Mark of a secret on the wire (sdk/nodejs/runtime/rpc.ts). */
const signature = "4dabf18193072939515e22adb298388d";
const secretMark = "1b47061264138c4ac30d75fd1eb44270";

export function secretOutput(value: string): Record<string, unknown> {
    return { [signature]: secretMark, value };
}

/** The part of the monitor's request that tests look at. */
interface Request {
    getType(): string;
    getName(): string;
    getParent(): string;
    getDependenciesList(): string[];
    getObject(): { toJavaScript(): Record<string, unknown> };
    getDeletebeforereplace(): boolean;
    getReplaceonchangesList(): string[];
    getIgnorechangesList(): string[];
    getRetainondelete(): boolean;
    getProtect(): boolean;
    getCustomtimeouts(): { getCreate(): string } | undefined;
    getHooks(): { getOnErrorList(): string[] } | undefined;
}
/** What the mock monitor implements of the real one has no type. */
interface Monitor {
    registerResource(request: Request, callback: unknown): unknown;
    registerErrorHook?(request: unknown, callback: (error: null, response: object) => void): void;
}

/** What the engine itself answers, of any stack of the backend. */
const ownOutputs = "pulumi:pulumi:readStackOutputs";

/** Runs a piece of program against Pulumi's mocks and returns every resource it registered. */
export async function record<T>(
    build: () => T | Promise<T>,
    { preview = false, hooks = false, outputs = {}, last = {} }: RecordOptions = {},
): Promise<Recording<T>> {
    const mocks: pulumi.runtime.Mocks = {
        newResource: ({ type, name, inputs }) => ({
            // Nothing has an identity before it exists.
            id: preview ? undefined : `${name}-id`,
            state: {
                ...(inputs as object),
                ...(preview ? {} : stashed(type, inputs as { input?: unknown })),
                ...(preview ? {} : outputs[name]),
            },
        }),
        call: ({ token, inputs }) => {
            const { name } = inputs as { name?: unknown };
            if (token === ownOutputs && name === "organization/metallb-pfsense/test") {
                return { name, outputs: last, secretOutputNames: [] };
            }
            throw new Error(`The program calls ${token}, which needs a plugin.`);
        },
    };
    await pulumi.runtime.setMocks(mocks, "metallb-pfsense", "test", preview, "organization");
    const registrations: Registration[] = [];
    const monitor = pulumi.runtime.getMonitor() as unknown as Monitor;
    const original = monitor.registerResource.bind(monitor);
    monitor.registerResource = (request, callback) => {
        registrations.push(registrationOf(request));
        return original(request, callback);
    };
    if (hooks) {
        monitor.registerErrorHook = (_, callback) => callback(null, {});
    }
    const { result, warnings } = await collectWarnings(async () => {
        const built = await build();
        await pulumi.runtime.disconnect();
        return built;
    });
    const key = ({ type, name }: Registration) => `${type} ${name}`;
    registrations.sort((a, b) => (key(a) < key(b) ? -1 : 1));
    return { result, registrations, warnings };
}

/** What the engine's own Stash gives back. */
const stashed = (type: string, { input }: { input?: unknown }) =>
    type === "pulumi:index:Stash" ? { output: input } : {};

/** Without an engine the SDK logs to the console. */
async function collectWarnings<T>(build: () => Promise<T>) {
    const warnings: string[] = [];
    const { warn } = console;
    console.warn = (line: string) => warnings.push(line.replace(/^warning: \[runtime\] /, ""));
    try {
        return { result: await build(), warnings };
    } finally {
        console.warn = warn;
    }
}

function registrationOf(request: Request): Registration {
    const parent = nameOf(request.getParent());
    return {
        type: request.getType(),
        name: request.getName(),
        ...(parent === "" ? {} : { parent }),
        dependsOn: request.getDependenciesList().map(nameOf).sort(),
        inputs: request.getObject().toJavaScript(),
        options: {
            deleteBeforeReplace: request.getDeletebeforereplace(),
            replaceOnChanges: request.getReplaceonchangesList(),
            ignoreChanges: request.getIgnorechangesList(),
            ...(request.getRetainondelete() && { retainOnDelete: true }),
            ...(request.getProtect() && { protect: true }),
            createTimeout: request.getCustomtimeouts()?.getCreate() ?? "",
            onError: request.getHooks()?.getOnErrorList() ?? [],
        },
    };
}

function nameOf(urn: string): string {
    return urn.split("::").slice(3).join("::");
}

/** The graph without the resources' contents: [type, name, parent, dependsOn]. */
export function shapeOf(registrations: readonly Registration[]): unknown[] {
    return registrations.map(({ type, name, parent, dependsOn }) => [
        type,
        name,
        parent ?? null,
        dependsOn,
    ]);
}

export function find(registrations: readonly Registration[], name: string): Registration {
    const found = registrations.filter((registration) => registration.name === name);
    const [only] = found;
    if (only === undefined || found.length !== 1) {
        throw new Error(`${found.length} resources are called ${name}.`);
    }
    return only;
}

/**
 * Copies a value with every secret replaced, so that it can be compared and read.
 * @param shown what stands for a secret. Default: the word
 */
export function withoutSecrets(
    value: unknown,
    shown: (secret: unknown) => unknown = () => "[secret]",
): unknown {
    if (Array.isArray(value)) {
        return value.map((member) => withoutSecrets(member, shown));
    }
    if (typeof value !== "object" || value === null) {
        return value;
    }
    const members = value as Record<string, unknown>;
    if (members[signature] === secretMark) {
        return shown(members.value);
    }
    return Object.fromEntries(
        Object.entries(value).map(([key, member]) => [key, withoutSecrets(member, shown)]),
    );
}

/** The value of an output; rejects when its resource could not be registered. */
export function valueOf<T>(output: pulumi.Output<T>): Promise<T> {
    // The SDK's own tests read outputs this way too; apply() alone never settles on failure.
    return (output as unknown as { promise(): Promise<T> }).promise();
}

/**
 * Every error that outputs end with while this is built: an output rejects several promises, of
 * which a test can await one only.
 */
export async function rejections(build: () => Promise<unknown>): Promise<Error[]> {
    const errors: Error[] = [];
    const collect = (error: Error) => void errors.push(error);
    const usual = process.listeners("unhandledRejection");
    process.removeAllListeners("unhandledRejection").on("unhandledRejection", collect);
    try {
        await build().catch(collect);
        await new Promise((resolve) => setImmediate(resolve));
        return errors;
    } finally {
        process.removeAllListeners("unhandledRejection");
        for (const listener of usual) process.on("unhandledRejection", listener);
    }
}
