import * as pulumi from "@pulumi/pulumi";
import type { ConnectionPlan, Plan, SecretKey } from "../../config/plan";
import type { StackIdentity } from "../../config/stack-mark";
import { secretOf } from "../secrets";
import { applyRequest, type Holder, PfSenseBgp } from ".";
import { goneText } from "./foretell";
import { type Ask, type Observation, observe } from "./observe";
import type { SshKey } from "./ssh";

/** The secrets of the stack: as outputs for resources, and in clear for what this program asks itself. */
export interface Secrets {
    readonly outputs: Readonly<Record<SecretKey, pulumi.Output<string>>>;
    readonly reveal: (key: SecretKey) => string;
}

/** The firewalls of the plan: what was seen of each before anything was done, and its resource. */
export class Firewalls {
    private made: PfSenseBgp[] = [];

    private constructor(
        private readonly plan: Plan,
        private readonly secrets: Secrets,
        private readonly stack: StackIdentity,
        /** By router; empty where nobody was asked. */
        readonly observations: Readonly<Record<string, Observation>>,
    ) {}

    /** Asks all firewalls how they stand to the plan, side by side. */
    static async observe(
        plan: Plan,
        secrets: Secrets,
        stack: StackIdentity,
        ask?: Ask,
    ): Promise<Firewalls> {
        return new Firewalls(plan, secrets, stack, await observeAll(plan, secrets, stack, ask));
    }

    /**
     * The resource of one firewall; none for a router that is configured by hand.
     * @param after what has to be made before it
     */
    async make(
        router: string,
        after: readonly pulumi.Resource[] = [],
    ): Promise<PfSenseBgp | undefined> {
        const firewall = this.plan.firewalls[router];
        if (!firewall) return undefined;
        const { outputs } = this.secrets;
        const { sshKey, passphrase } = firewall.connection;
        const args = {
            ...firewall,
            sshKey: sshKey && secretOf(outputs, sshKey),
            passphrase: passphrase && secretOf(outputs, passphrase),
            password: firewall.password && secretOf(outputs, firewall.password),
            holder: holderOf(this.plan, router, this.stack),
            run: this.observations[router]?.run,
        };
        const resource = new PfSenseBgp(router, args, {
            // The two of a pair should never restart at once.
            dependsOn: [...this.made, ...after],
            ...(firewall.protect && { protect: true }),
        });
        this.made.push(resource);
        const seen = this.observations[router];
        const told = firewall.gone ? goneText(router) : seen?.told;
        // An up says it in its own words, but for a firewall that it would not reach either.
        const isTold = pulumi.runtime.isDryRun() || seen?.reached === false;
        if (told && isTold) await pulumi.log[told.severity](told.text, resource);
        return resource;
    }
}

/** The key of a connection in clear, for what this program asks itself. */
export function keyOf({ sshKey, passphrase }: ConnectionPlan, reveal: Secrets["reveal"]): SshKey {
    return {
        ...(sshKey !== undefined && { privateKey: reveal(sshKey) }),
        ...(passphrase !== undefined && { passphrase: reveal(passphrase) }),
    };
}

function holderOf(plan: Plan, router: string, stack: StackIdentity): Holder {
    return { stack, router, routers: Object.keys(plan.firewalls) };
}

async function observeAll(
    plan: Plan,
    { reveal }: Secrets,
    stack: StackIdentity,
    ask?: Ask,
): Promise<Record<string, Observation>> {
    if (pulumi.runtime.isDryRun() && !plan.check.preview) return {};
    const present = Object.entries(plan.firewalls).filter(([, { gone }]) => !gone);
    const seen = await Promise.all(
        present.map(async ([router, { connection, wanted, password }]) => {
            const holder = holderOf(plan, router, stack);
            const request = applyRequest(wanted, holder, password && reveal(password));
            const key = keyOf(connection, reveal);
            return [router, await observe(router, connection, key, request, ask)] as const;
        }),
    );
    return Object.fromEntries(seen);
}
