import { randomBytes } from "node:crypto";
import { differences, propertyPath } from "../diff";
import type { Log } from "../engine";
import type {
    CheckResult,
    Created,
    CreateRequest,
    DeleteRequest,
    DiffRequest,
    DiffResult,
    Found,
    Provider,
    ReadRequest,
    Resource,
    UpdateRequest,
} from "../provider";
import {
    at,
    isObject,
    isSecret,
    makeSecret,
    strip,
    stripProperties,
    textAt,
    unknownValue,
    type Properties,
    type Value,
} from "../values";
import { run, trimmed, type Ended, type Logging } from "./run";
import { runRemote } from "./ssh";

const remoteType = "command:remote:Command";
const localType = "command:local:Command";

/** Defaults of a connection (remote/connection.go of pulumi-command). */
const connectionDefaults = { user: "root", port: 22, dialErrorLimit: 10, perDialTimeout: 15 };

interface Operation {
    readonly urn: string;
    readonly type: string;
    readonly signal: AbortSignal;
}

/** Stand-in for pulumi-command: commands on this machine, and by the OpenSSH client on others. */
export class CommandProvider implements Provider {
    constructor(
        readonly version: string,
        private readonly log: Log,
    ) {}

    diffConfig(olds: Properties, news: Properties): DiffResult {
        return {
            differences: differences(stripProperties(olds), stripProperties(news)),
            replaces: [],
        };
    }

    configure(): Promise<void> {
        return Promise.resolve();
    }

    close(): void {}

    check({ type }: Resource, _olds: Properties, news: Properties): CheckResult {
        if (type === localType) return { inputs: news };
        if (type !== remoteType) throw new Error(`unknown resource type ${type}`);
        if (news.connection === undefined) {
            const failure = {
                property: "connection",
                reason: "Missing required property 'connection'",
            };
            return { inputs: news, failures: [failure] };
        }
        return { inputs: { ...news, connection: connectionOf(news.connection) } };
    }

    diff({ state, oldInputs, news }: DiffRequest): DiffResult {
        const olds = Object.keys(oldInputs).length > 0 ? oldInputs : withoutOutputs(state);
        const changes = differences(olds, news);
        const replacing = changes.filter(({ path }) => path[0] === "triggers");
        return { differences: changes, replaces: replacing.map(({ path }) => propertyPath(path)) };
    }

    async create(request: CreateRequest): Promise<Created> {
        const { inputs, preview, name } = request;
        const id = `${name}${randomBytes(4).toString("hex")}`;
        if (preview) return { id: "", state: outputs(inputs, unknownValue, unknownValue) };
        const command = textAt(strip(inputs), "create");
        return { id, state: await this.perform(request, command, inputs, {}) };
    }

    async update(request: UpdateRequest): Promise<Properties> {
        const { news, state, preview } = request;
        if (preview) return outputs(news, unknownValue, unknownValue);
        const plain = stripProperties(news);
        return this.perform(
            request,
            textAt(plain, "update") ?? textAt(plain, "create"),
            news,
            state,
        );
    }

    async delete(request: DeleteRequest): Promise<void> {
        const { state } = request;
        const command = textAt(strip(state), "delete");
        await this.perform(request, command, withoutOutputs(state), state);
    }

    read({ id, state, inputs }: ReadRequest): Promise<Found> {
        return Promise.resolve({ id, state, inputs });
    }

    async invoke(token: string, args: Properties): Promise<Properties> {
        if (token !== "command:local:run") throw new Error(`unknown function ${token}`);
        const plain = stripProperties(args);
        const command = textAt(plain, "command") ?? "";
        const operation = { urn: "", type: localType, signal: new AbortController().signal };
        return this.perform(operation, command, plain, {});
    }

