import ipaddr from "ipaddr.js";

export type Family = "ipv4" | "ipv6";

/** One address as a number, so that ranges can be compared and counted. */
export interface Address {
    readonly family: Family;
    readonly value: bigint;
}

/** First and last address, both included; first <= last and both of one family. */
export interface AddressRange {
    readonly family: Family;
    readonly first: bigint;
    readonly last: bigint;
}

/** A prefix without host bits. */
export interface Prefix {
    readonly family: Family;
    readonly network: bigint;
    readonly length: number;
}

/** A problem with the spelling or the meaning of an address; `message` is for people. */
export class AddressError extends Error {}

export const bitsOf = (family: Family): number => (family === "ipv4" ? 32 : 128);

/**
 * Strict address: four decimal parts without leading zeros, or IPv6 without zone id.
 *
 * ipaddr.js alone takes "10.1", "0x7f.1" and reads "010.0.0.1" as octal.
 * @throws AddressError
 */
export function parseAddress(text: string): Address {
    requireTidy(text);
    if (ipaddr.IPv4.isValidFourPartDecimal(text)) {
        return { family: "ipv4", value: toNumber(ipaddr.IPv4.parse(text)) };
    }
    if (text.includes("%")) {
        throw new AddressError(`${text} has a zone id; only global addresses can be used`);
    }
    if (text.includes(":") && ipaddr.IPv6.isValid(text)) {
        const address = ipaddr.IPv6.parse(text);
        if (address.isIPv4MappedAddress()) {
            const plain = address.toIPv4Address().toString();
            throw new AddressError(`${text} is an IPv4 address in IPv6 form; write ${plain}`);
        }
        return { family: "ipv6", value: toNumber(address) };
    }
    throw new AddressError(`${text} is no IP address${hint(text)}`);
}

/** White space that came along with a copied value cannot be seen in a message. */
function requireTidy(text: string): void {
    const tidy = text.trim();
    if (tidy === text || tidy === "") return;
    throw new AddressError(
        `${JSON.stringify(text)} has white space around it; did you mean ${JSON.stringify(tidy)}?`,
    );
}

function hint(text: string): string {
    const [address = "", length] = text.split("/");
    if (length !== undefined && isAddress(address)) {
        return `, but a prefix; did you mean ${address}?`;
    }
    const parts = text.split(".");
    if (!parts.every((part) => /^\d{1,3}$/.test(part)) || parts.length > 4) return "";
    if (parts.length < 4) return "; write all four parts";
    const plain = parts.map(Number).join(".");
    const mendable = plain !== text && ipaddr.IPv4.isValidFourPartDecimal(plain);
    return mendable ? `, for its leading zeros; did you mean ${plain}?` : "";
}

export function isAddress(text: string): boolean {
    try {
        parseAddress(text);
        return true;
    } catch {
        return false;
    }
}

/**
 * Strict CIDR without host bits.
 * @throws AddressError that names the prefix that was probably meant
 */
export function parsePrefix(text: string): Prefix {
    requireTidy(text);
    const match = /^([^/]+)\/(0|[1-9]\d{0,2})$/.exec(text);
    if (!match) throw new AddressError(`${text} is no prefix${prefixHint(text)}`);
    const address = parseAddress(match[1]!);
    const length = Number(match[2]);
    const bits = bitsOf(address.family);
    if (length > bits) {
        throw new AddressError(`${text} has a length beyond /${bits}`);
    }
    const prefix = prefixAround(address, length);
    if (prefix.network !== address.value) {
        throw new AddressError(`${text} has host bits set; did you mean ${formatPrefix(prefix)}?`);
    }
    return prefix;
}

function prefixHint(text: string): string {
    const [address = "", mask = ""] = text.split("/");
    const length = ipaddr.IPv4.isValidFourPartDecimal(mask)
        ? ipaddr.IPv4.parse(mask).prefixLengthFromSubnetMask()
        : null;
    if (length !== null && isAddress(address)) {
        const prefix = prefixAround(parseAddress(address), length);
        return `; did you mean ${formatPrefix(prefix)}?`;
    }
    if (mask === "" && isAddress(address)) return ": its length is missing, as in 192.168.32.0/24";
    return "; write it like 192.168.32.0/24";
}

/**
 * CIDR or "first-last", as MetalLB's pools take them.
 * @throws AddressError
 */
export function parseRange(text: string): AddressRange {
    requireTidy(text);
    if (text.includes("/")) return rangeOf(parsePrefix(text));
    const ends = text.split("-").map((end) => end.trim());
    if (ends.length > 2) {
        throw new AddressError(`${text} is neither a CIDR nor a range "first-last"`);
    }
    if (ends.length < 2) {
        const { family } = parseAddress(text);
        throw new AddressError(`${text} is one address; did you mean ${text}/${bitsOf(family)}?`);
    }
    const short = /^\d{1,3}$/.test(ends[1]!) && ends[0]!.replace(/\d+$/, ends[1]!);
    if (short && isAddress(ends[0]!) && isAddress(short)) {
        throw new AddressError(
            `${text}: both ends of a range are whole addresses; did you mean ${ends[0]!}-${short}?`,
        );
    }
    const [first, last] = ends.map(parseAddress) as [Address, Address];
    if (first.family !== last.family) {
        throw new AddressError(`${text} mixes IPv4 and IPv6`);
    }
    if (first.value > last.value) {
        throw new AddressError(
            `${text} begins after its end; did you mean ${ends[1]!}-${ends[0]!}?`,
        );
    }
    return { family: first.family, first: first.value, last: last.value };
}

