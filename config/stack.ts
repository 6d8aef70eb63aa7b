import { derivePlan } from "./derive";
import { Findings } from "./findings";
import type { Plan } from "./plan";
import { checkSite } from "./rules";
import { stackSchema } from "./schema";
import { chooseSecrets, isSecretKey, type SecretContext } from "./secrets";
import { explainIssues } from "./shape";
import { resolveSite } from "./site";

export interface StackContext extends SecretContext {
    /** Name of the stack, the default of cluster.name. */
    readonly stack: string;
}

export interface StackResult {
    /** Absent as soon as there is an error. */
    readonly plan?: Plan;
    readonly errors: readonly string[];
    readonly warnings: readonly string[];
}

/**
 * Reads and checks a stack config and derives the plan; never throws for bad input.
 *
 * @param document values by config key without the project's prefix; of a secret only its key
 *     counts, which stands in `context.secretKeys`, so nothing needs to be decrypted.
 */
export function planFromStack(document: unknown, context: StackContext): StackResult {
    const findings = new Findings();
    const parsed = stackSchema.safeParse(withoutSecrets(document, context));
    if (!parsed.success) {
        explainIssues(parsed.error, document, findings);
        return { errors: findings.errors, warnings: findings.warnings };
    }
    const site = resolveSite(parsed.data, context.stack, findings);
    const secrets = chooseSecrets(site, context, findings);
    checkSite(site, findings);
    const { errors, warnings } = findings;
    if (errors.length > 0) return { errors, warnings };
    return { plan: derivePlan(site, secrets, warnings), errors, warnings };
}

function withoutSecrets(document: unknown, context: StackContext): unknown {
    if (typeof document !== "object" || document === null || Array.isArray(document)) {
        return document;
    }
    return Object.fromEntries(
        Object.entries(document).filter(
            ([key]) => !(isSecretKey(key) && context.secretKeys.includes(key)),
        ),
    );
}
