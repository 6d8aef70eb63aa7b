import * as pulumi from "@pulumi/pulumi";
import type { Plan, SecretKey } from "./plan";
import { loginKeys } from "./access-secrets";
import type { Discovery, NodeList } from "./discover";
import { problemsText } from "./findings";
import { runError } from "./run-error";
import { isSecretKey, passwordProblem, sshKeyProblem } from "./secrets";
import { planFromStack } from "./stack";
import { fromText, ownValues } from "./stack-file";

export interface LoadedFile {
    readonly plan: Plan;
    /** Every node with its addresses, for the next `up` to compare with. */
    readonly nodes: NodeList;
    /** What the cluster is to be asked for; absent: the file lists the nodes. */
    readonly discovery?: Discovery;
}

export interface LoadedStack extends Omit<LoadedFile, "discovery"> {
    readonly secrets: {
        /** Every secret that the plan names, by config key. */
        readonly outputs: Readonly<Record<SecretKey, pulumi.Output<string>>>;
        /** One of them in clear, for what the program itself asks a firewall; never to be shown. */
        readonly reveal: (key: SecretKey) => string;
    };
}

/**
 * Reads the stack config of this run: the only place that knows pulumi.Config.
 *
 * Warnings are in the plan, for the program to log.
 * @param file what loadFile() gave
 * @param answer the nodes that the cluster has, where the file has it asked for them
 * @throws pulumi.RunError with every problem of the config, one a line, and the warnings after them
 */
export function loadStack(file = loadFile(), answer?: NodeList): LoadedStack {
    const { plan, nodes } = answer ? loadFile(answer) : file;
    const config = new pulumi.Config();
    const reveal = (key: SecretKey) => config.require(key);
    return { plan, nodes, secrets: { outputs: readSecrets(config, plan), reveal } };
}

/**
 * The plan by the file alone, and what the cluster is to be asked before it is whole.
 * @throws as loadStack(), so that nobody is asked for the nodes of a config with errors
 */
export function loadFile(answer?: NodeList): LoadedFile {
    const config = new pulumi.Config();
    const { own, strangers } = ownValues(pulumi.runtime.allConfig());
    const secretKeys = Object.keys(own).filter((key) => isSecretConfig(`${config.name}:${key}`));
    const document = Object.fromEntries(
        Object.entries(own).map(([key, value]) => [key, isSecretKey(key) ? null : fromText(value)]),
    );
    const result = planFromStack(document, {
        ...(answer && { nodes: answer }),
        stack: pulumi.getStack(),
        secretKeys,
        findings: strangers,
    });
    const { plan, nodes = {}, discovery, errors, warnings, todo } = result;
    if (!plan || todo.length > 0) throw runError(problemsText([...errors, ...todo], warnings));
    return { plan, nodes, ...(discovery && { discovery }) };
}

/** The SDK knows which keys are encrypted, but its types do not show the function. */
function isSecretConfig(key: string): boolean {
    const runtime = pulumi.runtime as unknown as { isConfigSecret(key: string): boolean };
    return runtime.isConfigSecret(key);
}

function readSecrets(config: pulumi.Config, plan: Plan): Record<SecretKey, pulumi.Output<string>> {
    const passwords = new Set(Object.values(plan.metallb.passwords));
    const connections = Object.values(plan.firewalls).map(({ connection }) => connection);
    const sshKeys = connections.flatMap(({ sshKey }) => sshKey ?? []);
    const passphrases = connections.flatMap(({ passphrase }) => passphrase ?? []);
    return Object.fromEntries([
        ...[...passwords].map((key) => [key, checked(config, key, passwordProblem)]),
        ...[...new Set(sshKeys)].map((key) => [key, checked(config, key, sshKeyProblem)]),
        ...[...new Set([...passphrases, ...loginKeys(plan.metallb)])].map((key) => [
            key,
            config.requireSecret(key),
        ]),
    ]) as Record<SecretKey, pulumi.Output<string>>;
}

/** The value is looked at inside the secret output only, and never stands in an error. */
function checked(
    config: pulumi.Config,
    key: SecretKey,
    problemOf: (key: SecretKey, value: string) => string | undefined,
): pulumi.Output<string> {
    return config.requireSecret(key).apply((value) => {
        const problem = problemOf(key, value);
        if (problem !== undefined) throw runError(problem);
        return value;
    });
}
