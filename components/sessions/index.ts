import * as pulumi from "@pulumi/pulumi";
import type { Plan } from "../../config/plan";
import { runError } from "../../config/run-error";
import { settled } from "../outputs";
import { type AgentResult, parseAgentResult, renderAgent } from "../pfsense/agent";
import type { Firewalls, Secrets } from "../pfsense/firewalls";
import type { Ask } from "../pfsense/observe";
import { runOverSsh } from "../pfsense/ssh";
import { type Answer, sessionsTable } from "./table";

export interface SessionCheckArgs {
    readonly plan: Plan;
    readonly secrets: Secrets;
    readonly firewalls: Firewalls;
    /** The cluster's ends of the sessions, by router. */
    readonly peers: Readonly<Record<string, readonly pulumi.Resource[]>>;
    /** Everything of the cluster's side. */
    readonly cluster: readonly pulumi.Resource[];
    /** How a firewall is asked. Default: over SSH. */
    readonly ask?: Ask;
}

/** Seconds beyond its own deadline after which the agent's answer is not waited for any more. */
const grace = 20;

/**
 * Proves, in every `up`, that the sessions are what the file says: each firewall is asked as soon as
 * both ends of its sessions are made, before the next firewall is touched, and once more at the end
 * for the wanted number of prefixes, until all of it is there or the deadline has passed.
 *
 * Nothing of it is remembered: a run that changes nothing asks, too. A preview shows the sessions as
 * the firewalls have them now. A failure ends the run with the firewalls' own words and the table.
 */
export class SessionCheck extends pulumi.ComponentResource {
    /** The sessions with their states, as the lines of a table. */
    public readonly table: pulumi.Output<string[]>;

    private readonly args: SessionCheckArgs;

    constructor(name: string, args: SessionCheckArgs, opts?: pulumi.ComponentResourceOptions) {
        const { deadline, prefixes } = args.plan.check;
        super("metallb-pfsense:index:SessionCheck", name, { deadline, prefixes }, opts);
        this.args = args;
        this.table = pulumi.unsecret(pulumi.runtime.isDryRun() ? this.seen() : this.proven());
        // Not the table: a failure would be told as one of its serialisation.
        this.registerOutputs({});
    }

    /** What the firewalls said before anything was done. */
    private seen(): pulumi.Output<string[]> {
        const { plan, firewalls } = this.args;
        const answers = Object.entries(firewalls.observations).flatMap(([router, { sessions }]) =>
            sessions ? [[router, { message: "", sessions }] as const] : [],
        );
        return pulumi.output(sessionsTable(plan.sessions, Object.fromEntries(answers)));
    }

    private proven(): pulumi.Output<string[]> {
        const { plan, firewalls, peers, cluster } = this.args;
        const turns = Object.entries(firewalls.resources).map(([router, firewall]) => {
            const ends = [firewall, ...(peers[router] ?? [])];
            const proof = made(ends, firewall.message).apply(async () => {
                if (this.isAsked(router)) this.require([await this.answerOf(router, 0)]);
            });
            void settled(proof).then(
                () => firewalls.turns.pass(router),
                (error: Error) => firewalls.turns.fail(router, error),
            );
            return proof;
        });
        return made(cluster, pulumi.all(turns)).apply(async () => {
            const answers = await Promise.all(
                Object.keys(firewalls.resources).map((router) => this.finalAnswer(router)),
            );
            this.require(answers);
            return sessionsTable(plan.sessions, Object.fromEntries(answers));
        });
    }

    /** A firewall that is down does not hold up what does not concern it; the end of the run names it. */
    private isAsked(router: string): boolean {
        const observation = this.args.firewalls.observations[router];
        return this.args.plan.check.deadline > 0 && observation?.reached === true;
    }

    private finalAnswer(router: string): Promise<Answered> {
        const { check } = this.args.plan;
        if (check.deadline > 0) return this.answerOf(router, check.prefixes);
        return Promise.resolve([router, { message: "not checked: bgp.check.deadline is 0" }]);
    }

    private async answerOf(router: string, prefixes: number): Promise<Answered> {
        const { plan, secrets, ask = runOverSsh } = this.args;
        const { connection, wanted } = plan.firewalls[router]!;
        const { deadline } = plan.check;
        const reason = `session check of ${plan.owner}`;
        const request = {
            version: 1,
            action: "check",
            reason,
            wanted,
            deadline,
            prefixes,
        } as const;
        try {
            const key = secrets.reveal(connection.sshKey);
            const waited = (deadline + grace) * 1000;
            const stdout = await ask(connection, key, renderAgent(request), waited);
            return [router, parseAgentResult(stdout)];
        } catch (error) {
            return [router, { message: (error as Error).message, outcome: "failed" }];
        }
    }

    /** @throws RunError with every sentence of the firewalls and the table */
    private require(answers: readonly Answered[]): void {
        const failed = answers.filter(([, { outcome }]) => outcome && outcome !== "established");
        if (failed.length === 0) return;
        const lines = failed.map(([router, { message }]) => `${router}: ${message}`);
        const table = sessionsTable(this.args.plan.sessions, Object.fromEntries(answers));
        throw runError([...lines, "", ...table].join("\n"));
    }
}

type Answered = readonly [router: string, Answer & { readonly outcome?: AgentResult["outcome"] }];

/** Known once all of these resources are made. */
const made = (resources: readonly pulumi.Resource[], also: pulumi.Input<unknown>) =>
    pulumi.all([pulumi.all(resources.map(({ urn }) => urn)), also]);
