import * as pulumi from "@pulumi/pulumi";
import type { FirewallState, Plan } from "../../config/plan";
import { runError } from "../../config/run-error";
import { made, settled } from "../outputs";
import { type AgentResult, parseAgentResult, renderAgent } from "../pfsense/agent";
import type { PfSenseBgp } from "../pfsense";
import { type Firewalls, keyOf, type Secrets } from "../pfsense/firewalls";
import type { Ask } from "../pfsense/observe";
import { runOverSsh } from "../pfsense/ssh";
import { carries, drainageOf, undrained } from "./maintenance";
import { type Answer, sessionsTable } from "./table";

export interface SessionCheckArgs {
    readonly plan: Plan;
    readonly secrets: Secrets;
    /** What was seen of each firewall before anything was done. */
    readonly observations: Firewalls["observations"];
    /** How a firewall is asked. Default: over SSH. */
    readonly ask?: Ask;
}

/** The way on for a firewall that does not answer and never will. */
const ifGone = "; is it gone for good, set pfsense.gone: true for this router";

/** Seconds to look at sessions that are not waited for: the agent waits for all it is asked about. */
const glance = 10;
/** Milliseconds between two looks at what is drained. */
const pause = 1000;

/** Seconds beyond its own deadline after which the agent's answer is not waited for any more. */
const grace = 20;

/**
 * Proves, in every `up`, that the sessions are what the file says: each firewall is asked as soon as
 * both ends of its sessions are made, before the next firewall is touched (on a first installation
 * after all of them: no session is there to be at risk), and once more at the end for the wanted
 * number of prefixes, until all of it is there or the deadline has passed.
 *
 * Of sessions in maintenance it proves that they carry nothing, and that the others do: their node
 * or firewall may be switched off, and is not waited for.
 *
 * Nothing of it is remembered: a run that changes nothing asks, too. A preview shows the sessions as
 * the firewalls have them now. A failure ends the run with the firewalls' own words and the table.
 */
export class SessionCheck extends pulumi.ComponentResource {
    private readonly args: SessionCheckArgs;
    /** Firewalls that this run has made or found; one that `--target` left out is not asked. */
    private readonly proven = new Set<string>();

    constructor(name: string, args: SessionCheckArgs, opts?: pulumi.ComponentResourceOptions) {
        const { deadline, prefixes } = args.plan.check;
        super("metallb-pfsense:index:SessionCheck", name, { deadline, prefixes }, opts);
        this.args = args;
        // Not the table: a failure would be told as one of its serialisation.
        this.registerOutputs({});
    }

    /**
     * Settles when one router's firewall has taken what is wanted, so that the next one may be
     * touched where there is no session yet to be proven; in a preview at once.
     * @throws RunError when the firewall's agent has refused it
     */
    async taken(router: string, firewall: PfSenseBgp | undefined): Promise<boolean> {
        if (!this.isThere(router, firewall)) return false;
        const said = await settled(firewall.said);
        if (said?.problem !== undefined) throw runError(`${router}: ${said.problem}`);
        return said !== undefined;
    }

    /**
     * Settles when one router's sessions are up, so that the next router may be touched; in a
     * preview at once. The program waits here, because a resource that waited for a promise that
     * rejects would leave the ones behind it, and so the run, waiting for ever.
     * @throws RunError when the firewall's agent did not run or its sessions do not come up
     */
    async prove(
        router: string,
        firewall: PfSenseBgp | undefined,
        peers: readonly pulumi.Resource[],
    ): Promise<void> {
        if (!this.isThere(router, firewall)) return;
        const taken = await this.taken(router, firewall);
        await made(peers);
        if (!taken) return;
        this.proven.add(router);
        if (!this.isAsked(router)) return;
        const answer = await this.carrying(router, 0);
        if (answer) this.require([answer]);
    }

    /**
     * The sessions with their states as the lines of a table, asked for when the cluster's side is
     * complete; in a preview as they were before anything was done.
     * @throws RunError with the firewalls' own words and the table
     */
    async conclude(cluster: readonly pulumi.Resource[]): Promise<string[]> {
        if (pulumi.runtime.isDryRun()) return this.seen();
        await made(cluster);
        const { plan } = this.args;
        const answers = await Promise.all(
            Object.keys(plan.firewalls).map((router) => this.finalAnswer(router)),
        );
        this.require(answers);
        await this.warnOfOthers(answers);
        return sessionsTable(plan.sessions, Object.fromEntries(answers));
    }

    /** Nobody else's session is lost unseen; whether this run or its own other end ended it, is not known. */
    private async warnOfOthers(answers: readonly Answered[]): Promise<void> {
        for (const [router, { others: now }] of answers) {
            const { others: before = [] } = this.args.observations[router] ?? {};
            const lost = now ? before.filter((neighbour) => !now.includes(neighbour)) : [];
            if (lost.length === 0) continue;
            await pulumi.log.warn(
                `${router}: Established before this run and not now, of others: ${lost.join(", ")}`,
            );
        }
    }

