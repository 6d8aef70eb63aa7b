import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { FirewallState } from "../../config/plan";
import type { StackIdentity } from "../../config/stack-mark";
import { type AgentRequest, type AgentResult, parseAgentResult, renderAgent } from "./agent";
import type { Target } from "./ssh";

/** Who holds the entries on a firewall. */
export interface Holder {
    readonly stack: StackIdentity;
    /** Name of this firewall in the stack config. */
    readonly router: string;
    /** All routers of the stack with a firewall: what one that is gone held is handed over. */
    readonly routers: readonly string[];
}

export interface PfSenseBgpArgs {
    /** How to reach the firewall; the private key comes apart from it. */
    readonly connection: Target;
    /** Private key in PEM or OpenSSH form; absent: the SSH agent has it. */
    readonly sshKey?: pulumi.Input<string>;
    /** What opens the key; absent: it has no passphrase. */
    readonly passphrase?: pulumi.Input<string>;
    /** BGP settings, neighbours and prefix lists of this cluster on this firewall. */
    readonly wanted: FirewallState;
    /** TCP MD5 password of all neighbours; absent: sessions without one. */
    readonly password?: pulumi.Input<string>;
    /**
     * Seconds one run of the agent may take on the firewall, at most 3600. Default 240 and 10 more a
     * neighbour: a node with FRR's own connect time dials every two minutes, and FRR's frr-reload.py
     * takes up to 7 s to delete a neighbour, a line at a time.
     */
    readonly deadline?: number;
    /** The firewall is gone for good: nothing is done to it, not even when the resource is deleted. */
    readonly gone?: boolean;
    /** Absent: the name of the cluster alone says whose the entries are. */
    readonly holder?: Holder;
    /**
     * What to call the apply, which runs when this is another name than the last one's. Absent: not
     * known, so that only the other arguments make it run.
     */
    readonly run?: string;
}

/**
 * Makes FRR on one pfSense firewall a BGP neighbour of every node, and takes that back on destroy.
 *
 * One SSH command each for all neighbours: one write of config.xml, one reload of FRR, one entry in the
 * config history. The component's own inputs are plain values, so that a preview shows which
 * neighbour changes; the script that carries them is a secret of the child.
 */
export class PfSenseBgp extends pulumi.ComponentResource {
    /** What the last run said; undefined where there was none yet, or `--target` left it out. */
    public readonly said: pulumi.Output<Said | undefined>;

    constructor(name: string, args: PfSenseBgpArgs, opts?: pulumi.ComponentResourceOptions) {
        super("metallb-pfsense:index:PfSenseBgp", name, reviewed(args), opts);
        const { connection, sshKey, passphrase } = args;
        const common = {
            connection: sshConnection(connection, sshKey, passphrase),
            addPreviousOutputInEnv: false,
        };
        const removal = this.removal(`${name}.removal`, args, common);
        const apply = `${connection.command} -- apply ${args.run ?? ""}`.trim();
        const run = new command.remote.Command(
            name,
            {
                ...common,
                create: apply,
                update: apply,
                stdin: agentScript(args, args.password),
                // Its progress; all other runs say what they do in their result.
                logging: args.wanted.installPackage ? "stderr" : "none",
            },
            {
                ...this.options,
                dependsOn: [removal],
                ...(args.run === undefined && { ignoreChanges: ["create", "update"] }),
                ...(args.gone && untouched),
            },
        );
        this.said = pulumi.unsecret(run.stdout).apply(resultOf);
        this.registerOutputs({ said: this.said });
    }

    /**
     * What takes the entries back. It is known to the state before the first of them is written: a
     * resource that a killed run was making is not, and a destroy after it would leave what the agent
     * has done.
     */
    private removal(
        name: string,
        args: PfSenseBgpArgs,
        common: command.remote.CommandArgs,
    ): pulumi.Resource {
        return new command.remote.Command(
            name,
            {
                ...common,
                delete: `${args.connection.command} -- remove`,
                // Of a removal nobody asks the password.
                stdin: agentScript(args),
                logging: "none",
            },
            {
                ...this.options,
                // The other way round `--replace` would end with the removal.
                deleteBeforeReplace: true,
                ...(args.gone && untouched),
            },
        );
    }

