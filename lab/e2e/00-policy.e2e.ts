import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { LocalWorkspace, type PolicyEvent } from "@pulumi/pulumi/automation";
import { parseDocument } from "yaml";
import main from "../../index";
import { kubeconfigFor } from "../../test/components/plans";
import { buildTools } from "../artifacts/tools";
import { findPlugins } from "../stack/plugins";
import { root } from "../stack/stack";

const hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIP////////////////////////////////////////8f";
const pem = "OPENSSH PRIVATE KEY-----";
const sshKey = `-----BEGIN ${pem}\nbm90LWEta2V5\n-----END ${pem}\n`;

/** The pieces of docs/policy.md in one language. */
const documented = (language: string): string[] => {
    const text = readFileSync(join(root, "docs", "policy.md"), "utf8");
    return [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].flatMap(([, is, block]) =>
        is === language ? [block!] : [],
    );
};

/** What somebody's transform might do to the resources behind the stack file's back. */
const spoil: pulumi.ResourceTransformation = ({ type, name, props, opts }) => {
    const inputs = props as Record<string, object>;
    if (name === "metallb-helmchart") {
        return { props: { ...inputs, spec: { ...inputs.spec, version: "0.16.x" } }, opts };
    }
    if (type.endsWith(":IPAddressPool")) return { props, opts: { ...opts, dependsOn: [] } };
    if (type.endsWith(":PfSenseBgp")) return { props: { ...inputs, password: "in plain" }, opts };
    return undefined;
};

const unprotected = (name: string, host: string, stack: string) =>
    `firewalls-protected: ${name}.removal: ${name} (${host}) is not protected, and ${stack} is a production stack: a destroy, or a router lost from the file, would end its sessions. Set routers.${name}.pfsense.protect: true in the stack file.`;
const both = (level: string, stack: string) => [
    `${level} ${unprotected("fw-a", "192.168.33.2", stack)}`,
    `${level} ${unprotected("fw-b", "192.168.33.4", stack)}`,
];

interface Options {
    readonly protect?: boolean;
    readonly transformation?: pulumi.ResourceTransformation;
    /** Text of the pack's config. */
    readonly config?: string;
}

