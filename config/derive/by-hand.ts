import { formatAddress } from "../addresses";
import { profileOf } from "../bfd";
import type { ByHandPlan, SecretKey } from "../plan";
import { FAMILIES, type Router, type Site } from "../site";
import { without } from "../without";
import { firewallState } from "./firewall";

/** The router's end of every session with this cluster, where this program does not configure it. */
export function deriveByHand(
    site: Site,
    router: Router,
    password: SecretKey | undefined,
): ByHandPlan {
    const { owner, bgp, neighbours, prefixLists } = firewallState(
        site,
        [router],
        password !== undefined,
    );
    const { byHand, port } = router.config;
    const profile = profileOf(site, router);
    return {
        ...(byHand !== undefined && { dialect: byHand }),
        owner,
        bgp,
        addresses: Object.fromEntries(
            FAMILIES.flatMap((family) => {
                const address = router.addresses[family];
                return address ? [[family, formatAddress(address)]] : [];
            }),
        ),
        port,
        ...(password !== undefined && { password }),
        // Passive is for one end: with both of them waiting no session would ever begin.
        ...(router.bfd !== undefined &&
            profile && { bfd: { name: router.bfd, ...without(profile, "passiveMode") } }),
        neighbours: neighbours.map((one) =>
            without(one, "updateSource", "passwordType", "bfdTimers", "shutdown"),
        ),
        prefixLists,
    };
}