    private get options(): pulumi.CustomResourceOptions {
        return {
            parent: this,
            additionalSecretOutputs: ["stdout", "stderr"],
            hideDiffs: ["stdin"],
        };
    }
}

/** Nothing is done to a firewall that is gone. */
const untouched: pulumi.CustomResourceOptions = { ignoreChanges: ["*"], retainOnDelete: true };

/** Connection arguments of one firewall: one dial, because sshguard blocks who tries again. */
export function sshConnection(
    { jump, ...connection }: Target,
    sshKey?: pulumi.Input<string>,
    passphrase?: pulumi.Input<string>,
): command.types.input.remote.ConnectionArgs {
    const login = ({ host, port, user, hostKey }: NonNullable<Target["jump"]>) => ({
        host,
        port,
        user,
        hostKey,
        // Without one the plugin asks the agent of SSH_AUTH_SOCK, which is no input: it varies.
        ...(sshKey !== undefined && { privateKey: sshKey }),
        ...(passphrase !== undefined && { privateKeyPassword: passphrase }),
        dialErrorLimit: 1,
        perDialTimeout: 10,
    });
    return { ...login(connection), ...(jump && { proxy: login(jump) }) };
}

/** The request of an apply; the action on the command line wins over it. */
function agentScript(
    { wanted, holder, deadline }: PfSenseBgpArgs,
    password?: pulumi.Input<string>,
): pulumi.Output<string> {
    const script = (known?: string) => renderAgent(applyRequest(wanted, holder, known, deadline));
    return pulumi.secret(pulumi.output(password).apply(script));
}

/** Seconds that an apply may take: FRR needs up to 7 to delete a neighbour; a package has to be fetched. */
const longest = ({ neighbours, installPackage }: FirewallState): number =>
    Math.min(240 + 10 * neighbours.length + (installPackage ? 600 : 0), 3600);

/** What an apply asks the agent for; a preview asks with the same request what it would do. */
export function applyRequest(
    wanted: FirewallState,
    holder: Holder | undefined,
    password: string | undefined,
    deadline = longest(wanted),
): AgentRequest {
    return {
        version: 1,
        action: "apply",
        reason: `pulumi ${pulumi.getProject()}/${pulumi.getStack()}: neighbours of ${wanted.owner}`,
        ...holder,
        wanted,
        deadline,
        ...(password === undefined ? {} : { password }),
    };
}

/** What a run did, in one sentence and by its changes. */
export interface Said extends Pick<AgentResult, "message" | "changes"> {
    /** Something else than the agent has run, whatever its exit code was. */
    readonly problem?: string;
}

function resultOf(stdout: string | undefined): Said | undefined {
    if (!stdout) return undefined;
    try {
        const { message, changes } = parseAgentResult(stdout);
        return { message, changes };
    } catch (error) {
        const problem = (error as Error).message;
        return { message: problem, changes: [], problem };
    }
}

/** The component's inputs as a reviewer reads them: lists become records, so that one neighbour is one line of a diff. */
function reviewed(args: PfSenseBgpArgs): pulumi.Inputs {
    const { host, port, user, hostKey, jump, command: agentCommand } = args.connection;
    const { neighbours, prefixLists, ...settings } = args.wanted;
    return {
        connection: { host, port, user, hostKey, ...(jump && { jump }), command: agentCommand },
        ...settings,
        neighbours: Object.fromEntries(
            neighbours.map(({ address, ...neighbour }) => [address, neighbour]),
        ),
        prefixLists: Object.fromEntries(prefixLists.map(({ name, ...list }) => [name, list])),
        ...(args.password === undefined ? {} : { password: pulumi.secret(args.password) }),
    };
}