    private seen(): string[] {
        const { plan, observations } = this.args;
        const answers = Object.entries(observations).flatMap(([router, { sessions }]) =>
            sessions ? [[router, { message: "", sessions }] as const] : [],
        );
        return sessionsTable(plan.sessions, Object.fromEntries(answers));
    }

    private isThere(router: string, firewall?: PfSenseBgp): firewall is PfSenseBgp {
        return firewall !== undefined && !pulumi.runtime.isDryRun() && !this.isGone(router);
    }

    private isGone(router: string): boolean {
        return this.args.plan.firewalls[router]?.gone === true;
    }

    /** A firewall that is down does not hold up what does not concern it; the end of the run names it. */
    private isAsked(router: string): boolean {
        const observation = this.args.observations[router];
        return this.args.plan.check.deadline > 0 && observation?.reached === true;
    }

    private finalAnswer(router: string): Promise<Answered> {
        const { check } = this.args.plan;
        const because = (reason: string): Answered => [
            router,
            { message: `not checked: ${reason}` },
        ];
        if (check.deadline === 0) return Promise.resolve(because("bgp.check.deadline is 0"));
        if (this.isGone(router)) return Promise.resolve(because("the firewall is gone"));
        if (!this.proven.has(router)) return Promise.resolve(because("not part of this run"));
        return this.proof(router, check.prefixes);
    }

    private async proof(router: string, prefixes: number): Promise<Answered> {
        const carrying = await this.carrying(router, prefixes);
        if (!this.args.plan.maintenance || (carrying && isFailed(carrying))) return carrying!;
        return this.drained(router);
    }

    /** The sessions that are not in maintenance, with the wanted prefixes; undefined: all of them are. */
    private async carrying(router: string, prefixes: number): Promise<Answered | undefined> {
        const { plan } = this.args;
        const { wanted } = plan.firewalls[router]!;
        const neighbours = carries(plan, router, wanted.neighbours);
        // A firewall without any is asked as well: it has to answer.
        if (neighbours.length === 0 && wanted.neighbours.length > 0) return undefined;
        const { deadline } = plan.check;
        return this.answerOf(router, { ...wanted, neighbours }, deadline, prefixes);
    }

    /** Looks until no session in maintenance has prefixes and others have, or the deadline has passed. */
    private async drained(router: string): Promise<Answered> {
        const { plan, observations } = this.args;
        const { wanted } = plan.firewalls[router]!;
        const drainage = drainageOf(plan, router, observations[router]?.sessions);
        const end = Date.now() + plan.check.deadline * 1000;
        for (;;) {
            const seconds = Math.min(glance, plan.check.deadline);
            const [, answer] = await this.answerOf(router, wanted, seconds, 0);
            const off = !answer.sessions && drainage.whole && !observations[router]?.reached;
            if (off) return [router, { message: `in maintenance: ${answer.message}` }];
            const problems = answer.sessions
                ? undrained(drainage, answer.sessions)
                : [answer.message];
            if (problems.length === 0) return [router, { ...answer, outcome: "established" }];
            if (Date.now() >= end) {
                return [router, { ...answer, message: problems.join("; "), outcome: "failed" }];
            }
            await new Promise((resolve) => setTimeout(resolve, pause));
        }
    }

    private async answerOf(
        router: string,
        wanted: FirewallState,
        deadline: number,
        prefixes: number,
    ): Promise<Answered> {
        const { plan, secrets, ask = runOverSsh } = this.args;
        const { connection } = plan.firewalls[router]!;
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
            const key = keyOf(connection, secrets.reveal);
            const waited = (deadline + grace) * 1000;
            const stdout = await ask(connection, key, renderAgent(request), waited);
            return [router, parseAgentResult(stdout)];
        } catch (error) {
            const message = `${(error as Error).message}${ifGone}`;
            return [router, { message, outcome: "failed" }];
        }
    }

    /** @throws RunError with every sentence of the firewalls and the table */
    private require(answers: readonly Answered[]): void {
        const failed = answers.filter(isFailed);
        if (failed.length === 0) return;
        const lines = failed.map(([router, { message }]) => `${router}: ${message}`);
        const table = sessionsTable(this.args.plan.sessions, Object.fromEntries(answers));
        throw runError([...lines, "", ...table].join("\n"));
    }
}

const isFailed = ([, { outcome }]: Answered): boolean =>
    outcome !== undefined && outcome !== "established";

type Answered = readonly [
    router: string,
    Answer & { readonly outcome?: AgentResult["outcome"]; readonly others?: readonly string[] },
];
