import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { main } from "../../commands/check";

const ROOT = join(__dirname, "..", "..");
const BASE = join(ROOT, "test", "fixtures", "base.yaml");

function run(...argv: string[]): { code: number; text: string } {
    const lines: string[] = [];
    const print = (text: string) => void lines.push(text);
    const code = main(argv, { print, paint: (_style, text) => text });
    return { code, text: lines.join("\n") };
}

describe("npm run check", () => {
    let folder = "";
    const write = (name: string, text: string) => {
        writeFileSync(join(folder, name), text);
        return join(folder, name);
    };

    before(() => {
        folder = mkdtempSync(join(tmpdir(), "metallb-pfsense-check-"));
    });
    after(() => rmSync(folder, { recursive: true }));

    it("shows what would be configured, and ends with 0", () => {
        assert.deepEqual(run(BASE), {
            code: 0,
            text: `Cluster base, by context lab: MetalLB 0.16.1 with frr-k8s, Flux 2.9.5 installed

Pools
  public  128 addresses  10.0.1.0/26, 10.0.1.64-10.0.1.127  by all

Announcements
  all  BGP  public  to every router

Sessions, node by router
                  fw-a (AS 64513)  fw-b (AS 64513)
  wn1 (AS 64512)  IPv4             IPv4
  wn2 (AS 64512)  IPv4             IPv4

Settings of the sessions
  fw-a  hold time by default, password
  fw-b  hold time by default, password

What the firewalls accept from the cluster, and nothing else
  fw-a (admin@10.0.0.2:22): at most 141 prefixes a session
  fw-b (admin@10.0.0.3:22): at most 141 prefixes a session
      every /32 in 10.0.1.0/25

Stack base: 0 errors, 0 warnings.`,
        });
    });

    it("names every error and warning, and ends with 1", () => {
        const file = write(
            "Pulumi.bad.yaml",
            `config:
    metallb-pfsense:cluster: { context: lab }
    metallb-pfsense:metallb: { backend: frr, pools: { a: { addresses: [10.0.0.1/24] } } }
`,
        );
        assert.deepEqual(run(file), {
            code: 1,
            text: `error: metallb.pools.a.addresses[0]: 10.0.0.1/24 has host bits set; did you mean 10.0.0.0/24?
error: stack config: neither \`metallb.l2\` nor \`bgp\` is there: no address would be announced
error: metallb.pools.a: nothing announces it: services would get addresses that nobody can reach; name it in an announcement, or set \`announced: false\`
warning: metallb.backend: frr is deprecated and will be removed; use frr-k8s

Stack bad: 3 errors, 1 warning.`,
        });
    });

    it("says of nodes that a preview discovers that they are, and judges the rest", () => {
        const text = readFileSync(BASE, "utf8");
        const listed = "nodes: { wn1: 10.0.0.21, wn2: 10.0.0.22 }";
        assert.ok(text.includes(listed));
        const discovering = text.replace(listed, "discover: {}");
        const file = write("Pulumi.discovering.yaml", discovering);
        const { code, text: said } = run(file);
        assert.equal(code, 0);
        assert.ok(
            said.includes("Sessions, node by router\n  nodes: discovered at preview\n"),
            said,
        );
        assert.ok(said.endsWith("Stack discovering: 0 errors, 0 warnings."), said);
        const nodes = ["--node", "wn1=10.0.0.21", "--node", "wn2=10.0.0.22"];
        assert.equal(run(file, ...nodes).text.replaceAll("discovering", "base"), run(BASE).text);
        assert.equal(run(file, "--node", "wn1").code, 2);
    });

    it("gives programs one JSON object", () => {
        const { code, text } = run(BASE, "--json");
        const report = JSON.parse(text) as Record<string, unknown>;
        assert.equal(code, 0);
        assert.deepEqual(Object.keys(report), ["stack", "errors", "warnings", "todo", "summary"]);
        assert.deepEqual(report.errors, []);
        const { sessions, byHand, settings, ...summary } = report.summary as Record<
            string,
            unknown
        >;
        assert.deepEqual(summary, {
            cluster: { name: "base", context: "lab" },
            metallb: { version: "0.16.1", backend: "frr-k8s" },
            flux: "2.9.5",
            pools: [
                {
                    name: "public",
                    ranges: ["10.0.1.0/26", "10.0.1.64-10.0.1.127"],
                    addresses: "128",
                    announcedBy: ["all"],
                },
            ],
            announcements: [{ name: "all", way: "BGP", pools: ["public"], peers: [], details: [] }],
            firewalls: ["fw-a", "fw-b"].map((router, index) => ({
                router,
                configured: "over SSH",
                target: `admin@10.0.0.${2 + index}:22`,
                accepts: ["every /32 in 10.0.1.0/25"],
                mostPrefixes: [141],
            })),
        });
        assert.equal((sessions as unknown[]).length, 4);
        assert.deepEqual(byHand, {});
        const usual = ["hold time by default", "password"];
        assert.deepEqual(settings, { "fw-a": usual, "fw-b": usual });
    });

    it("says what is wrong with a file that is no stack file", () => {
        const broken = write("Pulumi.broken.yaml", "config:\n    a: [1\n");
        const alias = write("Pulumi.alias.yaml", "config:\n    a: *nowhere\n");
        const other = write("Pulumi.other.yaml", "secretsprovider: passphrase\n");
        for (const [file, reason] of [
            [broken, /^error: \S+broken\.yaml: Flow sequence in block collection must/],
            [alias, /^error: \S+alias\.yaml: an alias \(\*…\) without an anchor at line 2; /],
            [other, /^error: \S+other\.yaml: there is no `config:` in it\n/],
            ["nowhere", /^error: Pulumi\.nowhere\.yaml: there is no such file here/],
        ] as const) {
            const { code, text } = run(file);
            assert.equal(code, 1);
            assert.match(text, reason);
        }
    });

    it("says what cannot be read, without a stack trace", () => {
        mkdirSync(join(folder, "folder.yaml"));
        const { code, text } = run(join(folder, "folder.yaml"));
        assert.equal(code, 1);
        assert.match(text, /folder\.yaml: is a folder, not a file\n/);
        // A file that is a pipe is read like any other.
        const piped = spawnSync(
            "bash",
            ["-c", `node --import tsx commands/check.ts <(cat ${BASE})`],
            {
                cwd: ROOT,
                encoding: "utf8",
            },
        );
        assert.deepEqual([piped.status, piped.stderr], [0, ""]);
    });

    it("lists what is still to fill in, and shows the summary all the same", () => {
        const text = readFileSync(BASE, "utf8")
            .replace(/ssh-ed25519 AAAA\S+(?= }\n {12}fw-b)/, "ssh-ed25519 FILL-IN")
            .replace(/ +metallb-pfsense:sshKey: .*\n/, "");
        const { code, text: said } = run(write("Pulumi.later.yaml", text));
        assert.equal(code, 0);
        assert.match(said, /^Cluster later, /);
        assert.ok(
            said.endsWith(`Still to fill in
  sshKey: missing, so fw-a and fw-b cannot be reached; set it with: pulumi config set --secret sshKey < private-key-file
  bgp.routers.fw-a.pfsense.hostKey: is still to be filled in; print the key with: ssh-keyscan -t ed25519 10.0.0.2 and compare it on the firewall's console

Stack later: 0 errors, 0 warnings, 2 still to fill in.`),
            said,
        );
    });

    it("knows a stack by its name, its file, and its file's name without an ending", () => {
        const cwd = process.cwd();
        write("Pulumi.home.yaml", readFileSync(BASE, "utf8"));
        process.chdir(folder);
        try {
            for (const name of ["home", "Pulumi.home", "Pulumi.home.yaml", "./Pulumi.home.yaml"]) {
                const { code, text } = run(name);
                assert.deepEqual([name, code], [name, 0]);
                assert.ok(text.endsWith("Stack home: 0 errors, 0 warnings."));
            }
            assert.match(run("hoem").text, /^error: Pulumi\.hoem\.yaml: .*; did you mean `home`\?/);
        } finally {
            process.chdir(cwd);
        }
    });

    it("checks several stacks, and those of the folder against one another", () => {
        const own = mkdtempSync(join(folder, "several-"));
        const base = readFileSync(BASE, "utf8");
        const other = base.replaceAll("10.0.1.", "10.0.4.").replaceAll("AAAAIP", "AAAAIQ");
        writeFileSync(join(own, "Pulumi.one.yaml"), base);
        writeFileSync(join(own, "Pulumi.two.yaml"), other.replace("wn1: 10.0.0.21, ", ""));
        const cwd = process.cwd();
        process.chdir(own);
        try {
            const both = run();
            assert.equal(both.code, 0);
            assert.deepEqual(both.text.match(/^warning: .*$/gm), [
                "warning: bgp.nodes.wn2: 10.0.0.22 is a node of one and of two, and 10.0.0.2 can have it as neighbour of one of them only",
                "warning: bgp.nodes.wn2: 10.0.0.22 is a node of one and of two, and 10.0.0.3 can have it as neighbour of one of them only",
            ]);
            const reports = JSON.parse(run("one", "two", "--json").text) as { stack: string }[];
            assert.deepEqual(
                reports.map(({ stack }) => stack),
                ["one", "two"],
            );
            writeFileSync(
                join(own, "Pulumi.two.yaml"),
                other.replace("context: lab", "context: lab\n        name: one"),
            );
            const alike = run("one");
            assert.equal(alike.code, 1);
            assert.match(
                alike.text,
                /^error: cluster\.name: the stacks one and two are both called one on 10\.0\.0\.2: /,
            );
        } finally {
            process.chdir(cwd);
        }
    });

    it("tells the first few of many findings of one kind, and how many more there are", () => {
        const pools = Object.fromEntries(
            Array.from({ length: 300 }, (_, at) => [`p${at}`, { addresses: ["10.9.0.0/24"] }]),
        );
        const config = {
            "metallb-pfsense:cluster": { context: "lab" },
            "metallb-pfsense:metallb": { pools, l2: { lan: { pools: Object.keys(pools) } } },
        };
        const { code, text } = run(write("Pulumi.many.yaml", JSON.stringify({ config })));
        assert.equal(code, 1);
        const errors = text.match(/^error: .*$/gm)!;
        assert.equal(errors.length, 6);
        assert.match(errors[5]!, /^error: metallb: and \d+ more like these$/);
    });

    it("helps, and ends with 2 for a call that it does not understand", () => {
        const { code, text } = run("--help");
        assert.equal(code, 0);
        assert.match(text, /^Checks stack files.*\n\nUsage: npm run check/);
        assert.equal(run("--what").code, 2);
        assert.ok(run("--what").text.endsWith(text));
        assert.deepEqual(Object.keys(JSON.parse(run("--what", "--json").text) as object), [
            "usage",
        ]);
    });

    it("ends in peace when nobody reads on", () => {
        const command = `node --import tsx commands/check.ts ${BASE} | head -1`;
        const { status, stderr } = spawnSync("bash", ["-c", `set -o pipefail; ${command}`], {
            cwd: ROOT,
            encoding: "utf8",
        });
        assert.deepEqual([status, stderr], [0, ""]);
    });

    it("is a command that takes less than 2 s and needs no engine", async () => {
        const started = performance.now();
        const { code, stdout } = await new Promise<{ code: unknown; stdout: string }>((resolve) => {
            const argv = ["--import", "tsx", "commands/check.ts", BASE];
            execFile(process.execPath, argv, { cwd: ROOT, env: {} }, (error, stdout) =>
                resolve({ code: error?.code ?? 0, stdout }),
            );
        });
        const seconds = (performance.now() - started) / 1000;
        assert.equal(code, 0);
        assert.ok(stdout.endsWith("Stack base: 0 errors, 0 warnings.\n"));
        // Twice the limit for people: a test machine may be busy with the other tests.
        assert.ok(seconds < 4, `${seconds.toFixed(1)} s`);
    });
});
