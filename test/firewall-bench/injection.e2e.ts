import assert from "node:assert/strict";
import type { AgentRequest } from "../../components/pfsense/agent";
import type { FirewallState } from "../../config/plan";
import { Bench, defaultRequest } from "./bench";
import { assertUnharmed } from "./expect";
import { neighbour, wantedState } from "./wanted";

/** Every one holds the word PWNED, or is too long or not ASCII, so that its arrival would be seen. */
const hostile: Readonly<Record<string, string>> = {
    "a line of frr.conf": "x\n neighbor 6.6.6.6 remote-as 666 PWNED",
    "a carriage return": "x\rPWNED",
    "a NUL byte": "x\0PWNED",
    "a double quote": 'x"PWNED',
    "setkey commands": 'x";\nflush;\nadd 6.6.6.6 7.7.7.7 tcp 0x1000 -A tcp-md5 "PWNED',
    "an XML element": "x</descr><PWNED/><descr>",
    "the end of CDATA": "x]]><PWNED>",
    "an XML entity": "&PWNED;",
    "PHP code": "x<?php PWNED(); ?>",
    "PHP in a string": '{${system("echo PWNED")}}',
    "a single quote": "x'.PWNED.'",
    "a shell substitution": "$(touch /tmp/PWNED)",
    backticks: "`touch /tmp/PWNED`",
    "a shell separator": "x; touch /tmp/PWNED",
    "a format string": "%s%n%PWNED",
    "a backslash": "x\\nPWNED",
    "a FRR comment": "! PWNED",
    "an escape sequence": "x\u001b[2JPWNED",
    "a path": "../../PWNED",
    "8-bit text": "Grüße PWNED",
    "a line separator of Unicode": "x\u2028PWNED",
    "ten kilobytes": "PWNED".repeat(2_000),
    nothing: "",
    "a space in front": " PWNED",
};

/** Characters that are harmless in a password and common in good ones. */
const fineInPasswords = new Set([
    "an XML element",
    "an XML entity",
    "a single quote",
    "a FRR comment",
    "a format string",
    "a path",
    "PHP in a string",
]);

type Change = (value: string) => Partial<AgentRequest>;

const first = (change: object): Partial<AgentRequest> => ({
    wanted: wantedState(1, { neighbours: [{ ...neighbour(0), ...change }] }),
});

const list = (change: object, rule: object = {}): Partial<AgentRequest> => {
    const [input, output] = wantedState(0).prefixLists;
    const rules = [{ ...input!.rules[0]!, ...rule }];
    return { wanted: wantedState(1, { prefixLists: [{ ...input!, rules, ...change }, output!] }) };
};

/** Every place of the payload that holds text. */
const fields: Readonly<Record<string, Change>> = {
    reason: (value) => ({ reason: value }),
    "wanted.owner": (value) => ({ wanted: wantedState(1, { owner: value }) }),
    "wanted.bgp.routerId": (value) => ({
        wanted: wantedState(1, { bgp: { asn: 64501, routerId: value } }),
    }),
    "wanted.passRule.interfaces[0]": (value) => ({
        wanted: wantedState(1, { passRule: { interfaces: [value] } }),
    }),
    "neighbour.address": (value) => first({ address: value }),
    "neighbour.description": (value) => first({ description: value }),
    "neighbour.family": (value) => first({ family: value }),
    "neighbour.updateSource": (value) => first({ updateSource: value }),
    "neighbour.prefixListIn": (value) => first({ prefixListIn: value }),
    "neighbour.passwordType": (value) => first({ passwordType: value }),
    "neighbour.asn": (value) => first({ asn: value }),
    "neighbour.timers": (value) => first({ timers: { keepalive: value, hold: value } }),
    "neighbour.an unknown field": (value) => first({ [value || "x"]: value }),
    "prefixList.name": (value) => ({
        wanted: {
            ...list({ name: value }).wanted!,
            neighbours: [neighbour(0, { prefixListIn: value })],
        },
    }),
    "prefixList.description": (value) => list({ description: value }),
    "rule.action": (value) => list({}, { action: value }),
    "rule.prefix": (value) => list({}, { prefix: value }),
    password: (value) => ({ password: value }),
};

/** Fields that take words, not numbers or choices: they get every string, the others every third. */
const freeText = [
    ...["reason", "wanted.owner", "neighbour.description", "neighbour.updateSource"],
    ...["prefixList.name", "prefixList.description", "password"],
];

