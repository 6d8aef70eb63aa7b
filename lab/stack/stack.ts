import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseDocument, type Document } from "yaml";
import type { Box } from "../box";
import * as site from "../site";
import type { ChildMessage, RunOutcome, RunRequest } from "./protocol";

export const root = join(__dirname, "..", "..");

/** Path of a key of this program in a stack file. */
export const key = (name: string, ...path: readonly string[]): string[] => [
    "config",
    `metallb-pfsense:${name}`,
    ...path,
];

/** What the site knows and the committed stack file cannot: addresses of its stand-ins and its keys. */
export interface SiteConfig {
    readonly chartRepository: string;
    readonly fluxManifest: string;
    /** SSH host key by firewall name. */
    readonly hostKeys: Readonly<Record<string, string>>;
    readonly sshKey: string;
    readonly bgpPassword: string;
}

interface Environment {
    /** Variables of the engine and its plugins, besides the site's own. */
    readonly env?: Readonly<Record<string, string>>;
}

interface UpOptions extends Pick<
    RunRequest,
    "target" | "replace" | "refresh" | "killAfter" | "showPlan"
> {
    /** Digest of the review that it is held to. */
    readonly reviewed?: string;
    /** When it settles, the engine and its plugins are killed. */
    readonly killAt?: Promise<unknown>;
}

export interface EngineTools {
    /** Folders put in front of PATH: the engine, the provider plugins, kubectl. */
    readonly path: readonly string[];
    readonly pulumiHome: string;
}

const stackName = "dev";

/**
 * The dev stack on the site: the committed Pulumi.dev.yaml with the site's own values laid over it,
 * run by the real engine beside the API server. State and passphrase are the site's.
 */
export class Stack {
    constructor(
        private readonly box: Box,
        private readonly tools: EngineTools,
        private readonly kubeconfig: string,
    ) {}

    private get workDir(): string {
        return join(this.box.stateDir, "stack");
    }

    private get stackFile(): string {
        return join(this.workDir, `Pulumi.${stackName}.yaml`);
    }

    /** Writes the stack's files; `Pulumi.dev.yaml` of the repository stays the source of all the rest. */
    async create(config: SiteConfig): Promise<void> {
        mkdirSync(join(this.box.stateDir, "backend"), { recursive: true });
        mkdirSync(this.workDir, { recursive: true });
        writeFileSync(
            join(this.workDir, "Pulumi.yaml"),
            "name: metallb-pfsense\nruntime: nodejs\n",
        );
        const document = parseDocument(readFileSync(join(root, "Pulumi.dev.yaml"), "utf8"));
        overlay(document, config);
        writeFileSync(this.stackFile, document.toString());
        await this.pulumi(["stack", "init", "--non-interactive"]);
        await this.setSecrets({ sshKey: config.sshKey, bgpPassword: config.bgpPassword });
    }

    /** Changes the stack file in place; secrets already in it stay as they are. */
    edit(change: (document: Document) => void): void {
        const document = parseDocument(readFileSync(this.stackFile, "utf8"));
        change(document);
        writeFileSync(this.stackFile, document.toString());
    }

    /** The stack file as it stands. */
    read(): string {
        return readFileSync(this.stackFile, "utf8");
    }

    /** Puts an earlier text of the stack file back. */
    write(text: string): void {
        writeFileSync(this.stackFile, text);
    }

    /** Sets secret config keys, encrypted with the site's passphrase; the values go by standard input. */
    async setSecrets(values: Readonly<Record<string, string>>): Promise<void> {
        for (const [key, value] of Object.entries(values)) {
            await this.pulumi(["config", "set", "--secret", `metallb-pfsense:${key}`], value);
        }
    }

    up(
        onProgress?: (line: string) => void,
        { reviewed, killAt, ...options }: UpOptions = {},
    ): Promise<RunOutcome> {
        const env: Record<string, string> =
            reviewed === undefined ? {} : { METALLB_PFSENSE_REVIEWED: reviewed };
        const killed = killAt && { killFile: this.fileAt(killAt) };
        return this.operate({ operation: "up", ...options, ...killed, env }, onProgress);
    }

    /** A file that is there once the promise has settled. */
    private fileAt(moment: Promise<unknown>): string {
        const file = join(mkdtempSync(join(this.box.stateDir, "moment-")), "now");
        void moment.then(
            () => writeFileSync(file, ""),
            () => undefined,
        );
        return file;
    }

    preview(
        options: Environment & { expectNoChanges?: boolean; target?: readonly string[] } = {},
    ): Promise<RunOutcome> {
        return this.operate({ operation: "preview", ...options });
    }

    /**
     * A preview of another program: on the stack's own state, or on a stack that has none.
     * @param program module with the program as its default export
     */
    previewOf(
        program: string,
        options: Environment & { expectNoChanges?: boolean; stackName?: string } = {},
    ): Promise<RunOutcome> {
        return this.operate({ operation: "preview", program, ...options });
    }

