import { formatAddress, isAddress, parseAddress } from "../addresses";
import type { Findings } from "../findings";
import { hostKeyLine, hostKeyProblem, isStandIn, printKey } from "../host-key";
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
    const known: Firewalls = { hosts: new Map(), keys: new Map() };
    for (const router of site.routers) {
        if (router.firewall !== undefined) ruleSession(router, findings);
        if (!router.config.pfsense) continue;
        const path = `bgp.routers.${router.name}.pfsense`;
        ruleOneEach(path, router, known, findings);
        ruleConnection(path, router, findings);
        ruleCarp(site, path, router, hostOf(router), findings);
        ruleInterfaces(path, router, findings);
    }
}

/** Routers by what tells their firewalls apart. */
interface Firewalls {
    readonly hosts: Map<string, string>;
    readonly keys: Map<string, string>;
}

/** One firewall has one `pfsense`: each router's apply would take the other's neighbours away. */
function ruleOneEach(path: string, router: Router, { hosts, keys }: Firewalls, findings: Findings) {
    const { name, config } = router;
    const host = hostOf(router);
    const place = `${host.toLowerCase()}:${config.pfsense!.port}`;
    const other = hosts.get(place);
    const mend = (one: string) =>
        `give ${name} \`sharesFirewall: { with: ${one} }\` in place of pfsense`;
    if (other !== undefined && host !== "") {
        findings.error(
            `${path}.host`,
            `router ${other} and router ${name} are both reached at ${host}: if they are one firewall, ${mend(other)}`,
        );
    }
    hosts.set(place, name);
    const hostKey = hostKeyLine(config.pfsense!.hostKey).split(/\s+/, 2).join(" ");
    const keyed = keys.get(hostKey);
    if (keyed !== undefined && other === undefined && !isStandIn(hostKey)) {
        findings.warn(
            `${path}.hostKey`,
            `router ${keyed} and router ${name} have the same host key: if they are one firewall, ${mend(keyed)}; if one was cloned from the other, give it keys of its own`,
        );
    }
    keys.set(hostKey, keyed ?? name);
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
    const { jump, ...own } = router.config.pfsense!;
    ruleServer(path, own, own.host ?? hostOf(router), findings);
    if (jump) ruleServer(`${path}.jump`, jump, jump.host, findings);
}

/** Where the sessions of one address start from, and which interface lets them in. */
export function ruleInterfaces(path: string, router: Router, findings: Findings): void {
    const { updateSource, passRule } = (router.config.pfsense ?? router.config.sharesFirewall)!;
    ruleUpdateSource(path, router, updateSource, findings);
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

interface Server {
    readonly host?: string;
    readonly port: number;
    readonly user: string;
    readonly hostKey: string;
}

function ruleServer(
    path: string,
    { host, port, user, hostKey }: Server,
    target: string,
    findings: Findings,
): void {
    const named = (text: string) => HOST_NAME.test(text) && !/^[\d.]+$/.test(text);
    if (host !== undefined && !isAddress(host) && !named(host)) {
        findings.error(`${path}.host`, `${host} is no host name and no IP address`);
    }
    if (!USER.test(user)) findings.error(`${path}.user`, `${user} is no user name`);
    const scanned = port === 22 ? target : `-p ${port} ${target}`;
    const problem = hostKeyProblem(hostKey, scanned);
    if (/FILL-IN/.test(hostKey)) {
        findings.later(`${path}.hostKey`, `is still to be filled in; ${printKey(scanned)}`);
    } else if (problem !== undefined) findings.error(`${path}.hostKey`, problem);
}

function ruleCarp(site: Site, path: string, router: Router, host: string, findings: Findings) {
    const { allowCarp, updateSource } = router.config.pfsense!;
    if (allowCarp) return;
    const carp = carpAddresses(site, updateSource);
    if (carp.has(normal(host))) {
        findings.error(
            `${path}.host`,
            `${host} is a CARP address: it leads to whichever firewall is master, so the other one is never configured; give the firewall's own address, or set \`allowCarp: true\``,
        );
    }
    ruleCarpAddress(router, carp, findings);
}

export function carpAddresses(site: Site, updateSource: string): ReadonlySet<string> {
    const shared = [...(site.config.bgp?.carpAddresses ?? []), VIP.exec(updateSource)?.[1]];
    return new Set(shared.flatMap((text) => (text === undefined ? [] : [normal(text)])));
}

export function ruleCarpAddress(
    router: Router,
    carp: ReadonlySet<string>,
    findings: Findings,
): void {
    for (const family of FAMILIES) {
        const address = router.addresses[family];
        if (!address || !carp.has(formatAddress(address))) continue;
        findings.error(
            `bgp.routers.${router.name}.address`,
            `${formatAddress(address)} is a CARP address: its sessions drop at every failover; peer with the firewalls' own addresses, or set \`allowCarp: true\` where FRR is bound to it`,
        );
    }
}

/** The nodes dial the router's address, and its answer has to come from there. */
function ruleUpdateSource(
    path: string,
    router: Router,
    updateSource: string,
    findings: Findings,
): void {
    const text = VIP.exec(updateSource)?.[1];
    if (text === undefined || !isAddress(text)) return;
    const source = parseAddress(text);
    const own = router.addresses[source.family];
    if (own === undefined || own.value === source.value) return;
    findings.error(
        `${path}.updateSource`,
        `the firewall's sessions would come from ${text}, and the nodes peer with ${formatAddress(own)}; give both the same address`,
    );
}

function ruleSession(router: Router, findings: Findings): void {
    if (router.config.port === 179) return;
    findings.error(
        `bgp.routers.${router.name}.port`,
        `is ${router.config.port}, but FRR on pfSense listens on 179 only; leave it out`,
    );
}

const normal = (text: string): string =>
    isAddress(text) ? formatAddress(parseAddress(text)) : text;
