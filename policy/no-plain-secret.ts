import { type ResourceValidationPolicy, Secret } from "@pulumi/policy";
import { kubernetesKind, type Leaf, leavesOf } from "./resources";

/**
 * A secret stands where a secret belongs, and is marked as one there.
 *
 * The engine shows marks to remediations only, and texts without them to validations. So the
 * remediation marks what should be marked, and the validation finds what no mark would help.
 */
export const noPlainSecret: ResourceValidationPolicy = {
    name: "no-plain-secret",
    description: "No secret stands in plain text in an input, an object or a command line.",
    enforcementLevel: "remediate",
    remediateResource: ({ type, props }) => {
        const plain = leavesOf(props).filter(
            (leaf) => !leaf.secret && isSecret(type, leaf) && placeOf(type, leaf) === undefined,
        );
        for (const leaf of plain) leaf.set(new Secret(leaf.text));
        return plain.length > 0 ? props : undefined;
    },
    validateResource: ({ type, props }, report) => {
        const leaves = leavesOf(props);
        const secrets = leaves.filter((leaf) => isSecret(type, leaf));
        for (const leaf of leaves) {
            const place = placeOf(type, leaf);
            if (place === undefined) continue;
            const at = leaf.path.join(".");
            const other = secrets.find((secret) => secret !== leaf && repeats(leaf, secret));
            if (secrets.includes(leaf)) report(`${at} looks like a secret: ${place}`);
            else if (other) report(`${at} repeats the secret of ${other.path.join(".")}: ${place}`);
        }
    },
};

const secretName = /(^|[a-z_.-])(password|passphrase|private_?key|api_?key|client_?secret|token)$/i;
const privateKey = /-----BEGIN [A-Z ]*PRIVATE KEY-----/;
const urlWithPassword = /^[a-z][a-z0-9+.-]*:\/\/[^/\s:@]*:[^/\s@]+@/i;
/** Anything shorter is found in any text. */
const shortestRepeated = 6;

function isSecret(type: string, { path, text }: Leaf): boolean {
    const [first = ""] = path;
    return (
        (text !== "" && secretName.test(path.at(-1)!)) ||
        privateKey.test(text) ||
        urlWithPassword.test(text) ||
        (isSecretObject(type) && ["data", "stringData"].includes(first)) ||
        (type === command && first === "stdin")
    );
}

const command = "command:remote:Command";
const isSecretObject = (type: string) => type === "kubernetes:core/v1:Secret";

/** Why a secret must not stand there, marked or not, and where it belongs; undefined: it may. */
function placeOf(type: string, { path: [first = ""] }: Leaf): string | undefined {
    if (type === command && ["create", "update", "delete", "environment"].includes(first)) {
        return "whoever lists processes on the firewall reads it. Hand it over on stdin.";
    }
    const kind = kubernetesKind(type)?.kind;
    if (kind === undefined || isSecretObject(type)) {
        return undefined;
    }
    const mend =
        kind === "BGPPeer"
            ? "Name a Secret in spec.passwordSecret."
            : "Put it into a Secret and name that.";
    return `whoever may read this ${kind} in the cluster reads it. ${mend}`;
}

const repeats = ({ text }: Leaf, secret: Leaf): boolean =>
    secret.text.length >= shortestRepeated && text.includes(secret.text);
