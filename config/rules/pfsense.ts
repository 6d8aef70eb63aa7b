import { formatAddress, parseAddress } from "../addresses";
import type { Findings } from "../findings";
import { FAMILIES, type Node, type Router, type Site } from "../site";

const HOST_NAME =
    /^(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$/;
const USER = /^[a-z_][a-z0-9_.-]{0,31}$/;
const INTERFACE = /^[a-z][a-z0-9_]{0,31}$/;
/** As the form stores it: the package compares both parts, and leaves half of it out without a word. */
const VIP = /^_vip[0-9a-f]{1,32}\|([0-9A-Fa-f.:]+)$/;
const OWNER = /^[A-Za-z0-9][A-Za-z0-9.-]{0,39}$/;
/** pfSense cuts a description there, and with it the mark by which an entry is found again. */
const LONGEST_DESCRIPTION = 80;

/** The firewall's side: how it is reached, and what its package does not check itself. */
export function rulePfsense(site: Site, findings: Findings): void {
    if (site.routers.length > 0) ruleOwner(site, findings);
    for (const [index, text] of (site.config.bgp?.carpAddresses ?? []).entries()) {
        if (isAddress(text)) continue;
        findings.error(`bgp.carpAddresses[${index}]`, `${text} is no IP address`);
    }
    const hosts = new Map<string, string>();
    for (const router of site.routers) {
        const { pfsense } = router.config;
        if (!pfsense) continue;
        const path = `bgp.routers.${router.name}.pfsense`;
        const host = hostOf(router);
        const key = `${host.toLowerCase()}:${pfsense.port}`;
        const other = hosts.get(key);
        if (other !== undefined && host !== "") {
            findings.error(
                `${path}.host`,
                `router ${other} and router ${router.name} are both reached at ${host}; one firewall is one router`,
            );
        }
        hosts.set(key, router.name);
        ruleConnection(path, router, findings);
        ruleCarp(site, path, router, host, findings);
        ruleSession(router, findings);
    }
}

function ruleOwner({ owner, config, routers, nodes }: Site, findings: Findings): void {
    const origin = config.cluster.name === undefined ? " (the stack's name)" : "";
    if (!OWNER.test(owner)) {
        findings.error(
            "cluster.name",
            `${owner}${origin} cannot be the mark on a firewall: 1-40 letters, digits, dots and hyphens, beginning with a letter or digit`,
        );
        return;
    }
    if (!routers.some((router) => router.config.pfsense)) return;
    const longest = nodes.reduce<Node | undefined>(
        (long, node) => (node.name.length > (long?.name.length ?? 0) ? node : long),
        undefined,
    );
    const description = `${owner}/${longest?.name ?? ""}`;
    if (description.length > LONGEST_DESCRIPTION) {
        findings.error(
            "cluster.name",
            `the description ${description} has ${description.length} characters and pfSense keeps ${LONGEST_DESCRIPTION}; use a shorter cluster.name`,
        );
    }
}

function hostOf({ config, addresses }: Router): string {
    const address = FAMILIES.map((family) => addresses[family]).find(Boolean);
    return config.pfsense?.host ?? (address ? formatAddress(address) : "");
}

function ruleConnection(path: string, router: Router, findings: Findings): void {
    const { host, user, hostKey, updateSource, passRule } = router.config.pfsense!;
    const named = (text: string) => HOST_NAME.test(text) && !/^[\d.]+$/.test(text);
    if (host !== undefined && !isAddress(host) && !named(host)) {
        findings.error(`${path}.host`, `${host} is no host name and no IP address`);
    }
    if (!USER.test(user)) findings.error(`${path}.user`, `${user} is no user name`);
    const { port } = router.config.pfsense!;
    const target = port === 22 ? hostOf(router) : `-p ${port} ${hostOf(router)}`;
    const problem = hostKeyProblem(hostKey, target);
    if (problem !== undefined) findings.error(`${path}.hostKey`, problem);
    if (!INTERFACE.test(updateSource) && !VIP.test(updateSource)) {
        findings.error(
            `${path}.updateSource`,
            `${updateSource} is no interface of pfSense; write default, lan, opt1, … or _vip<id>|<address>`,
        );
    }
    if (passRule && !INTERFACE.test(passRule.interface)) {
        findings.error(
            `${path}.passRule.interface`,
            `${passRule.interface} is no interface of pfSense; write lan, opt1, …`,
        );
    }
}

/** What is wrong with an SSH host key in the form of known_hosts; undefined: nothing. */
export function hostKeyProblem(hostKey: string, target: string): string | undefined {
    const print = `print the key with: ssh-keyscan -t ed25519 ${target} and compare it on the firewall's console`;
    if (/^(SHA256:|MD5:|([0-9a-f]{2}:){15}[0-9a-f]{2}$)/.test(hostKey)) {
        return `is a fingerprint, and the key itself is needed; ${print}`;
    }
    const [type, blob, ...rest] = hostKey.trim().split(/\s+/);
    if (type === "ssh-rsa") {
        return `is an RSA key, and current OpenSSH will not use it with this client (only its old SHA-1 form is offered); ${print}`;
    }
    const wanted = type === "ssh-ed25519" || /^ecdsa-sha2-nistp(256|384|521)$/.test(type ?? "");
    if (!wanted || rest.length > 1 || !holdsType(blob ?? "", type ?? "")) {
        return `is no ed25519 or ECDSA key ("ssh-ed25519 AAAA…"); ${print}`;
    }
    return undefined;
}

/** The encoded key begins with its own type (RFC 4253, 6.6): tells a real key from a stand-in. */
function holdsType(blob: string, type: string): boolean {
    if (!/^[A-Za-z0-9+/]+={0,2}$/.test(blob)) return false;
    const bytes = Buffer.from(blob, "base64");
    const length = bytes.length > 4 ? bytes.readUInt32BE(0) : 0;
    if (bytes.subarray(4, 4 + length).toString() !== type) return false;
    return type === "ssh-ed25519" ? bytes.length === 51 : bytes.length > 100;
}

function ruleCarp(site: Site, path: string, router: Router, host: string, findings: Findings) {
    const { allowCarp, updateSource } = router.config.pfsense!;
    if (allowCarp) return;
    const shared = [...(site.config.bgp?.carpAddresses ?? []), VIP.exec(updateSource)?.[1]];
    const carp = new Set(shared.flatMap((text) => (text === undefined ? [] : [normal(text)])));
    if (carp.has(normal(host))) {
        findings.error(
            `${path}.host`,
            `${host} is a CARP address: it leads to whichever firewall is master, so the other one is never configured; give the firewall's own address, or set \`allowCarp: true\``,
        );
    }
    for (const family of FAMILIES) {
        const address = router.addresses[family];
        if (!address || !carp.has(formatAddress(address))) continue;
        findings.error(
            `bgp.routers.${router.name}.address`,
            `${formatAddress(address)} is a CARP address: its sessions drop at every failover; peer with the firewalls' own addresses, or set \`allowCarp: true\` where FRR is bound to it`,
        );
    }
}

function ruleSession(router: Router, findings: Findings): void {
    if (router.config.port === 179) return;
    findings.error(
        `bgp.routers.${router.name}.port`,
        `is ${router.config.port}, but FRR on pfSense listens on 179 only; leave it out`,
    );
}

function isAddress(text: string): boolean {
    try {
        parseAddress(text);
        return true;
    } catch {
        return false;
    }
}

const normal = (text: string): string =>
    isAddress(text) ? formatAddress(parseAddress(text)) : text;
