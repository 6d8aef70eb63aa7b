import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { troubles } from "../../config/troubleshooting";
import { assertGolden } from "../golden";
import { stackOf, Workplace } from "./workplace";

/** Answers for a stack with the text and the exit code of the files of its name. */
const PULUMI = `echo "$*" >> calls
stack=$(sed 's/.*--stack \\([^ ]*\\).*/\\1/' <<< "$*")
cat "$1.$stack.txt"
exit "$(cat "$1.$stack.code")"
`;
const PREVIEW =
    "--refresh --expect-no-changes --diff --non-interactive --color never --suppress-progress";
const UP = "--refresh --non-interactive --color never --suppress-progress";
const DIFFERS = "error: no changes were expected for preview but changes were proposed\n";

describe("the look for drift", function () {
    this.timeout(120_000);
    let place: Workplace;
    beforeEach(() => {
        place = new Workplace();
        place.program("pulumi", PULUMI);
    });
    afterEach(() => place.end());

    const stack = (name: string, change = "") =>
        place.write(`Pulumi.${name}.yaml`, stackOf("recipe") + change);
    const answer = (command: string, name: string, code: number, text: string) => {
        place.write(`${command}.${name}.txt`, text);
        place.write(`${command}.${name}.code`, `${code}`);
    };
    const issue = () => place.run("ci/issue.sh out", { RUN_URL: "https://github.example/run/7" });

    it("finds none, and no issue", () => {
        stack("home");
        answer("preview", "home", 0, "Resources:\n    43 unchanged\n");
        assert.deepEqual(place.run("ci/drift.sh out"), {
            code: 0,
            stdout: "home: none\nResources:\n    43 unchanged\n",
            stderr: "",
        });
        assert.equal(place.read("calls"), `preview --stack home ${PREVIEW}\n`);
        assert.deepEqual(issue(), { code: 0, stdout: "", stderr: "" });
    });

    it("tells of a difference, mends it where the stack says so, and names what failed", () => {
        stack("blue", "    ci:drift: mend\n");
        stack("green", "    ci:drift: mend\n");
        stack("home", "    ci:drift: report\n");
        stack("lab");
        place.write("Pulumi.new.yaml", stackOf("recipe").replace(/ssh-ed25519 A\S+/, "FILL-IN"));
        place.write("Pulumi.wrong.yaml", stackOf("recipe").replace("asn: 64500", "asn: 0"));
        const removed =
            "info fw-a: fw-a, compared with what is wanted:\n  neighbour 192.168.33.22 added\n";
        for (const name of ["blue", "green", "home"])
            answer("preview", name, 7, `${removed}${DIFFERS}`);
        answer("preview", "lab", 255, "error: the passphrase is wrong\n");
        answer("up", "blue", 0, "Resources:\n    ~ 1 updated\n");
        answer("up", "green", 1, "error: fw-a has changed meanwhile\n");

        const { code, stdout } = place.run("ci/drift.sh out");
        assert.deepEqual(
            [code, stdout.match(/^(blue|green|home|lab|new|wrong): .*$/gm)],
            [1, ["blue: mended", "green: failed", "home: differs", "lab: failed", "wrong: failed"]],
        );
        assert.equal(
            place.read("calls"),
            [
                `preview --stack blue ${PREVIEW}`,
                `up --yes --stack blue ${UP}`,
                `preview --stack green ${PREVIEW}`,
                `up --yes --stack green ${UP}`,
                `preview --stack home ${PREVIEW}`,
                `preview --stack lab ${PREVIEW}`,
                "",
            ].join("\n"),
        );
        assertGolden("ci/issue.md", issue().stdout);
    });

    it("is no look where a firewall or the cluster was not asked", () => {
        const texts = [
            ...["fw-a could not be asked what this would do to it: after 1 failed attempts"],
            ...["The cluster of context home is unreachable: 192.0.2.1:6443 ETIMEDOUT."],
        ];
        const known = Object.values(troubles).flatMap((rows) => rows.flatMap(({ says }) => says));
        for (const text of texts) assert.ok(known.some((words) => text.includes(words)));
        stack("home");
        for (const text of texts) {
            answer("preview", "home", 0, `Diagnostics:\n    warning: ${text}\n`);
            assert.equal(place.run("ci/drift.sh out").code, 1);
            assert.equal(place.read("out/home/drift.state"), "failed\n");
        }
    });

    it("concludes nothing from a run that was cut off, or from a word it does not know", () => {
        assert.deepEqual(issue(), {
            code: 1,
            stdout: "",
            stderr: "issue.sh: drift.sh did not run to its end; the issue stays as it is\n",
        });
        stack("home", "    ci:drift: fix\n");
        assert.deepEqual(place.run("ci/drift.sh out"), {
            code: 1,
            stdout: "",
            stderr: 'Pulumi.home.yaml: ci:drift: "fix" is not known; report (the default) or mend\n',
        });
        assert.ok(!place.has("calls"));
    });

    it("has its key beside the program's, which the check and the schema let pass", () => {
        const schema = JSON.parse(
            readFileSync(join(__dirname, "..", "..", "config", "stack.schema.json"), "utf8"),
        ) as { properties: { config: { patternProperties: Record<string, object> } } };
        const patterns = Object.keys(schema.properties.config.patternProperties);
        assert.ok(patterns.some((pattern) => new RegExp(pattern).test("ci:drift")));
    });
});