    /** The stack's state with its secrets in the clear, as JSON. */
    async state(): Promise<string> {
        return this.pulumi(["stack", "export", "--show-secrets"]);
    }

    /**
     * Keeps the state as it stands.
     * @returns how to get it back
     */
    async keep(): Promise<() => Promise<void>> {
        const kept = await this.pulumi(["stack", "export"]);
        return async () => void (await this.pulumi(["stack", "import"], kept));
    }

    /** Loses the state, as somebody does who begins anew. */
    async forget(): Promise<void> {
        const state = JSON.parse(await this.pulumi(["stack", "export"])) as { deployment: object };
        const deployment = { ...state.deployment, resources: [] };
        await this.pulumi(["stack", "import"], JSON.stringify({ ...state, deployment }));
    }

    refresh(options: { expectNoChanges?: boolean } = {}): Promise<RunOutcome> {
        return this.operate({ operation: "refresh", ...options });
    }

    destroy(
        onProgress?: (line: string) => void,
        options: Environment & Pick<RunRequest, "killAfter"> = {},
    ): Promise<RunOutcome> {
        return this.operate({ operation: "destroy", ...options }, onProgress);
    }

    /** Takes away the lock that a killed run has left. */
    async cancel(): Promise<void> {
        await this.pulumi(["cancel", "--yes"]);
    }

    private async operate(
        {
            env = {},
            ...request
        }: Environment & Omit<RunRequest, "workDir" | "stackName"> & { stackName?: string },
        onProgress?: (line: string) => void,
    ): Promise<RunOutcome> {
        const whole: RunRequest = { stackName, ...request, workDir: this.workDir };
        let outcome: RunOutcome | undefined;
        let rest = "";
        const onOutput = (text: string) => {
            const lines = (rest + text).split("\n");
            rest = lines.pop()!;
            for (const line of lines.filter((l) => l.startsWith("{"))) {
                const message = JSON.parse(line) as ChildMessage;
                if (message.kind === "outcome") outcome = message.outcome;
                else onProgress?.(message.line);
            }
        };
        const argv = [
            process.execPath,
            "--require",
            join(__dirname, "language-host.cjs"),
            join(__dirname, "run.ts"),
            JSON.stringify(whole),
        ];
        const where = {
            netns: site.controlPlane.name,
            cwd: root,
            env: { ...this.environment(), ...env },
        };
        const result = await this.box.run(argv, where, {
            timeoutMs: 900_000,
            onOutput,
            check: false,
        });
        if (!outcome)
            throw new Error(`pulumi ${request.operation} did not start:\n${result.stderr}`);
        this.log(request.operation, outcome, result.stderr);
        return outcome;
    }

    /** One file a run, numbered in order: a test may run the engine many times. */
    private log(operation: string, outcome: RunOutcome, stderr: string): void {
        const directory = join(this.box.stateDir, "log");
        const number =
            readdirSync(directory).filter((file) => file.startsWith("pulumi-")).length + 1;
        const name = `pulumi-${String(number).padStart(3, "0")}-${operation}.log`;
        const diagnostics = outcome.diagnostics.map(
            (d) => `${d.severity} ${d.resource}: ${d.message}`,
        );
        const text = [outcome.text, ...diagnostics, stderr].join("\n");
        writeFileSync(join(directory, name), text);
    }

    private async pulumi(args: readonly string[], input = ""): Promise<string> {
        const where = { netns: site.controlPlane.name, cwd: this.workDir, env: this.environment() };
        const argv = ["pulumi", ...args, "--stack", stackName];
        return (await this.box.run(argv, where, { input })).stdout;
    }

    /** Variables under which kubectl and pulumi work on this site. */
    environment(): Record<string, string> {
        return {
            PATH: [...this.tools.path, process.env.PATH].join(":"),
            PULUMI_HOME: this.tools.pulumiHome,
            PULUMI_BACKEND_URL: `file://${join(this.box.stateDir, "backend")}`,
            PULUMI_CONFIG_PASSPHRASE: "lab",
            PULUMI_SKIP_UPDATE_CHECK: "true",
            // Another start of the CLI, which a person's run does not have.
            PULUMI_AUTOMATION_API_SKIP_VERSION_CHECK: "true",
            KUBECONFIG: this.kubeconfig,
            // Nothing of the person who runs the lab may leak into it.
            SSH_AUTH_SOCK: "",
        };
    }
}

function overlay(document: Document, config: SiteConfig): void {
    const set = (path: readonly string[], value: unknown) =>
        document.setIn(key(path[0]!, ...path.slice(1)), value);
    set(["cluster", "context"], "lab");
    set(["metallb", "chart"], { repository: config.chartRepository });
    set(["flux", "manifest"], { path: config.fluxManifest });
    for (const [name, hostKey] of Object.entries(config.hostKeys)) {
        set(["bgp", "routers", name, "pfsense", "hostKey"], hostKey);
    }
    // Every session has to have learned the demo's address before an `up` counts as done.
    set(["bgp", "check"], { deadline: 60, prefixes: 1 });
}
