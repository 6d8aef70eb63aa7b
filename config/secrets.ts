import { type Findings, knownNames, listText } from "./findings";
import type { SecretKey } from "./plan";
import type { Site } from "./site";

/** The secrets of a stack, as far as they can be known without decrypting one. */
export interface SecretContext {
    /** Config keys that hold an encrypted value, or a group with one somewhere in it. */
    readonly secretKeys: readonly SecretKey[];
    /** Paths of encrypted values inside of readable groups, where they are known. */
    readonly encrypted?: readonly string[];
}

export interface SecretChoice {
    /** Config key of the BGP password, by router; absent: a session without one. */
    readonly passwords: Readonly<Record<string, SecretKey | undefined>>;
    /** Config key of the private SSH key, by router with `pfsense`; absent: an SSH agent has it. */
    readonly sshKeys: Readonly<Record<string, SecretKey | undefined>>;
    /** Config key of that key's passphrase, by router; absent: it has none. */
    readonly passphrases: Readonly<Record<string, SecretKey | undefined>>;
}

const SECRET_KEY = /^(bgpPassword|sshKey|sshKeyPassphrase)(?:-(.+))?$/;
/** Passwords of logins, by the config key of the user. */
export const LOGINS = {
    chartPassword: "metallb.chart.user",
    imagePassword: "metallb.images.login",
} as const;

/** Printable ASCII; FRR's config and the firewall's key file know no way to quote the rest. */
const PASSWORD = /^(?!.*\]\]>)[!#-&(-[\]-~]{1,80}$/;

export const isSecretKey = (key: string): boolean =>
    SECRET_KEY.test(key) || Object.hasOwn(LOGINS, key);

/** What is wrong with a BGP password, without a word of the password; undefined: nothing. */
export function passwordProblem(key: SecretKey, value: string): string | undefined {
    if (PASSWORD.test(value)) return undefined;
    return `${key}: must be 1-80 printable ASCII characters without white space, quotes, backslash and "]]>"`;
}

/** What is wrong with a private SSH key, without a word of the key; undefined: nothing. */
export function sshKeyProblem(key: SecretKey, value: string): string | undefined {
    if (/^-----BEGIN [A-Z ]*PRIVATE KEY-----\s[\s\S]*-----END /.test(value.trim()))
        return undefined;
    return `${key}: is no private key; set it with: pulumi config set --secret ${key} < private-key-file`;
}

const ENCRYPTED =
    "holds an encrypted value; only bgpPassword, sshKey, sshKeyPassphrase, chartPassword and imagePassword are secrets, the rest must be readable in a review";

/** The values that may be read: everything but the keys of secrets and encrypted groups. */
export function checkSecretKeys(
    document: Readonly<Record<string, unknown>>,
    { secretKeys, encrypted: inside = [] }: SecretContext,
    findings: Findings,
): Record<string, unknown> {
    for (const path of inside) findings.error(path, ENCRYPTED);
    const readable: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(document)) {
        const encrypted = secretKeys.includes(key);
        if (!encrypted && !isSecretKey(key)) readable[key] = value;
        if (encrypted === isSecretKey(key)) continue;
        findings.error(
            key,
            encrypted
                ? ENCRYPTED
                : `must be encrypted; remove the line, then: pulumi config set --secret ${key}`,
        );
    }
    return readable;
}

/** Chooses for each router its own key where it has one, else the common one. */
export function chooseSecrets(
    site: Site,
    keys: ReadonlySet<string>,
    findings: Findings,
): SecretChoice {
    refuseStrangers(site, keys, findings);
    checkLogins(site, keys, findings);
    const choose = (kind: string, router: string) =>
        [`${kind}-${router}`, kind].find((key) => keys.has(key));
    const passwords: Record<string, SecretKey | undefined> = {};
    const sshKeys: Record<string, SecretKey> = {};
    const passphrases: Record<string, SecretKey | undefined> = {};
    for (const { name, config, firewall = name } of site.routers) {
        passwords[name] = choose("bgpPassword", firewall);
        if (!config.pfsense || config.pfsense.sshAgent) continue;
        sshKeys[name] = choose("sshKey", name) ?? "sshKey";
        passphrases[name] = choose("sshKeyPassphrase", name);
    }
    const open = site.routers.filter(({ name }) => passwords[name] === undefined);
    if (open.length > 0) {
        findings.warn(
            "bgpPassword",
            `missing, so the sessions with ${listText(open.map(({ name }) => name))} have no password; set one with: pulumi config set --secret bgpPassword`,
        );
    }
    const without = Object.keys(sshKeys).filter((name) => choose("sshKey", name) === undefined);
    if (without.length > 0) {
        findings.later(
            "sshKey",
            `missing, so ${listText(without)} cannot be reached; set it with: pulumi config set --secret sshKey < private-key-file`,
        );
    }
    return { passwords, sshKeys, passphrases };
}

/** A login is a user in the file and a password beside it. */
function checkLogins(
    { config, declared }: Site,
    keys: ReadonlySet<string>,
    findings: Findings,
): void {
    const { chart, images } = config.metallb;
    const users = { chartPassword: chart.user, imagePassword: images?.login?.user };
    for (const [key, path] of Object.entries(LOGINS) as [keyof typeof LOGINS, string][]) {
        const user = users[key];
        if (user !== undefined && !keys.has(key)) {
            findings.later(
                key,
                `missing, so nobody can log in as ${user}; set it with: pulumi config set --secret ${key}`,
            );
        }
        if (!declared.logins.has(path) && keys.has(key)) {
            findings.error(
                key,
                `is the password of \`${path}\`, which is not set; set it, or: pulumi config rm ${key}`,
            );
        }
    }
}

function refuseStrangers(site: Site, keys: ReadonlySet<string>, findings: Findings): void {
    const { routers } = site.declared;
    for (const key of keys) {
        const [, kind, router] = SECRET_KEY.exec(key) ?? [];
        if (router === undefined) continue;
        if (!routers.has(router)) {
            findings.error(key, `no router ${router}${knownNames(router, routers)}`);
        }
        const { sharesFirewall: shared, pfsense } =
            site.routers.find(({ name }) => name === router)?.config ?? {};
        if (pfsense?.sshAgent && kind !== "bgpPassword") {
            findings.error(
                key,
                `${router} takes its key from the SSH agent (pfsense.sshAgent); drop one of them`,
            );
        }
        if (shared) {
            findings.error(
                key,
                `${router} is the firewall of ${shared.with}, which has one secret of a kind; set it as ${kind}-${shared.with}`,
            );
        }
    }
}
