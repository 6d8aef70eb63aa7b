import {
    type AddressRange,
    formatPrefix,
    intersection,
    parseAddress,
    parsePrefix,
    prefixAround,
    rangeOf,
} from "../addresses";

/** Where a pool of 256 addresses is looked for: private networks, the recipe's first (RFC 1918). */
const candidates = [
    ...["192.168.32.0/24", "192.168.132.0/24", "192.168.232.0/24"],
    ...Array.from({ length: 64 }, (_, net) => `172.${16 + (net % 16)}.${240 + (net >> 4)}.0/24`),
    ...Array.from({ length: 256 }, (_, net) => `10.${255 - net}.32.0/24`),
];

/**
 * A network for the pool that is on no interface of anything that is known.
 *
 * @param taken networks (CIDR) and addresses; of an address the /24 around it
 * @returns undefined where all candidates are taken
 */
export function proposePool(taken: readonly string[]): string | undefined {
    const ranges = taken.flatMap(rangeAround);
    return candidates.find((text) => {
        const own = rangeOf(parsePrefix(text));
        return ranges.every((range) => !intersection(own, range));
    });
}

function rangeAround(text: string): AddressRange[] {
    if (text.includes("/")) return [rangeOf(parsePrefix(networkOf(text)))];
    const address = parseAddress(text);
    return [rangeOf(prefixAround(address, address.family === "ipv4" ? 24 : 64))];
}

/** The network of an interface's address in CIDR form: 192.168.33.2/24 is in 192.168.33.0/24. */
export function networkOf(text: string): string {
    const [address = "", length] = text.split("/");
    return formatPrefix(prefixAround(parseAddress(address), Number(length)));
}

/** Private AS numbers (RFC 6996) for the cluster and, unless they say their own, for the routers. */
export function proposeAsns(ofRouters: readonly string[]): { cluster: string; router: string } {
    const known = ofRouters.filter((asn) => asn !== "");
    const router = known[0] ?? "64513";
    const taken = new Set([...known, router]);
    const cluster = ["64512", "64513", "64514"].find((asn) => !taken.has(asn))!;
    return { cluster, router };
}
