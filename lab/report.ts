import type { Box } from "./box";
import type { Kubectl } from "./kubectl";
import { poll } from "./poll";
import * as site from "./site";

/** The address MetalLB has given to the demo's Service, or undefined while it has none. */
export async function demoAddress(kubectl: Kubectl): Promise<string | undefined> {
    interface Service {
        status: { loadBalancer: { ingress?: { ip: string }[] } };
    }
    const service = await kubectl.get<Service>(["service", "web", "--namespace", "demo"]);
    return service.status.loadBalancer.ingress?.[0]?.ip;
}

/** Waits until the demo answers a client behind the firewalls; returns its answer. */
export async function waitForAnswer(box: Box, kubectl: Kubectl): Promise<string> {
    const address = await poll("the demo's address", () => demoAddress(kubectl));
    return poll("the demo to answer", () => curl(box, address), { timeoutMs: 30_000 });
}

/** One request of the client; throws when it is not answered within two seconds. */
export async function curl(box: Box, address: string): Promise<string> {
    const argv = ["curl", "-sS", "--fail", "--max-time", "2", `http://${address}/`];
    const { stdout } = await box.run(argv, { netns: site.client.name });
    return stdout.trim();
}

/** Prints what a person wants to see of a site: both routers' sessions, the route, the answer. */
export async function printSite(
    box: Box,
    kubectl: Kubectl,
    mounts: Readonly<Record<string, number>>,
): Promise<void> {
    const address = await demoAddress(kubectl);
    for (const { name, address: own } of site.firewalls) {
        const where = { netns: name, mount: mounts[name] };
        const vtysh = async (command: string) =>
            (await box.run(["/usr/local/bin/vtysh", "-c", command], where)).stdout.trim();
        console.log(
            `── ${name} (${own}): show bgp summary\n${await vtysh("show bgp ipv4 unicast summary")}\n`,
        );
        if (address)
            console.log(
                `── ${name}: show ip route ${address}/32\n${await vtysh(`show ip route ${address}/32`)}\n`,
            );
    }
    if (!address) {
        console.log("the demo has no address: run `pulumi up` of the dev stack");
        return;
    }
    const answer = await curl(box, address).catch((error: Error) => error.message);
    console.log(
        `── ${site.client.name} (${site.client.address}): curl http://${address}/\n${answer}\n`,
    );
}

/** Says what to try on a running site and how to end it. */
export function printNextSteps(state: string): void {
    console.log(`What to try:
  npm run lab:exec -- client curl http://192.168.32.0/     the demo, from behind the firewalls
  npm run lab:exec -- cp kubectl get svc,pods -A           the cluster
  npm run lab:exec -- fw-a vtysh -c 'show bgp summary'     a firewall's view
  npm run lab:exec -- fw-a cat /cf/conf/config.xml         and its config
Logs: ${state}/log
Stop: npm run lab:down`);
}