/** The hostile strings for the field with this number; BENCH_FULL=1: all for all. */
function stringsFor(field: string, number: number): [string, string][] {
    const all = Object.entries(hostile);
    if (field === "password") return all.filter(([title]) => !fineInPasswords.has(title));
    if (freeText.includes(field) || process.env.BENCH_FULL) return all;
    return all.filter((_, index) => index % 3 === number % 3);
}

describe("firewall bench: hostile text", () => {
    let bench: Bench;
    before(async () => {
        bench = await Bench.start("injection");
        await bench.reset();
    });
    after(() => bench.stop());

    it("bites: the FRR package prints a newline in a description as a line of its own", async () => {
        await bench.php(withDescription("x\n neighbor 6.6.6.6 remote-as 666"));
        assert.match(await bench.frrConf(), /^ neighbor 6\.6\.6\.6 remote-as 666$/m);
        await bench.reset();
    });

    it("bites: a double quote in a password becomes commands of setkey", async () => {
        await bench.php(withPassword('x";\nflush;\n#'));
        assert.ok(bench.record("setkey.log").includes("flush;"));
        await bench.reset();
    });

    for (const [number, [field, change]] of Object.entries(fields).entries()) {
        const cases = stringsFor(field, number);
        it(`${field}: ${cases.length} hostile strings never arrive`, async () => {
            const isPassword = field === "password";
            const before = await bench.config();
            const runs = await bench.agents(cases.map(([, value]) => change(value)));
            for (const [index, [title]] of cases.entries()) {
                const { code, stdout } = runs[index]!;
                assert.equal(code, 2, `${field}, ${title}: ${stdout}`);
                assert.match(stdout, /^[\x20-\x7e\n]*$/, `${title}: the output is not plain ASCII`);
                assert.ok(stdout.length < 65_536, title);
                if (isPassword) assert.doesNotMatch(stdout, /PWNED/, title);
            }
            assert.equal(await bench.config(), before);
            assert.deepEqual(bench.record("writes.log"), []);
            assert.doesNotMatch(await bench.frrConf(), /PWNED/);
            const { stdout } = await bench.firewall.run(["ls", "/tmp"]);
            assert.doesNotMatch(stdout, /PWNED/);
        });
    }

    it("a password of every allowed character reaches FRR and setkey as it is, and no output", async () => {
        const all = Array.from({ length: 94 }, (_, index) => String.fromCharCode(33 + index));
        const allowed = all.filter((character) => !'"\\'.includes(character)).join("");
        for (const password of [allowed.slice(0, 46), allowed.slice(46)]) {
            const { result, stdout } = await bench.agent({ password });
            assert.equal(result.outcome, "changed", result.message);
            assert.ok(!stdout.includes(password));
            const frrConf = await bench.frrConf();
            assert.ok(frrConf.includes(` neighbor 192.168.33.21 password ${password}\n`));
            const sadb = bench.record("sadb");
            assert.ok(
                sadb.includes(`192.168.33.21 192.168.33.2 tcp 0x1001 -A tcp-md5 "${password}";`),
            );
            assert.equal(sadb.length, 4);
            await assertUnharmed(bench);
        }
    });

    it("the payload's version and form are checked before anything is read", async () => {
        for (const wrong of [
            { version: 2 },
            { action: "destroy" },
            { deadline: 0 },
            { extra: 1 },
        ]) {
            const { code } = await bench.agent(wrong as unknown as Partial<AgentRequest>);
            assert.equal(code, 2, JSON.stringify(wrong));
        }
        const state = { ...defaultRequest.wanted, version: 9 } as unknown as FirewallState;
        assert.equal((await bench.agent({ wanted: state })).code, 2);
    });
});

const encoded = (value: string) => `base64_decode('${Buffer.from(value).toString("base64")}')`;

const withDescription = (descr: string) => added(`'descr' => ${encoded(descr)}`);
const withPassword = (password: string) =>
    added(`'password' => ${encoded(password)}, 'password_type' => 'both-bidir'`);

const added = (fields: string) => `<?php
require_once 'config.inc';
require_once '/usr/local/pkg/frr.inc';
$config['installedpackages']['frrbgpneighbors']['config'][] =
    ['peer' => '192.168.33.21', 'asnum' => '64500', 'updatesource' => 'lan', ${fields}];
write_config('naive');
frr_generate_config();
`;
