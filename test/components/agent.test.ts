import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import {
    agentDigest,
    agentParts,
    parseAgentResult,
    renderAgent,
    type AgentRequest,
} from "../../components/pfsense/agent";
import { sitePlan } from "./plans";

const wanted = sitePlan.firewalls["fw-a"]?.wanted;
assert.ok(wanted);

const request: AgentRequest = {
    version: 1,
    action: "apply",
    reason: "pulumi metallb-pfsense/test: neighbours of dev",
    wanted,
    password: "s3cret",
    deadline: 120,
};

const payloadLine = /^\$metallb_pfsense_payload = '([A-Za-z0-9+/=]+)';$/m;

function payloadOf(script: string): unknown {
    const [, base64] = payloadLine.exec(script) ?? [];
    return JSON.parse(Buffer.from(base64 ?? "", "base64").toString("utf8"));
}

describe("renderAgent", () => {
    it("has every part of the agent once, in one script", () => {
        const files = readdirSync(join(__dirname, "../../components/pfsense/agent")).sort();
        assert.deepEqual(files, [...agentParts].map((part) => `${part}.php`).sort());
        const script = renderAgent(request);
        assert.equal(script.match(/<\?php/g)?.length, 1);
        assert.equal(script.match(/^namespace /gm)?.length, 1);
        assert.equal(script.match(/^declare\(/gm)?.length, 1);
        assert.equal(script.match(/\$metallb_pfsense_payload/g)?.length, 3);
        assert.match(script, /^<\?php\n\n\/\*\n \* metallb-pfsense: the firewall agent\./);
    });

    it("carries the request and nothing of it outside of its line", () => {
        const script = renderAgent(request);
        assert.deepEqual(payloadOf(script), JSON.parse(JSON.stringify(request)));
        assert.ok(!script.includes("s3cret") && !script.includes("192.168.33.21"));
        const others = { ...request, action: "remove", password: "other" } as const;
        assert.equal(script.replace(payloadLine, ""), renderAgent(others).replace(payloadLine, ""));
    });

    it("keeps any text out of the code", () => {
        fc.assert(
            fc.property(fc.string({ unit: "binary-ascii" }), (text) => {
                const hostile = {
                    ...request,
                    reason: text,
                    password: `');system("id");//é${text}`,
                };
                assert.deepEqual(payloadOf(renderAgent(hostile)), hostile);
            }),
            { numRuns: 50 },
        );
    });

    it("is PHP that says why this machine is no firewall, with exit code 3", function () {
        if (spawnSync("php", ["-v"]).status !== 0) return this.skip();
        const run = spawnSync("php", ["-q", "--", "observe"], { input: renderAgent(request) });
        const [framed, sentence] = run.stdout.toString().trim().split("\n");
        const result = parseAgentResult(framed ?? "");
        assert.deepEqual(
            [run.status, result.action, result.outcome, result.message],
            [3, "observe", "refused", sentence],
        );
        assert.equal(result.problems.length, 1);
    });

    it("refuses an action it does not know, with exit code 2", function () {
        if (spawnSync("php", ["-v"]).status !== 0) return this.skip();
        const run = spawnSync("php", ["-q", "--", "purge"], { input: renderAgent(request) });
        assert.equal(run.status, 2);
        assert.equal(
            parseAgentResult(run.stdout.toString()).message,
            "the payload is refused: action: must be one of apply, remove, observe, check.",
        );
    });
});

describe("the gate of a restricted key", () => {
    const gate = join(__dirname, "../../docs/firewall-gate.php");
    const pass = (input: string, asked = "", digest = agentDigest()) => {
        const env = { ...process.env, SSH_ORIGINAL_COMMAND: asked };
        const run = spawnSync("php", ["-q", gate, digest], { input, env });
        return [run.status, run.stdout.toString()] as const;
    };
    const refusal =
        "refused: this key runs the agent of one release only;" +
        " install the digest of this release on the firewall\n";

    before(function () {
        if (spawnSync("php", ["-v"]).status !== 0) this.skip();
    });

    it("runs the agent with any payload and the action that was asked for", () => {
        const [status, text] = pass(renderAgent(request), "/usr/local/bin/php -q -- remove");
        assert.deepEqual([status, parseAgentResult(text).action], [3, "remove"]);
        const [, plain] = pass(renderAgent({ ...request, action: "check" }));
        assert.equal(parseAgentResult(plain).action, "check");
        const [, hostile] = pass(renderAgent(request), "/usr/local/bin/php -q -- x; reboot");
        assert.equal(parseAgentResult(hostile).action, "apply");
    });

    it("refuses anything else", () => {
        const script = renderAgent(request);
        const twice = script.replace(payloadLine, (line) => `${line}\n${line}`);
        const inside = script.replace(payloadLine, "$metallb_pfsense_payload = 'x';system('id');");
        for (const text of ["<?php system('id');", `${script}system('id');`, twice, inside, ""]) {
            assert.deepEqual(pass(text), [3, refusal]);
        }
        assert.deepEqual(pass(script, "", ""), [3, refusal]);
    });
});

describe("parseAgentResult", () => {
    const result = {
        version: 1,
        action: "apply",
        outcome: "unchanged",
        message: "no change",
        problems: [],
        changes: [],
    };
    const line = `metallb-pfsense-result:1:${JSON.stringify(result)}`;

    it("finds the last result among other lines", () => {
        const old = `metallb-pfsense-result:1:{"version":1,"outcome":"failed"}`;
        for (const text of [line, `${line}\n`, `PHP Warning: x\n${old}\n${line}\nno change\n`]) {
            assert.deepEqual(parseAgentResult(text), result);
        }
    });

    const broken: readonly (readonly [string, string, string])[] = [
        [
            "nothing",
            "",
            "the firewall gave no result: the command must run PHP on its standard input; it printed nothing",
        ],
        [
            "a menu",
            "*** Welcome to pfSense ***\n 0) Logout\n",
            "the firewall gave no result: the command must run PHP on its standard input;" +
                " it printed: *** Welcome to pfSense *** 0) Logout",
        ],
        [
            "a line cut off",
            line.slice(0, -5),
            "the firewall's result line is cut off; run the same again",
        ],
        [
            "another version",
            `metallb-pfsense-result:1:{"version":2,"outcome":"changed"}`,
            "the firewall's result is of a version this program does not know",
        ],
        [
            "no object",
            "metallb-pfsense-result:1:null",
            "the firewall's result is of a version this program does not know",
        ],
    ];
    for (const [what, text, message] of broken) {
        it(`tells ${what}`, () => {
            assert.throws(() => parseAgentResult(text), { message });
        });
    }

    it("shortens what was printed", () => {
        assert.throws(
            () => parseAgentResult("x".repeat(5000)),
            (error: Error) => error.message.length < 320,
        );
    });
});
