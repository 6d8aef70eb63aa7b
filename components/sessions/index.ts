import { createHash } from "node:crypto";
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { Plan, SecretKey } from "../../config/plan";
import { parseAgentResult, renderAgent } from "../pfsense/agent";
import { sshConnection } from "../pfsense";
import { secretOf } from "../secrets";
import { sessionsTable } from "./table";

export interface SessionCheckArgs {
    readonly plan: Plan;
    readonly secrets: Readonly<Record<SecretKey, pulumi.Output<string>>>;
    /** Each firewall's own resource, by router name: it is asked after it is configured. */
    readonly firewalls: Readonly<Record<string, pulumi.Resource>>;
    /** Everything of the cluster's side; nobody is asked before. */
    readonly cluster: readonly pulumi.Resource[];
}

/**
 * Ends an `up` with the proof: every firewall is asked until all its sessions are Established and
 * the wanted number of prefixes is learned, or until the deadline of the plan has passed.
 *
 * It asks again whenever either end has changed. A failure ends the run with the firewall's own
 * table of sessions. Destroying it does nothing.
 */
export class SessionCheck extends pulumi.ComponentResource {
    /** The sessions with their states, as the lines of a table. */
    public readonly table: pulumi.Output<string[]>;

    constructor(name: string, args: SessionCheckArgs, opts?: pulumi.ComponentResourceOptions) {
        const { plan, secrets, firewalls, cluster } = args;
        const { deadline, prefixes } = plan.check;
        super("metallb-pfsense:index:SessionCheck", name, { deadline, prefixes }, opts);
        const digest = digestOf(plan, secrets);
        const checked = deadline > 0 ? Object.entries(plan.firewalls) : [];
        const answers = checked.map(([router, { connection, wanted }]) => {
            // Asking takes no password, so none is sent.
            const request = { version: 1, action: "check", wanted, deadline, prefixes } as const;
            const { stdout } = new command.remote.Command(
                `${name}-${router}`,
                {
                    connection: sshConnection(connection, secretOf(secrets, connection.sshKey)),
                    create: connection.command,
                    stdin: digest.apply((it) =>
                        renderAgent({ ...request, reason: `session check of plan ${it}` }),
                    ),
                    logging: "none",
                    // sshd of pfSense takes no environment and would warn about it each time.
                    addPreviousOutputInEnv: false,
                },
                {
                    parent: this,
                    dependsOn: [...cluster, ...[firewalls[router] ?? []].flat()],
                    hideDiffs: ["stdin"],
                },
            );
            return stdout.apply((text) => [router, parseAgentResult(text)] as const);
        });
        // The engine may take the answer for secret as the question was; the agent puts none into it.
        this.table = pulumi.unsecret(
            pulumi
                .all(answers)
                .apply((all) => sessionsTable(plan.sessions, Object.fromEntries(all))),
        );
        this.registerOutputs({ table: this.table });
    }
}

/**
 * Changes when anything of either end changes, passwords included, and so makes the check run
 * again by an ordinary update. It stays secret: whoever knows the plan could try passwords on it.
 */
function digestOf(
    plan: Plan,
    secrets: Readonly<Record<SecretKey, pulumi.Output<string>>>,
): pulumi.Output<string> {
    const keys = Object.values(plan.metallb.passwords).concat(
        Object.values(plan.firewalls).flatMap(({ password }) => password ?? []),
    );
    const passwords = keys.map((key) => secretOf(secrets, key));
    return pulumi.secret(pulumi.all(passwords)).apply((values) => {
        const { metallb, firewalls, check } = plan;
        const { deadline, prefixes } = check;
        const text = JSON.stringify([metallb, firewalls, { deadline, prefixes }, values]);
        return createHash("sha256").update(text).digest("hex").slice(0, 12);
    });
}
