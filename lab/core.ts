import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Box } from "./box";
import * as site from "./site";

const prefix = "198.51.100.0/24";

const config = () => `frr defaults traditional
router bgp ${site.core.asn}
 bgp router-id ${site.core.address}
 no bgp ebgp-requires-policy
 no bgp network import-check
${site.firewalls.map((firewall) => ` neighbor ${firewall.clientSide} remote-as ${site.firewallAsn}`).join("\n")}
 address-family ipv4 unicast
  network ${prefix}
 exit-address-family
`;

/**
 * Starts the core router: the firewalls' own neighbour, which is none of this project's business.
 * Its session has to survive everything the project does.
 */
export async function startCore(box: Box): Promise<void> {
    const directory = join(box.stateDir, "core");
    mkdirSync(directory, { recursive: true });
    const file = join(directory, "bgpd.conf");
    writeFileSync(file, config());
    const name = site.core.name;
    await box.run(["bash", "-ec", `mkdir -p /run/frr/${name} && chown frr:frr /run/frr/${name}`]);
    // -Z: no zebra; the core announces and never forwards.
    const argv = ["/usr/lib/frr/bgpd", "-N", name, "-Z", "-n", "-A", "127.0.0.1", "-f", file];
    await box.spawn(name, argv, { netns: name });
}
