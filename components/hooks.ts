import { AsyncResource } from "node:async_hooks";
import * as pulumi from "@pulumi/pulumi";

/** False under Pulumi's mocks, whose monitor takes no hooks (pulumi/pulumi#20874). */
export function takesHooks(kind: "registerResourceHook" | "registerErrorHook"): boolean {
    const monitor = pulumi.runtime.getMonitor() as
        Partial<Record<typeof kind, unknown>> | undefined;
    return typeof monitor?.[kind] === "function";
}

/**
 * How a hook warns; to be made while the program runs. The engine calls hooks outside of the
 * program's own context, and with the Automation API a log finds its engine in that alone.
 */
export const hookWarning = (): ((text: string) => Promise<void>) =>
    AsyncResource.bind((text: string) => pulumi.log.warn(text));

/**
 * What is done before or after an object is made or changed.
 * @returns undefined under Pulumi's mocks
 */
export function atChange(
    when: "before" | "after",
    name: string,
    run: () => Promise<void> | void,
): pulumi.ResourceHookBinding | undefined {
    if (!takesHooks("registerResourceHook")) return undefined;
    const hooks = [new pulumi.ResourceHook(name, run)];
    return when === "before"
        ? { beforeCreate: hooks, beforeUpdate: hooks }
        : { afterCreate: hooks, afterUpdate: hooks };
}

const stages = ["beforeCreate", "beforeUpdate", "afterCreate", "afterUpdate"] as const;

/** All hooks of these bindings, in their order. */
export function joined(
    ...bindings: readonly (pulumi.ResourceHookBinding | undefined)[]
): pulumi.ResourceHookBinding {
    const all: pulumi.ResourceHookBinding = {};
    for (const binding of bindings) {
        if (!binding) continue;
        for (const when of stages) {
            if (binding[when]) all[when] = [...(all[when] ?? []), ...binding[when]];
        }
        if (binding.onError) all.onError = [...(all.onError ?? []), ...binding.onError];
    }
    return all;
}
