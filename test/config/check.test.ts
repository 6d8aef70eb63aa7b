import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { main } from "../../commands/check";

const ROOT = join(__dirname, "..", "..");
const BASE = join(ROOT, "test", "fixtures", "base.yaml");

function run(...argv: string[]): { code: number; text: string } {
    const lines: string[] = [];
    const code = main(argv, (line) => lines.push(line));
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
            text: `Cluster base, by context lab

Pools
  public  128 addresses  10.0.1.0/26, 10.0.1.64-10.0.1.127  by all

Announcements
  all  BGP  public  to every router

Sessions, node by router
                  fw-a (AS 64513)  fw-b (AS 64513)
  wn1 (AS 64512)  IPv4             IPv4
  wn2 (AS 64512)  IPv4             IPv4

What the firewalls accept from the cluster, and nothing else
  fw-a (admin@10.0.0.2:22): at most 141 prefixes a session
      every /32 in 10.0.1.0/25
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

    it("gives programs one JSON object", () => {
        const { code, text } = run(BASE, "--json");
        const report = JSON.parse(text) as Record<string, unknown>;
        assert.equal(code, 0);
        assert.deepEqual(Object.keys(report), ["stack", "errors", "warnings", "summary"]);
        assert.deepEqual(report.errors, []);
        const { sessions, byHand, ...summary } = report.summary as Record<string, unknown>;
        assert.deepEqual(summary, {
            cluster: { name: "base", context: "lab" },
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
    });

    it("says what is wrong with a file that is no stack file", () => {
        const broken = write("Pulumi.broken.yaml", "config:\n    a: [1\n");
        const alias = write("Pulumi.alias.yaml", "config:\n    a: *nowhere\n");
        const other = write("Pulumi.other.yaml", "secretsprovider: passphrase\n");
        for (const [file, reason] of [
            [broken, /^error: \S+broken\.yaml: Flow sequence in block collection must/],
            [alias, /^error: \S+alias\.yaml: Unresolved alias/],
            [other, /^error: \S+other\.yaml: there is no `config:` in it\n/],
            ["nowhere", /^error: Pulumi\.nowhere\.yaml: there is no such file here/],
        ] as const) {
            const { code, text } = run(file);
            assert.equal(code, 1);
            assert.match(text, reason);
        }
    });

    it("helps, and wants exactly one stack", () => {
        const { code, text } = run("--help");
        assert.equal(code, 0);
        assert.match(
            text,
            /^Checks a stack's config.*\n\nUsage: npm run check -- <stack> \[--json\]/,
        );
        for (const argv of [[], ["a", "b"], ["--what"]]) {
            assert.equal(run(...argv).code, 1);
            assert.ok(run(...argv).text.endsWith(text));
        }
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
