import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
    cpSync,
    mkdirSync,
    mkdtempSync,
    readFileSync,
    rmSync,
    symlinkSync,
    writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { buildTools } from "../artifacts/tools";
import { root } from "../stack/stack";
import { commands, shown, step } from "./readme";

describe("README, to the letter", () => {
    let home: string;
    let env: NodeJS.ProcessEnv;

    before(async function () {
        this.timeout(3_600_000);
        const { pulumi } = await buildTools(() => undefined);
        home = mkdtempSync(join(tmpdir(), "readme-"));
        const files = spawnSync("git", ["ls-files"], { cwd: root, encoding: "utf8" }).stdout;
        for (const file of files.split("\n").filter(Boolean)) {
            mkdirSync(dirname(join(home, "project", file)), { recursive: true });
            cpSync(join(root, file), join(home, "project", file));
        }
        symlinkSync(join(root, "node_modules"), join(home, "project", "node_modules"));
        mkdirSync(join(home, ".ssh"));
        env = {
            PATH: [dirname(pulumi), process.env.PATH].join(delimiter),
            HOME: home,
            PULUMI_HOME: join(home, ".pulumi"),
            PULUMI_SKIP_UPDATE_CHECK: "true",
            PULUMI_CONFIG_PASSPHRASE: "a passphrase for this test",
        };
    });
    after(() => rmSync(home, { recursive: true, force: true }));

    function bash(line: string) {
        const cwd = join(home, "project");
        return spawnSync("bash", ["-o", "pipefail", "-c", line], { cwd, env, encoding: "utf8" });
    }

    function run(line: string): string {
        const { status, stdout, stderr } = bash(line);
        assert.equal(status, 0, `${line}: ${stdout}${stderr}`);
        return stdout + stderr;
    }

    it("makes a stack by step 1", () => {
        const [clone, passphrase, login, ...rest] = commands(1);
        // The clone is this checkout, and the passphrase is everybody's own.
        assert.match(clone!, /^git clone … && cd metallb-pfsense && npm ci/);
        assert.equal(passphrase, "export PULUMI_CONFIG_PASSPHRASE=…");
        assert.equal(login, "pulumi login --local");
        // That one is in the home of the user's account, whatever HOME says.
        run(`pulumi login file://${home}`);
        const said = rest.map(run).join("");
        const promised = /^You see: `(.*)`\./m.exec(step(1))![1]!;
        assert.ok(said.includes(promised), said);
    });

    it("is told by an older CLI that it is too old", () => {
        const file = join(home, "project", "Pulumi.yaml");
        const text = readFileSync(file, "utf8");
        writeFileSync(file, text.replace(/(requiredPulumiVersion: ).*/, '$1">=99.0.0"'));
        const { status, stderr } = bash("pulumi preview --non-interactive --stack home");
        writeFileSync(file, text);
        assert.notEqual(status, 0);
        assert.match(stderr, /Pulumi CLI version \S+ does not satisfy the version range ">=99/);
    });

    it("makes a key and sets the secrets by step 3, which are nowhere in clear", () => {
        const said = commands(3).map(run).join("");
        const file = readFileSync(join(home, "project", "Pulumi.home.yaml"), "utf8");
        assert.equal(file.match(/secure: /g)?.length, 2);
        assert.doesNotMatch(file + said, /PRIVATE KEY/);
    });

    it("checks the stack by step 4, and shows what the page shows", () => {
        const [check] = commands(4);
        assert.equal(check, "npm run check -- home");
        assert.match(run(check), /^Stack home: 0 errors, /m);
        const text = run("npm run check -- examples/Pulumi.recipe.yaml");
        let from = 0;
        for (const piece of shown(4).flat()) {
            const at = text.indexOf(piece, from);
            assert.ok(at >= 0, `"${piece}" is not what it prints:\n${text}`);
            from = at + piece.length;
        }
    });
});
