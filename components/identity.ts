import { randomUUID } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import type { StackIdentity } from "../config/stack-mark";
import { settled } from "./outputs";

/** The name of this stack, whole, as the backend knows it. */
export const stackName = (): string =>
    [pulumi.getOrganization(), pulumi.getProject(), pulumi.getStack()].join("/");

/**
 * The stack's identity: drawn once, then kept in its state by the engine's own Stash. A stack whose
 * state is lost is another stack; `adopt: true` takes its entries over.
 */
export async function stackIdentity(): Promise<StackIdentity> {
    const drawn = randomUUID();
    const stash = new pulumi.Stash("identity", { input: drawn }, { ignoreChanges: ["input"] });
    // The first preview has no state yet, and nobody has entries of this stack.
    return {
        id: (await settled(stash.output as unknown as pulumi.Output<string>)) ?? drawn,
        name: stackName(),
    };
}
