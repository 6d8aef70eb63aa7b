import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { ConnectionPlan, FirewallState } from "../../config/plan";
import { type AgentRequest, type AgentResult, parseAgentResult, renderAgent } from "./agent";
import { foretell } from "./foretell";

export interface PfSenseBgpArgs {
    /** How to reach the firewall; the private key comes apart from it. */
    readonly connection: Omit<ConnectionPlan, "sshKey">;
    /** Private key in PEM or OpenSSH form. */
    readonly sshKey: pulumi.Input<string>;
    /** BGP settings, neighbours and prefix lists of this cluster on this firewall. */
    readonly wanted: FirewallState;
    /** TCP MD5 password of all neighbours; absent: sessions without one. */
    readonly password?: pulumi.Input<string>;
    /**
     * Seconds one run of the agent may take on the firewall, at most 3600. Default 120 and 10 more a
     * neighbour: FRR's frr-reload.py takes up to 7 s to delete one, a line at a time.
     */
    readonly deadline?: number;
    /**
     * Ask the firewall during a preview, without changing it, what this would do there and to running
     * sessions; the answer stands among the preview's diagnostics. Default false.
     */
    readonly foretell?: boolean;
}

/**
 * Makes FRR on one pfSense firewall a BGP neighbour of every node, and takes that back on destroy.
 *
 * One SSH command for all neighbours: one write of config.xml, one reload of FRR, one entry in the
 * config history. The component's own inputs are plain values, so that a preview shows which
 * neighbour changes; the script that carries them is a secret of the child.
 */
export class PfSenseBgp extends pulumi.ComponentResource {
    /** What the last run did, in one sentence. */
    public readonly message: pulumi.Output<string>;
    /** The changes of the last run, one sentence each. */
    public readonly changes: pulumi.Output<readonly string[]>;

    constructor(name: string, args: PfSenseBgpArgs, opts?: pulumi.ComponentResourceOptions) {
        super("metallb-pfsense:index:PfSenseBgp", name, reviewed(args), opts);
        const run = new command.remote.Command(
            name,
            {
                connection: sshConnection(args.connection, args.sshKey),
                create: `${args.connection.command} -- apply`,
                delete: `${args.connection.command} -- remove`,
                stdin: agentScript(args),
                logging: "none",
                addPreviousOutputInEnv: false,
            },
            {
                parent: this,
                additionalSecretOutputs: ["stdout", "stderr"],
                hideDiffs: ["stdin"],
                // Another mark cannot be reached by an update, and the new entries would meet the
                // old ones' addresses: the old ones go first. A new host is an update: a wrong one
                // must fail before anything is taken away.
                replacementTrigger: args.wanted.owner,
                deleteBeforeReplace: true,
            },
        );
        const result = pulumi.unsecret(run.stdout).apply(resultOf);
        this.message = result.apply((said) => said.message);
        this.changes = result.apply((said) => said.changes);
        const told =
            args.foretell && pulumi.runtime.isDryRun() ? foretold(this, name, args) : undefined;
        this.registerOutputs({ message: this.message, changes: this.changes, told });
    }
}

/** Connection arguments of one firewall: one dial, because sshguard blocks who tries again. */
export function sshConnection(
    connection: Omit<ConnectionPlan, "sshKey">,
    sshKey: pulumi.Input<string>,
): command.types.input.remote.ConnectionArgs {
    return {
        host: connection.host,
        port: connection.port,
        user: connection.user,
        hostKey: connection.hostKey,
        privateKey: sshKey,
        dialErrorLimit: 1,
        perDialTimeout: 10,
    };
}

function agentScript(args: PfSenseBgpArgs): pulumi.Output<string> {
    return pulumi.secret(
        pulumi.output(args.password).apply((password) => renderAgent(requestOf(args, password))),
    );
}

function requestOf(args: PfSenseBgpArgs, password: string | undefined): AgentRequest {
    return {
        version: 1,
        action: "apply",
        reason: `pulumi ${pulumi.getProject()}/${pulumi.getStack()}: neighbours of ${args.wanted.owner}`,
        wanted: args.wanted,
        deadline: args.deadline ?? Math.min(120 + 10 * args.wanted.neighbours.length, 3600),
        ...(password === undefined ? {} : { password }),
    };
}

/** Tells it in the preview's diagnostics; an output without a value, for the preview to wait for. */
function foretold(
    resource: pulumi.Resource,
    name: string,
    args: PfSenseBgpArgs,
): pulumi.Output<void> {
    const told = pulumi.all([args.sshKey, args.password]).apply(async ([sshKey, password]) => {
        const request = requestOf(args, password);
        const { severity, text } = await foretell(name, args.connection, sshKey, request);
        await pulumi.log[severity](text, resource);
    });
    return pulumi.unsecret(told);
}

function resultOf(stdout: string | undefined): Pick<AgentResult, "message" | "changes"> {
    return stdout ? parseAgentResult(stdout) : { message: "", changes: [] };
}

/** The component's inputs as a reviewer reads them: lists become records, so that one neighbour is one line of a diff. */
function reviewed(args: PfSenseBgpArgs): pulumi.Inputs {
    const { host, port, user, hostKey, command: agentCommand } = args.connection;
    const { neighbours, prefixLists, ...settings } = args.wanted;
    return {
        connection: { host, port, user, hostKey, command: agentCommand },
        ...settings,
        neighbours: Object.fromEntries(
            neighbours.map(({ address, ...neighbour }) => [address, neighbour]),
        ),
        prefixLists: Object.fromEntries(prefixLists.map(({ name, ...list }) => [name, list])),
        ...(args.password === undefined ? {} : { password: pulumi.secret(args.password) }),
    };
}
