import * as pulumi from "@pulumi/pulumi";

/** What the SDK has no public way for: waiting for an output outside of apply(). */
interface Inner<T> {
    promise(): Promise<T>;
    readonly isKnown: Promise<boolean>;
}

/** Settles as the output does, rejection included; undefined in a preview that cannot know it. */
export async function settled<T>(output: pulumi.Output<T>): Promise<T | undefined> {
    const inner = output as unknown as Inner<T>;
    const value = await inner.promise();
    return (await inner.isKnown) ? value : undefined;
}

/** Settles when all of these resources are made. */
export const made = (resources: readonly pulumi.Resource[]): Promise<unknown> =>
    settled(pulumi.all(resources.map(({ urn }) => urn)));