describe("the policy pack, by the real engine", () => {
    const path = process.env.PATH;
    let home: string;
    let envVars: Record<string, string>;

    before(async function () {
        this.timeout(3_600_000);
        home = mkdtempSync(join(tmpdir(), "policy-"));
        const tools = await buildTools(() => undefined);
        const plugins = await findPlugins(tools, join(home, "plugins"), () => undefined);
        writeAnalyzer(join(home, "pulumi-analyzer-policy-nodejs"));
        // The SDK looks for the engine on the path of this process.
        process.env.PATH = [home, ...plugins.path, path].join(delimiter);
        envVars = {
            PULUMI_HOME: plugins.pulumiHome,
            PULUMI_BACKEND_URL: `file://${home}`,
            PULUMI_CONFIG_PASSPHRASE: "a passphrase for this test",
            PULUMI_SKIP_UPDATE_CHECK: "true",
        };
        writeFileSync(join(home, "Pulumi.yaml"), "name: metallb-pfsense\nruntime: nodejs\n");
        writeFileSync(join(home, "kubeconfig"), kubeconfigFor("https://127.0.0.1:1"));
    });
    after(() => {
        process.env.PATH = path;
        rmSync(home, { recursive: true, force: true });
    });

    /** The dev stack under another name; nobody listens where its cluster is. */
    function writeStack(name: string, protect: boolean): void {
        const document = parseDocument(readFileSync(join(root, "Pulumi.dev.yaml"), "utf8"));
        const set = (keys: readonly string[], value: unknown) =>
            document.setIn(["config", `metallb-pfsense:${keys[0]}`, ...keys.slice(1)], value);
        set(["cluster", "kubeconfig"], join(home, "kubeconfig"));
        set(["cluster", "context"], "home");
        set(["flux", "install"], false);
        set(["bgp", "check"], { preview: false });
        for (const router of ["fw-a", "fw-b"]) {
            const pfsense = { hostKey, ...(protect && { protect: true }) };
            set(["bgp", "routers", router, "pfsense"], pfsense);
        }
        writeFileSync(join(home, `Pulumi.${name}.yaml`), document.toString());
    }

    async function preview(stackName: string, options: Options = {}) {
        writeStack(stackName, options.protect ?? false);
        const program = () => {
            const { transformation } = options;
            if (transformation) pulumi.runtime.registerStackTransformation(transformation);
            return main();
        };
        const stack = await LocalWorkspace.createOrSelectStack(
            { stackName, projectName: "metallb-pfsense", program },
            { workDir: home, envVars },
        );
        const secret = (value: string) => ({ value, secret: true });
        await stack.setConfig("metallb-pfsense:sshKey", secret(sshKey));
        await stack.setConfig("metallb-pfsense:bgpPassword", secret("a-good-password"));
        const config = join(home, "config.json");
        writeFileSync(config, options.config ?? "{}");
        const told: string[] = [];
        let text = "";
        const run = stack.preview({
            color: "never",
            policyPacks: [join(root, "policy")],
            policyPackConfigs: [config],
            onEvent: ({ policyEvent }) => {
                if (policyEvent) told.push(lineOf(policyEvent));
            },
            onOutput: (piece) => {
                text += piece;
            },
        });
        const ok = await run.then(
            () => true,
            () => false,
        );
        return { ok, told: told.sort(), text };
    }

    it("has nothing to say about the dev stack", async () => {
        const { ok, told, text } = await preview("dev");
        assert.deepEqual({ ok, told }, { ok: true, told: [] }, text);
        assert.doesNotMatch(text, /\[remediate\]/);
    });

    it("stops what a transform does behind the stack file's back, and marks a plain password", async () => {
        const { ok, told, text } = await preview("home", { transformation: spoil });
        const pool = "metallb-ipaddresspool-metallb-pool";
        const expected = [
            `mandatory metallb-after-release: ${pool}: IPAddressPool ${pool} does not depend on the HelmRelease of MetalLB: it could be made before its kind is known, and outlive the webhook that lets it go. Name the release in its dependsOn.`,
            'mandatory pinned-versions: metallb-helmchart: spec.version is "0.16.x", so that what comes is decided later. Name one release, such as 0.16.1: metallb.version in the stack file.',
        ];
        assert.deepEqual({ ok, told }, { ok: false, told: expected }, text);
        const [shown = ""] = documented("");
        const [, pack = "", ...lines] = shown.trimEnd().split("\n");
        for (const line of [pack.split(" (local")[0]!, ...lines]) {
            assert.ok(text.includes(line), `${line}\n\nis not in\n\n${text}`);
        }
    });

    it("asks for protected firewalls in production, by name", async () => {
        const { ok, told, text } = await preview("home-prod");
        assert.deepEqual({ ok, told }, { ok: false, told: both("mandatory", "home-prod") }, text);
        const safe = await preview("home-prod", { protect: true });
        assert.deepEqual({ ok: safe.ok, told: safe.told }, { ok: true, told: [] }, safe.text);
    });

    it("takes the production stacks, and that it is meant, from the documented config", async () => {
        const [production, meant] = documented("json");
        const named = await preview("site-1", { config: production });
        const said = { ok: named.ok, told: named.told };
        assert.deepEqual(said, { ok: false, told: both("mandatory", "site-1") }, named.text);
        const { ok, told, text } = await preview("home-prod", { config: meant });
        assert.deepEqual({ ok, told }, { ok: true, told: both("advisory", "home-prod") }, text);
    });
});

/** Level, policy, resource and what is said: without the description and the engine's colours. */
function lineOf({ policyName, enforcementLevel, resourceUrn = "", message }: PolicyEvent): string {
    const said = message
        .replace(/<\{%[^%]*%\}>/g, "")
        .trim()
        .split("\n")
        .at(-1)!;
    return `${enforcementLevel} ${policyName}: ${resourceUrn.split("::").at(-1)}: ${said}`;
}

/**
 * The engine starts a policy pack by Node's language host, which is no module and cannot be had
 * here, or else by this name; the official one of it does the same.
 */
function writeAnalyzer(file: string): void {
    const script = join(root, "node_modules/@pulumi/pulumi/cmd/run-policy-pack/index.js");
    writeFileSync(file, `#!/bin/sh\nexec "${process.execPath}" "${script}" "$@"\n`);
    chmodSync(file, 0o755);
}
