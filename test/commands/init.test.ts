import assert from "node:assert/strict";
import fc from "fast-check";
import { main } from "../../commands/init";
import type { World } from "../../commands/init/world";
import { formatAddress, intersection, parsePrefix, rangeOf } from "../../config/addresses";
import { networkOf, proposeAsns, proposePool } from "../../config/init/proposals";
import { stackText } from "../../config/init/stack-text";
import { planFromStack } from "../../config/stack";
import { readStackFile } from "../../config/stack-file";

/** A public key as OpenSSH writes it, of 32 equal bytes. */
function key(letter: string): string {
    const field = (bytes: Buffer) => Buffer.concat([Buffer.from([0, 0, 0, bytes.length]), bytes]);
    const blob = [field(Buffer.from("ssh-ed25519")), field(Buffer.alloc(32, letter))];
    return `ssh-ed25519 ${Buffer.concat(blob).toString("base64")}`;
}

const hostKeys: Readonly<Record<string, string>> = {
    "10.1.33.2": key("B"),
    "10.1.33.3": key("C"),
};

interface Script {
    /** Answers of the person, in the order of the questions; "" takes what is proposed. */
    readonly says?: readonly string[];
    readonly confirms?: boolean;
    readonly files?: Readonly<Record<string, string>>;
    readonly change?: Partial<World>;
}

async function run(argv: readonly string[], { says, confirms = true, files, change }: Script = {}) {
    const printed: string[] = [];
    const written: Record<string, string> = {};
    const pulumi: string[][] = [];
    const questions: string[] = [];
    const answers = [...(says ?? [])];
    const there: Record<string, string> = { id_ed25519: "PRIVATE", ...files };
    const world: World = {
        ...(says && {
            person: {
                ask: (question, preset) => {
                    questions.push(preset ? `${question} [${preset}]` : question);
                    return Promise.resolve(answers.shift() || (preset ?? ""));
                },
                confirm: (question) => {
                    questions.push(question);
                    return Promise.resolve(confirms);
                },
            },
        }),
        contexts: () => ["home", "work"],
        cluster: () =>
            Promise.resolve({
                nodes: [
                    { name: "wn1", addresses: ["10.1.33.21"] },
                    { name: "wn2", addresses: ["10.1.33.22"] },
                ],
                podCidrs: ["10.42.0.0/16"],
            }),
        scan: (host) => Promise.resolve({ line: hostKeys[host]!, fingerprint: `SHA256:${host}` }),
        firewall: ({ address }) =>
            Promise.resolve({
                asn: address === "10.1.33.2" ? "64700" : "",
                interfaces: [
                    { name: "lan", description: "LAN", address: `${address}/24` },
                    { name: "opt1", description: "", address: "192.168.32.1/24" },
                ],
            }),
        exists: (file) => Object.hasOwn(there, file),
        read: (file) => there[file]!,
        write: (file, text) => void (written[file] = text),
        pulumi: (args, input = "") => {
            pulumi.push([...args, /^[0-9a-f]{32}$/.test(input) ? "32 random digits" : input]);
            return Promise.resolve();
        },
        ...change,
    };
    const terminal = {
        print: (text: string) => void printed.push(text),
        paint: (_style: unknown, text: string) => text,
    };
    const code = await main(argv, terminal, world);
    return { code, text: printed.join("\n"), written, pulumi, questions };
}

const unattended = [
    ...["home", "--context", "home", "--ssh-key", "id_ed25519", "--accept-host-keys", "--yes"],
    ...["--router", "fw-a=10.1.33.2", "--router", "fw-b=10.1.33.3"],
];

