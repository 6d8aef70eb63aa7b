/** Communities by their registered names (RFC 1997, 3765, 7611, 7999, 8326). */
export const WELL_KNOWN: ReadonlyMap<string, string> = new Map([
    ["graceful-shutdown", "65535:0"],
    ["accept-own", "65535:1"],
    ["blackhole", "65535:666"],
    ["no-export", "65535:65281"],
    ["no-advertise", "65535:65282"],
    ["no-export-subconfed", "65535:65283"],
    ["no-peer", "65535:65284"],
]);

/** The number form of a well-known name; anything else as it stands. */
export const communityValue = (community: string): string => WELL_KNOWN.get(community) ?? community;

/** The number behind an alias of the stack or a well-known name; anything else as it stands. */
export function resolveCommunity(
    community: string,
    aliases: Readonly<Record<string, string>> = {},
): string {
    // An alias may be asked for by a name that every object has, such as "constructor".
    const value = Object.hasOwn(aliases, community) ? aliases[community]! : community;
    return communityValue(value);
}

/** `a:b` of 16 bits each, or `large:a:b:c` of 32 bits each (RFC 8092). */
export function isCommunityNumber(community: string): boolean {
    const parts = community.split(":");
    const large = parts[0] === "large";
    const numbers = large ? parts.slice(1) : parts;
    const [count, highest] = large ? [3, 4294967295] : [2, 65535];
    return (
        numbers.length === count &&
        numbers.every((part) => /^(0|[1-9]\d{0,9})$/.test(part) && Number(part) <= highest)
    );
}

export const isLarge = (community: string): boolean => community.startsWith("large:");