    /** Runs a command, if there is one, and gives the state after it. */
    private async perform(
        operation: Operation,
        command: string | undefined,
        inputs: Properties,
        before: Properties,
    ): Promise<Properties> {
        const old = stripProperties(before);
        const previous = {
            stdout: textAt(old, "stdout") ?? "",
            stderr: textAt(old, "stderr") ?? "",
        };
        if (command === undefined) return outputs(inputs, previous.stdout, previous.stderr);
        const plain = stripProperties(inputs);
        const ended =
            operation.type === localType
                ? await this.runLocal(operation, command, plain, previous)
                : await this.runRemote(operation, command, plain, previous);
        if (ended.status !== 0) throw new Error(failure(operation.type, command, ended));
        return outputs(inputs, trimmed(ended.stdout), trimmed(ended.stderr));
    }

    private runLocal(
        operation: Operation,
        command: string,
        inputs: Properties,
        previous: Previous,
    ): Promise<Ended> {
        const interpreter = inputs.interpreter;
        const shell =
            Array.isArray(interpreter) && interpreter.length > 0
                ? (interpreter as string[])
                : ["/bin/sh", "-c"];
        const environment = isObject(inputs.environment) ? inputs.environment : {};
        const env = {
            ...process.env,
            ...(environment as Record<string, string>),
            ...previousOutput(inputs, previous),
        };
        const { stdin, logging } = common(inputs);
        const cwd = textAt(inputs, "dir");
        return run({ ...operation, argv: [...shell, command], cwd, env, stdin, logging }, this.log);
    }

    private runRemote(
        operation: Operation,
        command: string,
        inputs: Properties,
        previous: Previous,
    ): Promise<Ended> {
        // OpenSSH's client does not say that the server refused a variable, as pfSense's does all.
        const [variable] = isObject(inputs.environment) ? Object.keys(inputs.environment) : [];
        if (variable !== undefined) {
            this.log.log("error", operation.urn, refusal(variable));
            throw new Error(`could not set environment variable "${variable}": ssh: setenv failed`);
        }
        for (const name of Object.keys(previousOutput(inputs, previous)))
            this.log.log("warning", operation.urn, refusal(name));
        const connection = isObject(inputs.connection) ? inputs.connection : {};
        return runRemote({ ...operation, connection, command, ...common(inputs) }, this.log);
    }
}

interface Previous {
    readonly stdout: string;
    readonly stderr: string;
}

function connectionOf(given: Value): Value {
    const connection = isSecret(given) ? at(given, "value") : given;
    if (!isObject(connection)) return makeSecret(given);
    return makeSecret({ ...connectionDefaults, ...connection });
}

function common(inputs: Properties): { stdin: string; logging: Logging } {
    return {
        stdin: textAt(inputs, "stdin") ?? "",
        logging: (textAt(inputs, "logging") ?? "stdoutAndStderr") as Logging,
    };
}

function previousOutput(inputs: Properties, previous: Previous): Record<string, string> {
    if (inputs.addPreviousOutputInEnv === false) return {};
    const { stdout, stderr } = previous;
    return {
        ...(stdout && { PULUMI_COMMAND_STDOUT: stdout }),
        ...(stderr && { PULUMI_COMMAND_STDERR: stderr }),
    };
}

const refusal = (variable: string) =>
    `Unable to set '${variable}'. This only works if your SSH server is configured to accept it via AcceptEnv.`;

/** Outputs are secret only where the program says so (additionalSecretOutputs), not by the inputs. */
function outputs(inputs: Properties, stdout: string, stderr: string): Properties {
    return { ...inputs, stdout, stderr };
}

function withoutOutputs(state: Properties): Properties {
    const inputs = { ...state };
    delete inputs.stdout;
    delete inputs.stderr;
    return inputs;
}

function failure(type: string, command: string, { status, output }: Ended): string {
    const local = typeof status === "number" ? `exit status ${status}` : `signal: ${status}`;
    const remote = `Process exited with status ${status}`;
    const head = type === localType ? local : remote;
    return `${head}: running ${JSON.stringify(command)}:\n${output}`;
}
