import * as pulumi from "@pulumi/pulumi";
import { named, readStack, stacksIn } from "../../commands/stacks";
import { Flux } from "../../components/flux";
import { fluxObjects } from "../../components/flux/manifest";
import { MetalLb } from "../../components/metallb";
import { Firewalls } from "../../components/pfsense/firewalls";
import type { Plan } from "../../config/plan";
import { loginKeys } from "../../config/access-secrets";
import { planFromStack } from "../../config/stack";
import { record, type Registration } from "../components/recorder";

/** The value of every secret of a stack; as long as a real one. */
export const secretValue = "correct horse battery staple";

const examples = stacksIn("examples");
export const exampleNames = examples.map(({ stack }) => stack);

export function planOf(example: string): Plan {
    const target = named(`examples/Pulumi.${example}.yaml`);
    const { plan } = planFromStack(readStack(target).document, {
        stack: example,
        secretKeys: ["sshKey", "bgpPassword"],
    });
    if (!plan) throw new Error(`${example} has errors`);
    return plan;
}

/** Every resource that the program makes for a plan, as the engine is asked for it. */
export async function resourcesOf(plan: Plan): Promise<readonly Registration[]> {
    // The examples' own manifests are downloads, or files of somebody else's mirror.
    const manifest = { path: "test/components/flux-install.yaml" };
    const flux = { ...plan.flux, manifest };
    const quiet = { ...plan, check: { ...plan.check, preview: false } };
    const { registrations } = await record(
        async () => {
            const secrets = secretsOf(plan);
            const { ready } = new Flux("flux", { plan: flux, objects: await fluxObjects(flux) });
            const metallb = new MetalLb("metallb", {
                plan: plan.metallb,
                secrets: secrets.outputs,
                flux: ready,
            });
            const firewalls = await Firewalls.observe(quiet, secrets, { id: "1", name: "o/p/s" });
            for (const routers of plan.turns) {
                const firewall = await firewalls.make(routers[0]!);
                for (const router of routers) metallb.addPeers(router, firewall);
            }
            metallb.announce();
        },
        { preview: true },
    );
    return registrations;
}

function secretsOf({ metallb, firewalls }: Plan) {
    const keys = Object.values(firewalls).flatMap(({ connection, password }) => [
        connection.sshKey ?? [],
        connection.passphrase ?? [],
        password ?? [],
    ]);
    const passwords = [...Object.values(metallb.passwords), ...loginKeys(metallb)];
    const all = new Set([...passwords, ...keys.flat()]);
    return {
        outputs: Object.fromEntries([...all].map((key) => [key, pulumi.secret(secretValue)])),
        reveal: () => secretValue,
    };
}
