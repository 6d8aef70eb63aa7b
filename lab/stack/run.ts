/**
 * One run of the Pulumi engine over the program of this project, in a process of its own.
 *
 * The request is the first argument, as JSON; every line on standard output is a ChildMessage.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
    type DestroyOptions,
    type EngineEvent,
    LocalWorkspace,
    type PreviewOptions,
    type PulumiFn,
    type RefreshOptions,
    type Stack,
    type UpOptions,
} from "@pulumi/pulumi/automation";
import type { ChildMessage, Diagnostic, RunOutcome, RunRequest, Span, Step } from "./protocol";

type Main = () => Promise<Record<string, unknown>>;

/** Loaded anew by nobody: the plan and the update of one run share it. */
const programOf =
    (module = join(__dirname, "..", "..", "index.ts")): PulumiFn =>
    () => {
        // eslint-disable-next-line @typescript-eslint/no-require-imports -- as the language host does
        const loaded = require(module) as Main | { readonly default: Main };
        return (typeof loaded === "function" ? loaded : loaded.default)();
    };

class Recorder {
    readonly steps: Step[] = [];
    readonly changes: Record<string, number> = {};
    readonly diagnostics: Diagnostic[] = [];
    readonly spans: Span[] = [];
    private readonly begun = new Map<string, number>();
    text = "";
    endedAt = Date.now();

    constructor(private readonly killAfter: string | undefined) {}

    readonly onEvent = (event: EngineEvent): void => {
        this.endedAt = Date.now();
        const begins = event.resourcePreEvent?.metadata;
        if (begins) this.begun.set(begins.urn, Date.now());
        const done = event.resOutputsEvent ?? event.resOpFailedEvent;
        if (done) this.step(done.metadata, event.resOpFailedEvent !== undefined);
        if (event.diagnosticEvent) this.diagnostic(event.diagnosticEvent);
    };

    readonly onOutput = (text: string): void => {
        this.endedAt = Date.now();
        this.text += text;
    };

    private step(
        metadata: NonNullable<EngineEvent["resOutputsEvent"]>["metadata"],
        failed: boolean,
    ) {
        const { op, urn, type } = metadata;
        const from = this.begun.get(urn) ?? Date.now();
        this.spans.push({ op, type, name: nameOf(urn), from, to: Date.now() });
        this.changes[op] = (this.changes[op] ?? 0) + 1;
        if (op === "same") return;
        const name = nameOf(urn);
        const diffs = Object.keys(metadata.detailedDiff ?? {});
        this.steps.push({
            op,
            type,
            name,
            diffs: diffs.length ? diffs : (metadata.diffs ?? []),
            failed,
        });
        const line = `${op} ${short(type)} ${name}${failed ? " FAILED" : ""}`;
        send({ kind: "progress", line: `${this.steps.length} done, last: ${line}` });
        if (this.killAfter !== undefined && line.includes(this.killAfter)) killChildren();
    }

    private diagnostic(event: NonNullable<EngineEvent["diagnosticEvent"]>) {
        // The engine also sends debug lines, which its types do not know.
        if (event.ephemeral || (event.severity as string) === "debug") return;
        const resource = event.urn ? nameOf(event.urn) : "";
        // The engine's own colour directives have no meaning outside its display.
        const message = event.message.replace(/<\{%[^%]*%\}>/g, "").trim();
        if (message === "") return;
        this.diagnostics.push({ severity: event.severity, resource, message });
    }
}

/** As a machine that loses its power: nobody gets to say goodbye, the plugins neither. */
function killChildren(parent = process.pid): void {
    const threads = readdirSync(`/proc/${parent}/task`);
    const children = threads.flatMap((thread) =>
        readFileSync(`/proc/${parent}/task/${thread}/children`, "utf8").split(" ").filter(Boolean),
    );
    for (const child of children.map(Number)) {
        killChildren(child);
        process.kill(child, "SIGKILL");
    }
}

function killOnce(file: string): void {
    const timer = setInterval(() => {
        if (!existsSync(file)) return;
        clearInterval(timer);
        killChildren();
    }, 20);
    timer.unref();
}

const nameOf = (urn: string) => urn.slice(urn.lastIndexOf("::") + 2);
const short = (type: string) => type.slice(type.lastIndexOf(":") + 1);
const send = (message: ChildMessage) => console.log(JSON.stringify(message));

async function main(request: RunRequest): Promise<void> {
    const started = Date.now();
    const stack = await LocalWorkspace.createOrSelectStack(
        {
            stackName: request.stackName,
            projectName: "metallb-pfsense",
            program: programOf(request.program),
        },
        { workDir: request.workDir },
    );
    const recorder = new Recorder(request.killAfter);
    if (request.killFile !== undefined) killOnce(request.killFile);
    let ok = true;
    let plannedAt: number | undefined;
    try {
        if (request.showPlan) {
            const { onOutput } = new Recorder(undefined);
            await stack.preview({ onOutput, color: "never" });
            plannedAt = Date.now();
        }
        await operate(stack, request, recorder);
    } catch (error) {
        ok = false;
        if (recorder.text === "") recorder.text = (error as Error).message;
    }
    const { endedAt } = recorder;
    const outputs = request.operation === "preview" ? {} : await stack.outputs();
    const outcome: RunOutcome = {
        ok,
        steps: recorder.steps,
        changes: recorder.changes,
        diagnostics: recorder.diagnostics,
        outputs: Object.fromEntries(
            Object.entries(outputs).map(([name, { value, secret }]) => [
                name,
                secret ? "[secret]" : (value as unknown),
            ]),
        ),
        seconds: (Date.now() - started) / 1000,
        spans: recorder.spans,
        ...(plannedAt !== undefined && { plannedAt }),
        endedAt,
        text: recorder.text,
    };
    send({ kind: "outcome", outcome });
}

async function operate(stack: Stack, request: RunRequest, recorder: Recorder): Promise<void> {
    const { onEvent, onOutput } = recorder;
    const options: UpOptions & PreviewOptions & RefreshOptions & DestroyOptions = {
        onEvent,
        onOutput,
        color: "never",
        diff: request.operation === "preview",
        ...(request.expectNoChanges ? { expectNoChanges: true } : {}),
        ...(request.target ? { target: [...request.target] } : {}),
        ...(request.refresh ? { refresh: true } : {}),
        ...(request.replace ? { replace: [...request.replace] } : {}),
    };
    switch (request.operation) {
        case "up":
            await stack.up(options);
            return;
        case "preview":
            await stack.preview(options);
            return;
        case "refresh":
            await stack.refresh(options);
            return;
        case "destroy":
            await stack.destroy(options);
            return;
    }
}

main(JSON.parse(process.argv[2]!) as RunRequest).then(
    // Only once the last line is out: a pipe takes a long one in pieces.
    () => process.stdout.write("", () => process.exit(0)),
    (error: Error) => {
        console.error(error.message);
        process.exit(1);
    },
);
