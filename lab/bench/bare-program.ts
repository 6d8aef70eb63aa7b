import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";

/** Environment variable with the path of a state that `pulumi stack export --show-secrets` has written. */
export const stateVariable = "BENCH_STATE";

interface Resource {
    readonly urn: string;
    readonly type: string;
    readonly custom?: boolean;
    readonly parent?: string;
    /** URN and id of its provider, joined by "::". */
    readonly provider?: string;
    readonly inputs?: Record<string, unknown>;
    readonly dependencies?: readonly string[];
}

/**
 * Registers what a state holds, with the inputs that stand in it, and does nothing else: no config
 * is read, no cluster and no firewall is asked. What a preview of that takes is the engine's and the
 * plugins' part of a preview of the whole program.
 */
export default (): Promise<Record<string, unknown>> => {
    const text = readFileSync(process.env[stateVariable]!, "utf8");
    const { deployment } = JSON.parse(text) as { deployment: { resources: Resource[] } };
    const made = new Map<string, pulumi.Resource>();
    for (const resource of deployment.resources) {
        const one = register(resource, made);
        if (one) made.set(resource.urn, one);
    }
    return Promise.resolve({});
};

function register(
    { urn, type, custom, parent, provider, inputs, dependencies }: Resource,
    made: ReadonlyMap<string, pulumi.Resource>,
): pulumi.Resource | undefined {
    const name = urn.slice(urn.lastIndexOf("::") + 2);
    const isDefault = (one: string) => one.startsWith("default_");
    if (type === "pulumi:pulumi:Stack" || isDefault(name)) return undefined;
    const [providerUrn = ""] = provider?.split(/::[^:]*$/) ?? [];
    const own = made.get(providerUrn);
    const version = /default_(\d+)_(\d+)_(\d+)/.exec(providerUrn)?.slice(1).join(".");
    const above = made.get(parent ?? "");
    const opts: pulumi.CustomResourceOptions = {
        ...(above && { parent: above }),
        ...(own && { provider: own as pulumi.ProviderResource }),
        ...(version !== undefined && { version }),
        dependsOn: (dependencies ?? []).flatMap((one) => made.get(one) ?? []),
    };
    const props = plain(inputs ?? {}) as pulumi.Inputs;
    const providers = "pulumi:providers:";
    if (type.startsWith(providers))
        return new (class extends pulumi.ProviderResource {})(
            type.slice(providers.length),
            name,
            props,
            opts,
        );
    return custom
        ? new (class extends pulumi.CustomResource {})(type, name, props, opts)
        : new (class extends pulumi.ComponentResource {})(type, name, props, opts);
}

/** Key and value by which a state marks a secret. */
const [mark, secretMark] = ["4dabf18193072939515e22adb298388d", "1b47061264138c4ac30d75fd1eb44270"];

/** Inputs as a program gives them: a secret is one again. */
function plain(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(plain);
    if (typeof value !== "object" || value === null) return value;
    const group = value as Record<string, unknown>;
    if (group[mark] === secretMark) return pulumi.secret(JSON.parse(group.plaintext as string));
    return Object.fromEntries(Object.entries(group).map(([key, one]) => [key, plain(one)]));
}
