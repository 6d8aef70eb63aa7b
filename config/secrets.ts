import type { Findings } from "./findings";
import type { SecretKey } from "./plan";
import type { Site } from "./site";

/** The secrets of a stack, as far as they can be known without decrypting one. */
export interface SecretContext {
    /** Config keys that hold an encrypted value. */
    readonly secretKeys: readonly SecretKey[];
}

export interface SecretChoice {
    /** Config key of the BGP password, by router; absent: a session without one. */
    readonly passwords: Readonly<Record<string, SecretKey | undefined>>;
    /** Config key of the private SSH key, by router with `pfsense`. */
    readonly sshKeys: Readonly<Record<string, SecretKey>>;
}

const SECRET_KEY = /^(bgpPassword|sshKey)(-.+)?$/;

export const isSecretKey = (key: string): boolean => SECRET_KEY.test(key);

/** Printable ASCII; FRR's config and the firewall's key file know no way to quote the rest. */
const PASSWORD = /^[!#-[\]-~]{1,80}$/;

/** What is wrong with a BGP password, without a word of the password; undefined: nothing. */
export function passwordProblem(key: SecretKey, value: string): string | undefined {
    if (PASSWORD.test(value)) return undefined;
    return `${key}: must be 1-80 printable ASCII characters without white space, quote (") and backslash`;
}

/** Chooses for each router its own key where it has one, else the common one. */
export function chooseSecrets(
    site: Site,
    context: SecretContext,
    findings: Findings,
): SecretChoice {
    const choose = (kind: string, router: string) =>
        [`${kind}-${router}`, kind].find((key) => context.secretKeys.includes(key));
    const passwords: Record<string, SecretKey | undefined> = {};
    const sshKeys: Record<string, SecretKey> = {};
    for (const { name, config } of site.routers) {
        passwords[name] = choose("bgpPassword", name);
        if (!config.pfsense) continue;
        sshKeys[name] = choose("sshKey", name) ?? "sshKey";
        if (!choose("sshKey", name)) {
            findings.error(
                `sshKey`,
                `missing, and ${name} is reached by SSH; set it with: pulumi config set --secret sshKey < private-key-file`,
            );
        }
        if (passwords[name] === undefined) {
            findings.warn(
                `bgp.routers.${name}`,
                "sessions without a password; set one with: pulumi config set --secret bgpPassword",
            );
        }
    }
    return { passwords, sshKeys };
}
