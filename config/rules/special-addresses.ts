import {
    coverOf,
    formatPrefix,
    type Address,
    type AddressRange,
    formatAddress,
    isAddress,
    parseAddress,
    prefixAround,
    rangeOf,
    specialOf,
} from "../addresses";
import { type Findings, pathText } from "../findings";
import { FAMILIES, type AddressPair, type Site } from "../site";

/** Addresses that are for something else than services, nodes and routers. */
export function ruleSpecialAddresses(site: Site, findings: Findings): void {
    for (const placed of [...site.pools.values()].flat()) {
        const special = specialOf(placed.range);
        if (special === undefined) continue;
        findings.error(
            placed.path,
            `${placed.text} holds addresses that no router takes for a service's: ${special}`,
        );
    }
    for (const { name, addresses } of site.nodes) {
        ruleHost(pathText(["bgp", "nodes", name]), addresses, findings);
    }
    for (const { name, addresses, config } of site.routers) {
        const path = `bgp.routers.${name}`;
        ruleHost(`${path}.address`, addresses, findings);
        ruleText(`${path}.sourceAddress`, config.sourceAddress, [], findings);
        // A tunnel to the firewall ends on this machine.
        ruleText(`${path}.pfsense.host`, config.pfsense?.host, ["loopback"], findings);
    }
    ruleCarpAddresses(site, findings);
    ruleSubnetEnds(site, findings);
}

function ruleHost(path: string, addresses: AddressPair, findings: Findings): void {
    for (const family of FAMILIES) {
        const address = addresses[family];
        const special = address && specialOf(single(address));
        if (!special) continue;
        findings.error(path, `${formatAddress(address)} is no host's address: ${special}`);
    }
}

function ruleText(
    path: string,
    text: string | undefined,
    allowed: readonly string[],
    findings: Findings,
): void {
    if (text === undefined || !isAddress(text)) return;
    const special = specialOf(single(parseAddress(text)));
    if (special === undefined || allowed.some((one) => special.startsWith(one))) return;
    findings.error(path, `${text} is no host's address: ${special}`);
}

function ruleCarpAddresses(site: Site, findings: Findings): void {
    for (const [index, text] of (site.config.bgp?.carpAddresses ?? []).entries()) {
        if (!isAddress(text)) continue;
        const path = `bgp.carpAddresses[${index}]`;
        ruleText(path, text, [], findings);
        const address = parseAddress(text);
        for (const [name, ranges] of site.pools) {
            if (!ranges.some(({ range }) => holds(range, address))) continue;
            findings.error(path, `${text} lies in pool ${name}, which would give it to a service`);
        }
        const node = site.nodes.find(
            (one) => one.addresses[address.family]?.value === address.value,
        );
        if (node) findings.error(path, `${text} is the address of node ${node.name}`);
    }
}

/** Of a subnet that is named the first and the last IPv4 address belong to no host (RFC 3021: but for /31). */
function ruleSubnetEnds(site: Site, findings: Findings): void {
    const told = new Set<string>();
    for (const router of site.routers) {
        const hosts = [
            { path: `bgp.routers.${router.name}.address`, address: router.addresses.ipv4 },
            ...router.nodes.map(({ name, addresses }) => ({
                path: pathText(["bgp", "nodes", name]),
                address: addresses.ipv4,
            })),
        ];
        for (const { range } of router.connected) {
            const [prefix] = coverOf(range);
            if (range.family !== "ipv4" || !prefix || prefix.length > 30) continue;
            for (const { path, address } of hosts) {
                const end = address && endOf(range, address);
                if (!end || told.has(path)) continue;
                told.add(path);
                findings.error(
                    path,
                    `${formatAddress(address)} is the ${end} address of ${formatPrefix(prefix)}`,
                );
            }
        }
    }
}

function endOf(range: AddressRange, { value }: Address): string | undefined {
    if (value === range.first) return "network";
    return value === range.last ? "broadcast" : undefined;
}

const single = (address: Address): AddressRange =>
    rangeOf(prefixAround(address, address.family === "ipv4" ? 32 : 128));

const holds = (range: AddressRange, { family, value }: Address): boolean =>
    range.family === family && range.first <= value && value <= range.last;
