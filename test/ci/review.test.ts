import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { assertGolden } from "../golden";
import { example, stackOf, Workplace } from "./workplace";

const RUN = { RUN_URL: "https://github.example/run/7", COMMIT: "2f1e0c4" };
const PREVIEW = readFileSync(join(__dirname, "..", "fixtures", "ci", "preview.txt"), "utf8");

/** Answers for the stack home as the engine does, and knows no other; writes down what it was asked. */
const PULUMI = `echo "$*" >> calls
env | grep -E '^(PULUMI_|KUBECONFIG)' >> calls
[ -z "$KUBECONFIG" ] || cat "$KUBECONFIG" >> calls
case "$*" in
    *"--stack home "*) cat preview.txt; exit "$(cat code)" ;;
    *) echo "error: no stack named 'lab' found" >&2; exit 6 ;;
esac
`;
const ASKED = "--policy-pack policy --non-interactive --color never --suppress-progress";

describe("the review of a change", function () {
    this.timeout(120_000);
    let place: Workplace;
    beforeEach(() => {
        place = new Workplace();
        place.program("pulumi", PULUMI);
        place.write("preview.txt", PREVIEW);
        place.write("code", "0");
    });
    afterEach(() => place.end());

    it("is one comment: check, preview and rendered files of every stack", () => {
        const layer2 = (context: string) =>
            example("layer2").replace("context: home", `context: ${context}`);
        place.write("Pulumi.home.yaml", stackOf("recipe"));
        place.write("Pulumi.old.yaml", layer2("old"));
        place.commit();
        place.remove("Pulumi.old.yaml");
        place.write("Pulumi.home.yaml", stackOf("recipe").replace(/ +wn5: .*\n/, ""));
        place.write("Pulumi.lab.yaml", layer2("lab"));

        assert.deepEqual(place.run("ci/render-diff.sh HEAD out"), {
            code: 0,
            stdout: "home: 5 files differ\nlab: 5 files differ\nold: 5 files differ\n",
            stderr: "",
        });
        assert.equal(place.run("ci/check.sh out").code, 0);
        assert.equal(place.run("ci/preview.sh out").code, 1);
        assert.equal(
            place.read("calls"),
            `preview --stack home ${ASKED}\npreview --stack lab ${ASKED}\n`,
        );
        const { code, stdout, stderr } = place.run("ci/comment.sh out", RUN);
        assert.deepEqual([code, stderr], [0, ""]);
        assertGolden("ci/comment.md", stdout);
    });

    it("renders each side by its own program", () => {
        const by = (word: string) =>
            JSON.stringify({ scripts: { render: `f() { echo ${word} > "$3/file"; }; f` } });
        place.write("Pulumi.home.yaml", "");
        place.write("package.json", by("old"));
        place.commit();
        place.write("package.json", by("new"));
        assert.equal(place.run("ci/render-diff.sh HEAD out").code, 0);
        assert.equal(
            place.read("out/home/render.diff"),
            "diff --git a/home/file b/home/file\nindex 3367afd..3e75765 100644\n" +
                "--- a/home/file\n+++ b/home/file\n@@ -1 +1 @@\n-old\n+new\n",
        );
    });

    it("says what could not be rendered, and what was not previewed", () => {
        place.write("Pulumi.home.yaml", stackOf("recipe").replace("asn: 64500", "asn: 0"));
        place.commit();
        assert.equal(place.run("ci/render-diff.sh HEAD out").code, 0);
        place.write("Pulumi.dev.yaml", stackOf("recipe").replace(/ssh-ed25519 AAAA\S+/, "FILL-IN"));
        assert.equal(place.run("ci/check.sh out").code, 1);
        const { code, stdout } = place.run("ci/preview.sh out");
        assert.deepEqual(
            [code, stdout, place.has("calls")],
            [
                0,
                "dev: Not previewed: its file is still to be filled in, see the check.\n" +
                    "home: Not previewed: its file has errors, see the check.\n",
                false,
            ],
        );
        const comment = place.run("ci/comment.sh out").stdout;
        const [, dev, home] = comment.split("### Stack ");
        assert.equal(
            dev,
            "dev\n\nNot previewed: its file is still to be filled in, see the check.\n\n",
        );
        assert.equal(
            home,
            "home\n\nThe old file could not be rendered.\nThe new file cannot be rendered: see the check.\n\n" +
                "Not previewed: its file has errors, see the check.\n\n" +
                "All of it is in the files of this run.\n",
        );
        assert.match(
            comment,
            /\nerror: bgp\.asn: AS 0 is [^\n]+\nStack home: 1 error, 3 warnings\.\n```\n/,
        );
    });

    it("gives a preview what it needs, shows the whole of one that failed, and cuts what is long", () => {
        place.write("Pulumi.home.yaml", stackOf("recipe"));
        const long = "    neighbour added\n".repeat(3000);
        place.write(
            "preview.txt",
            `Diagnostics:\n${long}Outputs:\n    \`\`\`\`\nResources:\n    43\n`,
        );
        const env = {
            PULUMI_ACCESS_TOKEN: "",
            PULUMI_CONFIG_PASSPHRASE: "p",
            KUBECONFIG_TEXT: "kube",
        };
        assert.equal(place.run("ci/preview.sh out", env).code, 0);
        const [call, ...given] = place.read("calls").trim().split("\n");
        assert.equal(call, `preview --stack home ${ASKED}`);
        const [kubeconfig] = given.filter((line) => line.startsWith("KUBECONFIG="));
        assert.deepEqual(given.sort(), [kubeconfig, "PULUMI_CONFIG_PASSPHRASE=p", "kube"].sort());
        assert.ok(!existsSync(kubeconfig!.slice("KUBECONFIG=".length)));

        const { stdout } = place.run("ci/comment.sh out", RUN);
        assert.ok(stdout.length < 65536, `${stdout.length}`);
        assert.match(stdout, /\n`````text\nDiagnostics:\n/);
        assert.ok(
            stdout.includes(
                "560 of 3005 lines; the rest is in the files of [this run](https://github",
            ),
            stdout.slice(-600),
        );

        place.write("preview.txt", "error: the passphrase is wrong\n");
        place.write("code", "255");
        assert.equal(place.run("ci/preview.sh out").code, 1);
        assert.ok(
            place
                .run("ci/comment.sh out")
                .stdout.includes(
                    "The preview failed (exit code 255).\n\n```text\nerror: the passphrase is wrong\n```\n",
                ),
        );
    });

    it("goes on where a job was cut off or had no secret, and stops at what it cannot take", () => {
        place.write("Pulumi.home.yaml", stackOf("recipe"));
        place.write("out/home/render.diff", "");
        assert.equal(
            place.run("ci/comment.sh out", { RUN_URL: RUN.RUN_URL }).stdout,
            `<!-- metallb-pfsense: preview -->
## What this change does

### The stack files

They were not checked; [this run](${RUN.RUN_URL}) says why.

### Stack home

No preview in this run; one of a fork has none.

Of the rendered files none differs.

All of it is in the files of [this run](${RUN.RUN_URL}).
`,
        );
        place.commit();
        assert.deepEqual(place.run("ci/render-diff.sh 0123456 out"), {
            code: 1,
            stdout: "",
            stderr: "render-diff.sh: 0123456 is no commit of this clone; a deeper one has it (fetch-depth, GIT_DEPTH)\n",
        });
        place.write("Pulumi....yaml", "");
        for (const [script, argv] of [
            ["render-diff.sh", " HEAD"],
            ["preview.sh", ""],
            ["drift.sh", ""],
        ]) {
            assert.deepEqual(place.run(`ci/${script}${argv} out`), {
                code: 1,
                stdout: "",
                stderr: `${script}: Pulumi....yaml: a stack's name has letters, digits, - _ and . only\n`,
            });
        }
    });
});
