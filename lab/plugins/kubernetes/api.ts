import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { textAt, type Properties, type Value } from "../values";

/** Milliseconds for the first answer of a cluster. */
const patience = 15_000;

/** A refusal by the API server, with its own text. */
export class ApiError extends Error {
    constructor(
        readonly code: number,
        readonly reason: string,
        message: string,
    ) {
        super(message);
    }

    get notFound(): boolean {
        return this.code === 404;
    }
}

/** The API server knows no such kind. */
export class NoMatchError extends Error {
    constructor(apiVersion: string, kind: string) {
        super(`no matches for kind "${kind}" in version "${apiVersion}"`);
    }
}

/** Where the objects of one kind live. */
export interface Mapping {
    readonly plural: string;
    readonly namespaced: boolean;
}

export interface ClusterConfig {
    /** A path, or the text of a kubeconfig itself; absent: kubectl's own rules. */
    readonly kubeconfig?: string;
    readonly context?: string;
    readonly cluster?: string;
}

/**
 * The API of one cluster, spoken through a `kubectl proxy` on a private socket: kubectl knows every
 * way to authenticate, and one process serves all objects.
 */
export class Api {
    private readonly directory = mkdtempSync(join(tmpdir(), "pulumi-kubernetes-"));
    private readonly agent = new Agent({ keepAlive: true, maxSockets: 16 });
    private readonly mappings = new Map<string, Promise<Map<string, Mapping>>>();
    private proxy: ChildProcess | undefined;

    private get socket(): string {
        return join(this.directory, "api.sock");
    }

    /** @returns why the cluster cannot be used, or undefined when it answers */
    async connect(config: ClusterConfig): Promise<string | undefined> {
        const problem = await this.startProxy(this.flags(config));
        if (problem !== undefined) return problem;
        try {
            await this.send("GET", "/version", { timeout: patience });
            return undefined;
        } catch (error) {
            if (error instanceof ApiError && error.code === 403) return undefined;
            return `unable to load schema information from the API server: ${(error as Error).message}`;
        }
    }

    private flags({ kubeconfig, context, cluster }: ClusterConfig): string[] {
        const flags: string[] = [];
        if (kubeconfig) flags.push(`--kubeconfig=${this.kubeconfigPath(kubeconfig)}`);
        if (context) flags.push(`--context=${context}`);
        if (cluster) flags.push(`--cluster=${cluster}`);
        return flags;
    }

    private kubeconfigPath(kubeconfig: string): string {
        if (!kubeconfig.includes("\n") && !kubeconfig.trimStart().startsWith("{"))
            return kubeconfig;
        const path = join(this.directory, "kubeconfig");
        writeFileSync(path, kubeconfig, { mode: 0o600 });
        return path;
    }

    private startProxy(flags: string[]): Promise<string | undefined> {
        const kubectl = process.env.LAB_KUBECTL || "kubectl";
        const argv = ["proxy", `--unix-socket=${this.socket}`, ...flags];
        // The proxy holds the cluster's credentials: it must not outlive this process, killed or not.
        const proxy = spawn("setpriv", ["--pdeathsig", "KILL", kubectl, ...argv], {
            stdio: ["ignore", "pipe", "pipe"],
        });
        this.proxy = proxy;
        return new Promise((resolve) => {
            let said = "";
            proxy.stdout.once("data", () => resolve(undefined));
            proxy.stderr.on("data", (data: Buffer) => (said += data.toString()));
            proxy.once("error", ({ message }) => resolve(message));
            proxy.once("exit", () =>
                resolve(
                    `unable to load Kubernetes client configuration from kubeconfig file: ${said.trim()}`,
                ),
            );
        });
    }

    close(): void {
        this.proxy?.kill("SIGKILL");
        this.agent.destroy();
        rmSync(this.directory, { recursive: true, force: true });
    }

