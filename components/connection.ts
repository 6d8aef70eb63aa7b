import type { types } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { ConnectionPlan, SecretKey } from "../config/plan";

/**
 * The SSH connection to a firewall, with its host key pinned.
 * @throws RunError when the stack config has no such SSH key
 */
export function connectionArgs(
    connection: ConnectionPlan,
    secrets: Readonly<Record<SecretKey, pulumi.Output<string>>>,
): types.input.remote.ConnectionArgs {
    const { host, port, user, hostKey, sshKey } = connection;
    const privateKey = secrets[sshKey];
    if (privateKey === undefined) {
        throw new pulumi.RunError(`The stack config has no secret ${sshKey}.`);
    }
    return {
        host,
        port,
        user,
        hostKey,
        privateKey: pulumi.secret(privateKey),
        // Every error is dialled again, a wrong key too, and sshguard on pfSense blocks whoever
        // fails a few times: one more try is all there is to gain.
        dialErrorLimit: 1,
        perDialTimeout: 10,
    };
}
