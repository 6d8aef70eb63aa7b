import * as pulumi from "@pulumi/pulumi";
import type { Plan, SecretKey } from "../../config/plan";
import type { StackIdentity } from "../identity";
import { secretOf } from "../secrets";
import { applyRequest, PfSenseBgp } from ".";
import { type Ask, type Observation, observe } from "./observe";
import { Turns } from "./turns";

/** Every firewall of the plan, and what was seen of it before anything was done. */
export interface Firewalls {
    readonly resources: Readonly<Record<string, PfSenseBgp>>;
    readonly observations: Readonly<Record<string, Observation>>;
    /** Opened one after the other, as each firewall is proven. */
    readonly turns: Turns;
}

/** The secrets of the stack: as outputs for resources, and in clear for what this program asks itself. */
export interface Secrets {
    readonly outputs: Readonly<Record<SecretKey, pulumi.Output<string>>>;
    readonly reveal: (key: SecretKey) => string;
}

/**
 * Asks all firewalls how they stand to the plan, side by side, and makes the resource of each: the
 * next one is not touched before the one before it is proven.
 */
export async function makeFirewalls(
    plan: Plan,
    secrets: Secrets,
    stack: StackIdentity,
    ask?: Ask,
): Promise<Firewalls> {
    const routers = Object.keys(plan.firewalls);
    const observations = await observeAll(plan, secrets, stack, ask);
    const turns = new Turns(routers);
    const resources: Record<string, PfSenseBgp> = {};
    for (const [router, firewall] of Object.entries(plan.firewalls)) {
        const args = {
            ...firewall,
            sshKey: secretOf(secrets.outputs, firewall.connection.sshKey),
            password: firewall.password && secretOf(secrets.outputs, firewall.password),
            holder: { stack, router, routers },
            mend: observations[router]?.mend,
            turn: turns.of(router),
        };
        // The two of a pair should never restart at once.
        const dependsOn = Object.values(resources);
        resources[router] = new PfSenseBgp(router, args, { dependsOn });
        const told = observations[router]?.told;
        if (told && pulumi.runtime.isDryRun()) {
            await pulumi.log[told.severity](told.text, resources[router]);
        }
    }
    return { resources, observations, turns };
}

async function observeAll(
    plan: Plan,
    { reveal }: Secrets,
    stack: StackIdentity,
    ask?: Ask,
): Promise<Record<string, Observation>> {
    if (pulumi.runtime.isDryRun() && !plan.check.preview) return {};
    const routers = Object.keys(plan.firewalls);
    const seen = await Promise.all(
        Object.entries(plan.firewalls).map(async ([router, { connection, wanted, password }]) => {
            const holder = { stack, router, routers };
            const request = applyRequest(wanted, holder, password && reveal(password));
            const key = reveal(connection.sshKey);
            return [router, await observe(router, connection, key, request, ask)] as const;
        }),
    );
    return Object.fromEntries(seen);
}