    /**
     * Sends one request.
     * @throws ApiError with the API server's refusal, or Error when it cannot be reached
     */
    async send(method: string, path: string, options: SendOptions = {}): Promise<Properties> {
        const { status, text, json } = await this.exchange(method, path, options);
        const answer = json ? (JSON.parse(text) as Value) : null;
        if (status < 300) return (answer ?? {}) as Properties;
        // kubectl answers for a server that it cannot reach, in plain text.
        if (!json && status >= 500) throw new Error(text.trim());
        const message = textAt(answer ?? undefined, "message") ?? text.trim();
        throw new ApiError(status, textAt(answer ?? undefined, "reason") ?? "", message);
    }

    private exchange(method: string, path: string, options: SendOptions): Promise<Answer> {
        const body = options.body === undefined ? undefined : JSON.stringify(options.body);
        const headers: Record<string, string> = { host: "localhost", accept: "application/json" };
        if (body !== undefined) {
            headers["content-type"] = options.type ?? "application/json";
            // For a DELETE, Node would send the body without saying that there is one.
            headers["content-length"] = String(Buffer.byteLength(body));
        }
        return new Promise((resolve, reject) => {
            const { socket: socketPath, agent } = this;
            const call = request({ socketPath, agent, method, path, headers }, (response) => {
                const parts: Buffer[] = [];
                response.on("data", (part: Buffer) => parts.push(part));
                response.on("error", reject);
                response.on("end", () =>
                    resolve({
                        status: response.statusCode ?? 0,
                        text: Buffer.concat(parts).toString(),
                        json: response.headers["content-type"]?.includes("json") ?? false,
                    }),
                );
            });
            call.on("error", reject);
            if (options.timeout)
                call.setTimeout(options.timeout, () =>
                    call.destroy(new Error(`no answer within ${options.timeout! / 1000} s`)),
                );
            call.end(body);
        });
    }

    /**
     * Finds where a kind lives; kinds that appear later, with their CRD, are found then.
     * @throws NoMatchError
     */
    async mapping(apiVersion: string, kind: string): Promise<Mapping> {
        const known = this.mappings.get(apiVersion) ?? this.discover(apiVersion);
        this.mappings.set(apiVersion, known);
        const found = await known.then(
            (kinds) => kinds.get(kind),
            (error: Error) => {
                this.mappings.delete(apiVersion);
                if (error instanceof ApiError && error.notFound) return undefined;
                throw error;
            },
        );
        if (found) return found;
        this.mappings.delete(apiVersion);
        throw new NoMatchError(apiVersion, kind);
    }

    private async discover(apiVersion: string): Promise<Map<string, Mapping>> {
        const list = await this.send("GET", groupPath(apiVersion));
        const kinds = new Map<string, Mapping>();
        for (const item of list.resources as Properties[]) {
            const [plural, kind] = [item.name as string, item.kind as string];
            if (!plural.includes("/"))
                kinds.set(kind, { plural, namespaced: item.namespaced as boolean });
        }
        return kinds;
    }

    /** The path of an object, or without a name of the list it belongs to. */
    async path(ref: ObjectRef, name = ref.name): Promise<string> {
        const { plural, namespaced } = await this.mapping(ref.apiVersion, ref.kind);
        const space = namespaced
            ? `/namespaces/${encodeURIComponent(ref.namespace || "default")}`
            : "";
        return `${groupPath(ref.apiVersion)}${space}/${plural}${name ? `/${encodeURIComponent(name)}` : ""}`;
    }

    /** The live object, or undefined when it, its kind or its namespace does not exist. */
    async get(ref: ObjectRef): Promise<Properties | undefined> {
        try {
            return await this.send("GET", await this.path(ref));
        } catch (error) {
            if (error instanceof NoMatchError) return undefined;
            if (error instanceof ApiError && error.notFound) return undefined;
            throw error;
        }
    }
}

export interface ObjectRef {
    readonly apiVersion: string;
    readonly kind: string;
    readonly name: string;
    readonly namespace?: string;
}

interface SendOptions {
    readonly body?: Value;
    readonly type?: string;
    /** Milliseconds. */
    readonly timeout?: number;
}

interface Answer {
    readonly status: number;
    readonly text: string;
    readonly json: boolean;
}

function groupPath(apiVersion: string): string {
    return apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}