const expected = `# yaml-language-server: $schema=./config/stack.schema.json

# Secrets stand in this file encrypted: sshKey, bgpPassword. All keys: docs/config.md

config:
    pulumi:disable-default-providers: [kubernetes]
    metallb-pfsense:cluster:
        context: home
        podCidrs: [10.42.0.0/16]
    metallb-pfsense:metallb:
        pools:
            public:
                addresses: [192.168.132.0/24]
    metallb-pfsense:bgp:
        asn: 64512
        nodes:
            wn1: 10.1.33.21
            wn2: 10.1.33.22
        routers:
            fw-a:
                address: 10.1.33.2
                asn: 64700
                connected: [10.1.33.0/24, 192.168.32.0/24]
                pfsense:
                    hostKey: ${key("B")}
            fw-b:
                address: 10.1.33.3
                asn: 64700
                connected: [10.1.33.0/24, 192.168.32.0/24]
                pfsense:
                    hostKey: ${key("C")}
        advertise:
            public:
                pools: [public]
`;

describe("npm run init", () => {
    it("writes what cluster and firewalls say, and sets the secrets, without a question", async () => {
        const { code, written, pulumi, text } = await run(unattended);
        assert.equal(code, 0, text);
        assert.deepEqual(written, { "Pulumi.home.yaml": expected });
        const set = ["config", "set", "--stack", "home", "--secret"];
        assert.deepEqual(pulumi, [
            ["stack", "init", "home", ""],
            [...set, "sshKey", "PRIVATE"],
            [...set, "bgpPassword", "32 random digits"],
        ]);
        assert.match(text, /fw-a \(10\.1\.33\.2\) shows the host key SHA256:10\.1\.33\.2/);
        assert.match(text, /What comes next:\n {2}npm run check -- home\n {2}pulumi preview/);
        assert.doesNotMatch(text, /PRIVATE/);
    });

    it("asks for what no option says, and proposes what it has seen", async () => {
        const says = ["", "", "", "10.1.33.2 edge=10.1.33.3", "id_ed25519", "", "", ""];
        const { code, written, questions, text } = await run([], { says });
        assert.equal(code, 0, text);
        assert.deepEqual(questions, [
            "Name of the stack [home]",
            "Context of the kubeconfig (home, work) [home]",
            "Nodes [wn1=10.1.33.21 wn2=10.1.33.22]",
            "Firewalls, as name=address or address",
            "File of the private SSH key for the firewalls (empty: later)",
            "Is that the one on the console of fw-a (menu 14, or ssh-keygen -lf)?",
            "Is that the one on the console of edge (menu 14, or ssh-keygen -lf)?",
            "AS number of edge [64700]",
            "AS number of the nodes [64512]",
            "Addresses for services [192.168.132.0/24]",
            "Write this to Pulumi.home.yaml?",
        ]);
        assert.deepEqual(written, {
            "Pulumi.home.yaml": expected.replace("            fw-b:\n", "            edge:\n"),
        });
    });

    it("writes nothing on a no, over a file, or for what check refuses", async () => {
        const no = await run(
            unattended.filter((word) => !["--yes", "--accept-host-keys"].includes(word)),
            {
                says: [],
                confirms: false,
            },
        );
        assert.deepEqual([no.code, no.written, no.pulumi], [1, {}, []]);
        const over = await run(unattended, { files: { "Pulumi.home.yaml": "mine" } });
        assert.deepEqual([over.code, over.written, over.pulumi], [1, {}, []]);
        assert.equal(over.text, "Pulumi.home.yaml is there already; nothing was changed.");
        const bad = await run([...unattended, "--pool", "10.1.33.0/24"]);
        assert.deepEqual([bad.code, bad.written, bad.pulumi], [1, {}, []]);
        assert.match(
            bad.text,
            /error: metallb\.pools\.public\.addresses\[0\]: [^]*give other answers/,
        );
    });

    it("lists all that is missing where nobody can be asked", async () => {
        const { code, text, written } = await run(["home"]);
        assert.deepEqual([code, written], [2, {}]);
        assert.equal(
            text,
            `Nobody can be asked here, and these are missing:
  --context NAME (contexts: home, work)
  --router NAME=ADDRESS`,
        );
        const keys = await run(unattended.filter((word) => word !== "--accept-host-keys"));
        assert.deepEqual([keys.code, keys.written], [2, {}]);
        assert.ok(
            keys.text.includes(`--host-key fw-a="ssh-ed25519 …" (it shows ${key("B")}; compare`),
            keys.text,
        );
    });

    it("goes on without the cluster, the firewalls and the Pulumi CLI, and says what is left", async () => {
        const fails = (message: string) => () => Promise.reject(new Error(message));
        const { code, text, written } = await run(
            [...unattended, "--node", "wn1=10.1.33.21", "--host-key", `fw-a=${key("B")}`].concat([
                "--host-key",
                `fw-b=${key("C")}`,
            ]),
            {
                change: {
                    cluster: fails("refused"),
                    firewall: fails("no route"),
                    pulumi: fails("the Pulumi CLI is not on the PATH"),
                },
            },
        );
        assert.equal(code, 0, text);
        assert.equal(Object.keys(written).length, 1);
        assert.match(text, /fw-a could not be asked: no route/);
        assert.match(
            text,
            /What comes next:\n {2}pulumi stack init home\n {2}pulumi config set --stack home --secret sshKey < id_ed25519\n {2}openssl rand/,
        );
    });

    it("does not understand what it does not know", async () => {
        assert.equal((await run(["--nodes", "x"])).code, 2);
        assert.equal((await run(["--router", "10.0.0.1"])).code, 2);
        assert.equal((await run(["a", "b"])).code, 2);
        assert.match((await run(["--help"])).text, /^Describes a cluster/);
    });
});

