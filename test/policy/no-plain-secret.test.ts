import assert from "node:assert/strict";
import { type Registration, secretOutput, withoutSecrets } from "../components/recorder";
import { remedied } from "./judge";
import { planOf, resourcesOf, secretValue } from "./made";
import { inputs, set, type Spoiled, testSpoiled } from "./spoiled";

/** As the engine sends a text that is not known yet. */
const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const peer = "metallb-bgppeer-peer-192.168.33.2-v4";
const command = (all: readonly Registration[]) => inputs(all, "fw-a of :Command");
const pem = "-----BEGIN OPENSSH PRIVATE KEY-----\nbm90LWEta2V5\n";
const plain = (where: string, reason: string) => `no-plain-secret: ${where} ${reason}`;
const inCluster = (kind: string, mend = "Put it into a Secret and name that.") =>
    `whoever may read this ${kind} in the cluster reads it. ${mend}`;
const inProcesses = "whoever lists processes on the firewall reads it. Hand it over on stdin.";

const cases: readonly Spoiled[] = [
    {
        what: "a password in a BGPPeer, marked or not",
        spoil: (all) => set(inputs(all, peer, "spec"), "password", secretOutput("s3cret")),
        said: [
            plain(
                `${peer}: spec.password looks like a secret:`,
                inCluster("BGPPeer", "Name a Secret in spec.passwordSecret."),
            ),
        ],
    },
    {
        what: "a password in the chart's values",
        spoil: (all) =>
            set(inputs(all, "metallb-helmrelease", "spec", "values"), "bgpPassword", "s3cret"),
        said: [
            plain(
                "metallb-helmrelease: spec.values.bgpPassword looks like a secret:",
                inCluster("HelmRelease"),
            ),
        ],
    },
    {
        what: "a password in the repository's address",
        spoil: (all) =>
            set(inputs(all, "metallb-helmrepository", "spec"), "url", "https://me:s3cret@charts.x"),
        said: [
            plain(
                "metallb-helmrepository: spec.url looks like a secret:",
                inCluster("HelmRepository"),
            ),
        ],
    },
    {
        what: "a private key in a label",
        spoil: (all) => set(inputs(all, "metallb-namespace", "metadata"), "annotations", { pem }),
        said: [
            plain(
                "metallb-namespace: metadata.annotations.pem looks like a secret:",
                inCluster("Namespace"),
            ),
        ],
    },
    {
        what: "the SSH key in the command line",
        spoil: (all) => set(command(all), "create", `php -q -- '${secretValue}'`),
        said: [plain("fw-a: create repeats the secret of connection.privateKey:", inProcesses)],
    },
    {
        what: "a password in the command's environment",
        spoil: (all) => set(command(all), "environment", { BGP_PASSWORD: "s3cret" }),
        said: [plain("fw-a: environment.BGP_PASSWORD looks like a secret:", inProcesses)],
    },
    {
        what: "what a preview does not know yet, even where a secret is looked for",
        spoil: (all) => {
            const later = { "metallb-pfsense/takes-over": unknown };
            set(
                inputs(all, "metallb-ipaddresspool-metallb-pool", "metadata"),
                "annotations",
                later,
            );
        },
        said: [],
    },
];

const unmarked = (value: unknown): unknown => withoutSecrets(value, unmarked);

/** The inputs of a resource of the recipe with the marks that they need; undefined: none. */
function marked({ type, inputs }: Registration): unknown {
    const secret = secretOutput(secretValue);
    if (type === "kubernetes:core/v1:Secret") {
        return { ...inputs, stringData: { password: secret } };
    }
    if (type.endsWith(":PfSenseBgp")) return { ...inputs, password: secret };
    if (!type.endsWith(":Command")) return undefined;
    const connection = { ...(inputs.connection as object), privateKey: secret };
    return { ...inputs, connection, stdin: secretOutput(inputs.stdin as string) };
}

describe("the policy no-plain-secret", () => {
    testSpoiled(cases);

    it("marks what should be marked and is not, and changes nothing else", async () => {
        const made = (await resourcesOf(planOf("recipe"))).map((one) => ({
            ...one,
            inputs: unmarked(one.inputs) as Registration["inputs"],
        }));
        assert.equal(made.filter((one) => marked(one)).length, 8);
        for (const one of made) assert.deepEqual(await remedied(one), marked(one), one.name);
    });
});
