import * as pulumi from "@pulumi/pulumi";

export type Annotations = Readonly<Record<string, pulumi.Input<string>>>;

/** No key without a value: the plugin would show empty annotations as a change for ever. */
export const annotated = (annotations: Annotations): { annotations?: Annotations } =>
    Object.keys(annotations).length > 0 ? { annotations } : {};

/** What the plugin waits for at an object. */
export const waitingFor = (conditions: readonly string[]): Annotations =>
    conditions.length > 0 ? { "pulumi.com/waitFor": JSON.stringify(conditions) } : {};

/**
 * Lets an object that nothing hangs on go at once (metadata/overrides.go of the plugin). Its default,
 * foreground, waits for Kubernetes' garbage collector, which learns of a new kind only every 30 s.
 */
export const goneAtOnce: Annotations = { "pulumi.com/deletionPropagationPolicy": "background" };

/** Takes fields from other field managers: another stack's objects are another one's. */
export const forced = (adopt: boolean | undefined): Annotations =>
    adopt ? { "pulumi.com/patchForce": "true" } : {};

/** What makes the plugin leave the webhook out of a preview, because it would refuse today. */
export function notYetAskable(): Annotations {
    const later = pulumi.output(pulumi.unknown) as unknown as pulumi.Output<string>;
    return { "metallb-pfsense/takes-over": later };
}