const octets = fc.tuple(fc.integer({ min: 1, max: 223 }), fc.nat(255), fc.nat(255));
const isPlain = (a: number) => a !== 127;
const networks = octets
    .filter(([a, b]) => isPlain(a) && !(a === 169 && b === 254))
    .map(([a, b, c]) => `${a}.${b}.${c}`);

describe("what init proposes", () => {
    it("is a pool that lies on nothing that is known", () => {
        fc.assert(
            fc.property(
                fc.array(fc.tuple(networks, fc.integer({ min: 12, max: 30 })), { maxLength: 12 }),
                (taken) => {
                    const texts = taken.map(([net, length]) => networkOf(`${net}.1/${length}`));
                    const pool = proposePool(texts);
                    if (pool === undefined) return;
                    for (const text of texts) {
                        const both = intersection(
                            rangeOf(parsePrefix(pool)),
                            rangeOf(parsePrefix(text)),
                        );
                        assert.equal(
                            both && formatAddress({ family: "ipv4", value: both.first }),
                            undefined,
                        );
                    }
                },
            ),
        );
        assert.equal(proposePool(["0.0.0.0/1", "128.0.0.0/1"]), undefined);
    });

    it("is one AS number for the routers and another one for the nodes", () => {
        assert.deepEqual(proposeAsns([]), { cluster: "64512", router: "64513" });
        assert.deepEqual(proposeAsns(["", "64512"]), { cluster: "64513", router: "64512" });
    });

    it("makes a file that check takes, whatever the networks are", () => {
        fc.assert(
            fc.property(
                fc.uniqueArray(networks, { minLength: 1, maxLength: 4 }),
                fc.integer({ min: 1, max: 4 }),
                (nets, count) => {
                    const [net] = nets as [string, ...string[]];
                    const nodes = Array.from({ length: count }, (_, index) => ({
                        name: `n${index}`,
                        addresses: [`${net}.${20 + index}`],
                    }));
                    const connected = nets.map((one) => `${one}.0/24`);
                    const pool = proposePool(connected);
                    if (pool === undefined) return;
                    const { cluster, router } = proposeAsns([]);
                    const text = stackText({
                        context: "c",
                        asn: cluster,
                        nodes,
                        routers: [
                            {
                                name: "fw",
                                address: `${net}.2`,
                                asn: router,
                                hostKey: key("B"),
                                connected,
                            },
                        ],
                        pool: [pool],
                        podCidrs: [],
                        serviceCidrs: [],
                    });
                    const { document, problems } = readStackFile(Buffer.from(text));
                    assert.deepEqual(problems, []);
                    const secretKeys = ["sshKey", "bgpPassword"];
                    const { errors, warnings } = planFromStack(document, {
                        stack: "s",
                        secretKeys,
                    });
                    assert.deepEqual([errors, warnings], [[], []]);
                },
            ),
        );
    });
});
