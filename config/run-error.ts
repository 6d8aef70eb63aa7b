import * as pulumi from "@pulumi/pulumi";

/**
 * An error that ends the run with its message alone, for people.
 *
 * It carries no stack: the SDK hands the stack of every error it reports to util.inspect, colours
 * included (cmd/run/error.ts), and that of Node 20.20 loops on the SDK's own frames until memory
 * for a string is used up, 15 s later (`markNodeModules`, a scoped module that is the last segment).
 */
export function runError(message: string): pulumi.RunError {
    // eslint-disable-next-line no-restricted-syntax -- the one place
    const error = new pulumi.RunError(message);
    delete error.stack;
    return error;
}
