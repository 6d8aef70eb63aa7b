import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { LocalWorkspace } from "@pulumi/pulumi/automation";
import { findingText } from "../../config/findings";
import { loadStack } from "../../config/load";
import { planFromStack } from "../../config/stack";
import { readStackFile } from "../../config/stack-file";
import { buildTools } from "../artifacts/tools";

const project = "name: metallb-pfsense\nruntime: nodejs\n";
const pools =
    "pools: { public: { addresses: [192.168.32.0/24] } }, l2: { all: { pools: [public] } }";
const bgp = `bgp:
        asn: 64512
        nodes: { wn1: 192.168.33.21, wn2: 192.168.33.22 }
        routers: { fw: { address: 192.168.33.2, asn: 64513 } }
        advertise: { all: { pools: [public] } }`;

interface StackFiles {
    readonly stack: string;
    /** Pulumi.yaml. */
    readonly project?: string;
    /** The engine takes it, and means something else than the person. */
    readonly seenByCheckAlone?: true;
}

interface Outcome {
    readonly plan?: unknown;
    readonly refused?: string;
}

function attempt(): Outcome {
    try {
        return { plan: loadStack().plan };
    } catch (error) {
        return { refused: (error as Error).message };
    }
}

/** Manners of writing the same, and what the engine reads in another way than people mean it. */
const files: Readonly<Record<string, StackFiles>> = {
    "keys with the project's prefix": {
        stack: `config:
    metallb-pfsense:cluster: { context: lab }
    metallb-pfsense:metallb: { ${pools} }
    metallb-pfsense:${bgp}
`,
    },
    "keys without a prefix, a merge key and an anchor": {
        stack: `where: &where { context: lab }
config:
    cluster:
        <<: *where
        name: home
    metallb: { ${pools} }
    ${bgp}
`,
    },
    "JSON text, as `pulumi config set` writes it": {
        stack: `config:
    metallb-pfsense:cluster: '{"context":"lab"}'
    metallb-pfsense:metallb: '{"pools":{"public":{"addresses":["192.168.32.0/24"]}},"l2":{"all":{"pools":["public"]}}}'
`,
    },
    "defaults in Pulumi.yaml": {
        project: `${project}config:
    metallb-pfsense:metallb:
        value: { ${pools} }
`,
        stack: "config:\n    metallb-pfsense:cluster: { context: lab }\n",
    },
    "numbers of YAML 1.1, which are not what they look like": {
        seenByCheckAlone: true,
        stack: `config:
    metallb-pfsense:cluster: { context: lab }
    metallb-pfsense:metallb: { ${pools} }
    metallb-pfsense:bgp:
        asn: 064512
        nodes: { wn1: 192.168.33.21 }
        routers: { fw: { address: 192.168.33.2, asn: 0xFC01, timers: { hold: 0b1001 } } }
        advertise: { all: { pools: [public] } }
`,
    },
    "words that are no booleans any more": {
        stack: `config:
    metallb-pfsense:cluster: { context: lab }
    metallb-pfsense:flux: { install: off }
    metallb-pfsense:metallb: { ${pools} }
`,
    },
    "a prefix that is nearly the project's": {
        stack: `config:
    metallb-pfsense:cluster: { context: lab }
    metallb-pfsense:metallb: { ${pools} }
    metalb-pfsense:flux: { install: false }
`,
    },
    "mistakes in several places": {
        stack: `config:
    metallb-pfsense:cluster: { contxt: lab }
    metallb-pfsense:metallb: { pools: { public: { addresses: [192.168.32.5/24] } } }
`,
    },
};

describe("check and program read a file alike, by the real engine", () => {
    const path = process.env.PATH;
    let home: string;
    let envVars: Record<string, string>;

    before(async function () {
        this.timeout(3_600_000);
        const { pulumi } = await buildTools(() => undefined);
        home = mkdtempSync(join(tmpdir(), "engine-"));
        // The SDK looks for the engine on the path of this process.
        process.env.PATH = [dirname(pulumi), path].join(delimiter);
        envVars = {
            PULUMI_HOME: join(home, ".pulumi"),
            PULUMI_BACKEND_URL: `file://${home}`,
            PULUMI_CONFIG_PASSPHRASE: "a passphrase for this test",
            PULUMI_SKIP_UPDATE_CHECK: "true",
        };
    });
    after(() => {
        process.env.PATH = path;
        rmSync(home, { recursive: true, force: true });
    });

    /** The plan as the program has it, or the words with which it refuses. */
    async function byTheEngine(name: string, workDir: string): Promise<Outcome> {
        // Caught here: what such a program throws ends the process that it shares with this test.
        const program = () => Promise.resolve({ outcome: JSON.stringify(attempt()) });
        const stack = await LocalWorkspace.createOrSelectStack(
            { stackName: name, projectName: "metallb-pfsense", program },
            { workDir, envVars },
        );
        const { outputs } = await stack.up({ color: "never" });
        return JSON.parse(String(outputs.outcome!.value)) as Outcome;
    }

    for (const [index, [manner, file]] of Object.entries(files).entries()) {
        it(manner, async () => {
            const name = `s${index}`;
            const workDir = mkdtempSync(join(home, "stack-"));
            writeFileSync(join(workDir, "Pulumi.yaml"), file.project ?? project);
            writeFileSync(join(workDir, `Pulumi.${name}.yaml`), file.stack);
            const read = readStackFile(Buffer.from(file.stack), file.project ?? project);
            assert.deepEqual(read.problems, []);
            // What stands in the file in another way than the engine reads it, check alone can see.
            const findings = file.seenByCheckAlone ? [] : read.findings;
            const context = { ...read, stack: name, findings };
            const { plan, errors } = planFromStack(read.document, context);
            const { plan: ofTheEngine, refused = "" } = await byTheEngine(name, workDir);
            assert.deepEqual(ofTheEngine, plan && (JSON.parse(JSON.stringify(plan)) as unknown));
            assert.equal(plan === undefined, errors.length > 0);
            for (const text of errors.map(findingText)) assert.ok(refused.includes(text), text);
            const all = planFromStack(read.document, { ...context, findings: read.findings });
            if (file.seenByCheckAlone) assert.ok(all.errors.length > 0);
        });
    }
});
