import { sortKeys } from "./canonical";
import { derivePlan } from "./derive";
import { type Discovery, discoveryOf, type NodeList, nodeList, withNodes } from "./discover";
import { type Finding, Findings, findingText } from "./findings";
import type { Plan } from "./plan";
import { checkSite } from "./rules";
import { ruleCredentials } from "./rules/credentials";
import { checkSecretKeys, chooseSecrets, isSecretKey, type SecretContext } from "./secrets";
import { readShape } from "./shape";
import { resolveSite } from "./site";

export interface StackContext extends SecretContext {
    /** Name of the stack, the default of cluster.name. */
    readonly stack: string;
    /** What the reading of the file has found already; errors. */
    readonly findings?: readonly Finding[];
    /** Environments that may bring keys that are not in the file. */
    readonly environments?: readonly string[];
    /** What the cluster has answered to `bgp.discover`; absent: it was not asked. */
    readonly nodes?: NodeList;
}

export interface StackResult {
    /** Absent as soon as there is an error. */
    readonly plan?: Plan;
    readonly errors: readonly Finding[];
    readonly warnings: readonly Finding[];
    /** What is still to be filled in: secrets and placeholders. Without it nothing can run. */
    readonly todo: readonly Finding[];
    /** What the cluster is to be asked for its nodes; absent: an error, or they are in the file. */
    readonly discovery?: Discovery;
    /** Every node with its addresses, as far as it is known. */
    readonly nodes?: NodeList;
}

/**
 * Reads and checks a stack config and derives the plan; never throws for bad input.
 *
 * @param document values by config key without the project's prefix. Of a secret only its key
 *     counts, which stands in `context.secretKeys` too, so nothing needs to be decrypted.
 */
export function planFromStack(document: unknown, context: StackContext): StackResult {
    const findings = new Findings();
    const { errors, warnings, todo } = findings;
    for (const { path, reason } of context.findings ?? []) findings.error(path, reason);
    if (typeof document !== "object" || document === null || Array.isArray(document)) {
        findings.error("stack config", "must be a group of keys");
        return { errors, warnings, todo };
    }
    const { nodes } = context;
    const whole = nodes ? withNodes(document as Record<string, unknown>, nodes) : document;
    const sorted = sortKeys(whole) as Record<string, unknown>;
    const readable = checkSecretKeys(sorted, context, findings);
    ruleCredentials(readable, findings);
    const config = readShape(readable, context, findings);
    if (!config) return { errors, warnings, todo };
    const site = resolveSite(
        config,
        sorted,
        { stack: context.stack, asked: nodes !== undefined },
        findings,
    );
    // A secret that is not encrypted has been reported; it need not be called missing as well.
    const keys = new Set([...context.secretKeys, ...Object.keys(sorted).filter(isSecretKey)]);
    const secrets = chooseSecrets(site, keys, findings);
    checkSite(site, findings);
    if (errors.length > 0) return { errors, warnings, todo };
    const discovery = discoveryOf(site);
    return {
        plan: derivePlan(site, secrets, warnings.map(findingText)),
        errors,
        warnings,
        todo,
        nodes: nodeList(site),
        ...(discovery && { discovery }),
    };
}
