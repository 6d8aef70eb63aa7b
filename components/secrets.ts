import * as pulumi from "@pulumi/pulumi";
import type { SecretKey } from "../config/plan";
import { runError } from "../config/run-error";

/**
 * The secret of one config key, marked as one whatever its source said.
 * @throws RunError with the key when there is none
 */
export function secretOf(
    secrets: Readonly<Record<SecretKey, pulumi.Output<string>>>,
    key: SecretKey,
): pulumi.Output<string> {
    const secret = secrets[key];
    if (secret === undefined) {
        throw runError(`The stack config has no secret ${key}.`);
    }
    return pulumi.secret(secret);
}