/** The prefix of the given length that holds the address. */
export function prefixAround(address: Address, length: number): Prefix {
    const host = BigInt(bitsOf(address.family) - length);
    return { family: address.family, network: (address.value >> host) << host, length };
}

export function rangeOf(prefix: Prefix): AddressRange {
    const size = 1n << BigInt(bitsOf(prefix.family) - prefix.length);
    return { family: prefix.family, first: prefix.network, last: prefix.network + size - 1n };
}

/** The fewest prefixes that together hold exactly the addresses of the range, in order. */
export function coverOf(range: AddressRange): Prefix[] {
    const bits = bitsOf(range.family);
    const cover: Prefix[] = [];
    let next = range.first;
    while (next <= range.last) {
        let host = 0;
        while (host < bits && fits(next, host + 1, range.last)) host++;
        cover.push({ family: range.family, network: next, length: bits - host });
        next += 1n << BigInt(host);
    }
    return cover;
}

/** Ranges joined where they touch or overlap, in order; all of one family. */
export function mergeRanges(ranges: readonly AddressRange[]): AddressRange[] {
    const merged: { family: Family; first: bigint; last: bigint }[] = [];
    for (const range of [...ranges].sort(byFirst)) {
        const before = merged.at(-1);
        if (before && range.first <= before.last + 1n) {
            if (range.last > before.last) before.last = range.last;
        } else {
            merged.push({ ...range });
        }
    }
    return merged;
}

/** The range widened to whole prefixes of the given length: what MetalLB announces for it. */
export function widen(range: AddressRange, length: number): AddressRange {
    const host = BigInt(bitsOf(range.family) - length);
    return {
        family: range.family,
        first: (range.first >> host) << host,
        last: (((range.last >> host) + 1n) << host) - 1n,
    };
}

export function intersection(a: AddressRange, b: AddressRange): AddressRange | undefined {
    if (a.family !== b.family) return undefined;
    const first = a.first > b.first ? a.first : b.first;
    const last = a.last < b.last ? a.last : b.last;
    return first <= last ? { family: a.family, first, last } : undefined;
}

export const sizeOf = (range: AddressRange): bigint => range.last - range.first + 1n;

export function formatAddress({ family, value }: Address): string {
    if (family === "ipv4") {
        const number = Number(value);
        return [24, 16, 8, 0].map((shift) => (number >>> shift) & 0xff).join(".");
    }
    const parts = Array.from({ length: 8 }, (_, index) =>
        Number((value >> BigInt((7 - index) * 16)) & 0xffffn),
    );
    return new ipaddr.IPv6(parts).toRFC5952String();
}

export function formatPrefix(prefix: Prefix): string {
    return `${formatAddress({ family: prefix.family, value: prefix.network })}/${prefix.length}`;
}

export function formatRange({ family, first, last }: AddressRange): string {
    const start = formatAddress({ family, value: first });
    return first === last ? start : `${start}-${formatAddress({ family, value: last })}`;
}

function fits(start: bigint, host: number, last: bigint): boolean {
    const size = 1n << BigInt(host);
    return start % size === 0n && start + size - 1n <= last;
}

function byFirst(a: AddressRange, b: AddressRange): number {
    return a.first < b.first ? -1 : a.first > b.first ? 1 : 0;
}

function toNumber(address: ipaddr.IPv4 | ipaddr.IPv6): bigint {
    return address.toByteArray().reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}

/** Ranges that no service, node or router can have, by what they are for (RFC 6890, 4291). */
const SPECIAL: readonly { readonly text: string; readonly what: string }[] = [
    { text: "0.0.0.0/8", what: "unspecified" },
    { text: "127.0.0.0/8", what: "loopback" },
    { text: "169.254.0.0/16", what: "link-local" },
    { text: "224.0.0.0/4", what: "multicast" },
    { text: "255.255.255.255/32", what: "broadcast" },
    { text: "240.0.0.0/4", what: "reserved" },
    { text: "::/128", what: "unspecified" },
    { text: "::1/128", what: "loopback" },
    { text: "fe80::/10", what: "link-local" },
    { text: "fec0::/10", what: "site-local (withdrawn, RFC 3879)" },
    { text: "ff00::/8", what: "multicast" },
];
const special = SPECIAL.map((one) => ({ ...one, range: rangeOf(parsePrefix(one.text)) }));

/** What is special about a range or a part of it, for example "multicast (224.0.0.0/4)". */
export function specialOf(range: AddressRange): string | undefined {
    const found = special.find((one) => intersection(one.range, range));
    return found && `${found.what} (${found.text})`;
}
