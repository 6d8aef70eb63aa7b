import assert from "node:assert/strict";
import { findingText } from "../../config/findings";
import { readStackFile } from "../../config/stack-file";
import { readPlainScalar } from "../../config/yaml-scalars";

const read = (text: string | Buffer, project = "") =>
    readStackFile(typeof text === "string" ? Buffer.from(text) : text, project);
const findings = (text: string) => read(text).findings.map(findingText);

describe("a plain scalar is read as the engine's YAML library reads it:", () => {
    const values: readonly (readonly [string, unknown])[] = [
        ["064512", 26954],
        ["-010", -8],
        ["0o17", 15],
        ["0x1F", 31],
        ["0b101", 5],
        ["1_000", 1000],
        ["089", 89],
        ["64512", 64512],
        ["1.10", 1.1],
        ["1e3", 1000],
        [".5", 0.5],
        ["yes", "yes"],
        ["off", "off"],
        ["True", true],
        ["FALSE", false],
        ["~", null],
        ["", null],
        ["Null", null],
        ["22:22", "22:22"],
        ["65535:65282", "65535:65282"],
        ["2026-01-15", "2026-01-15"],
        ["10.0.0.0/8", "10.0.0.0/8"],
        ["+", "+"],
        ["-", "-"],
        ["1.2.3", "1.2.3"],
    ];
    for (const [source, value] of values) {
        it(JSON.stringify(source), () => assert.deepEqual(readPlainScalar(source).value, value));
    }
});

describe("a stack file", () => {
    it("holds the project's keys with and without its prefix, and nothing of others", () => {
        const { document, findings } = read(`config:
    aws:region: eu-west-1
    cluster: { context: lab }
    metallb-pfsense:flux: { install: false }
`);
        assert.deepEqual(document, { cluster: { context: "lab" }, flux: { install: false } });
        assert.deepEqual(findings, []);
    });

    it("names a prefix that is nearly the project's", () => {
        assert.deepEqual(findings("config:\n    metalb-pfsense:flux: { install: false }\n"), [
            "metalb-pfsense:flux: belongs to no project of this name; did you mean `metallb-pfsense:flux`?",
        ]);
    });

    it("tells an octal number, with its place", () => {
        assert.deepEqual(
            findings(
                "config:\n  metallb-pfsense:bgp:\n    routers:\n      a.b: { asn: 064512 }\n    l: [1, 010]\n",
            ),
            [
                'bgp.routers["a.b"].asn: 064512 begins with a zero, and the engine reads it as an octal number, 26954; write 64512, or put a text in quotes',
                "bgp.l[1]: 010 begins with a zero, and the engine reads it as an octal number, 8; write 10, or put a text in quotes",
            ],
        );
    });

    it("may use merge keys, anchors, JSON text, marks of byte order and documents", () => {
        const plain = { document: { cluster: { context: "a", name: "b" } } };
        const texts: (string | Buffer)[] = [
            "x: &x { context: a }\nconfig:\n  cluster:\n    <<: *x\n    name: b\n",
            'config:\n  cluster: \'{"context": "a", "name": "b"}\'\n',
            "---\nconfig: { cluster: { context: a, name: b } }\n...\n",
            "\ufeffconfig: { cluster: { context: a, name: b } }\r\n",
            Buffer.from("\ufeffconfig: { cluster: { context: a, name: b } }\n", "utf16le"),
        ];
        for (const text of texts) assert.deepEqual(read(text).document, plain.document);
    });

    it("is completed by the project's own config", () => {
        const project = `config:
    metallb-pfsense:flux: { value: { install: false } }
    cluster: { default: { context: never } }
    bgp: { type: object }
`;
        const { document } = read("config: { cluster: { context: lab } }\n", project);
        assert.deepEqual(document, { cluster: { context: "lab" }, flux: { install: false } });
    });

    it("knows where its encrypted values are", () => {
        const { document, secretKeys, encrypted } = read(`config:
    metallb-pfsense:sshKey: { secure: abc }
    metallb-pfsense:bgp: { asn: 1, routers: { a: { pfsense: { host: { secure: x } } } } }
`);
        assert.deepEqual(secretKeys, ["sshKey"]);
        assert.deepEqual(encrypted, ["bgp.routers.a.pfsense.host"]);
        assert.deepEqual(document.bgp, { asn: 1, routers: { a: { pfsense: {} } } });
    });

    const problems: Readonly<Record<string, readonly [text: string, problem: RegExp]>> = {
        "a tab, once": ["config:\n\ta: 1\n\tb: 2\n\tc: 3\n", /^Tabs are not allowed.* line 2/],
        "an alias inside its own anchor": [
            "config:\n  a: &v { b: *v }\n",
            /^the alias \*v stands inside its own anchor &v$/,
        ],
        "a password that YAML takes for an alias, without a word of it": [
            "config:\n  metallb-pfsense:bgpPassword: *Hunter2secret\n",
            /^an alias \(\*…\) without an anchor at line 2; (?!.*Hunter)/,
        ],
        "a key twice": ["config:\n  a: 1\n  a: 2\n", /^Map keys must be unique at line 3/],
        "no config": ["a: 1\n", /^there is no `config:` in it$/],
        "an environment and no config": [
            "environment: [prod, base]\n",
            /^there is no `config:` in it, and check cannot read the environment prod, base$/,
        ],
        nothing: ["", /^there is no `config:` in it$/],
    };
    for (const [what, [text, problem]] of Object.entries(problems)) {
        it(`may have ${what}`, () => {
            const { problems: found } = read(text);
            assert.equal(found.length, 1, found.join("; "));
            assert.match(found[0]!, problem);
        });
    }
});
