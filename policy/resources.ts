import { Secret } from "@pulumi/policy";

const firewallCommand = "metallb-pfsense:index:PfSenseBgp$command:remote:Command::";
const removal = ".removal";

/** The SSH command that configures one firewall, a child of its component. */
export const isFirewallCommand = ({ urn }: { readonly urn: string }): boolean =>
    urn.includes(firewallCommand) && !urn.endsWith(removal);

/** The router whose entries this command takes back; undefined for everything else. */
export function routerRemovedBy({ urn }: { readonly urn: string }): string | undefined {
    if (!urn.includes(firewallCommand) || !urn.endsWith(removal)) return undefined;
    return urn.split("::").at(-1)!.slice(0, -removal.length);
}

/** API group and kind of a Kubernetes object, by its type token; undefined for everything else. */
export function kubernetesKind(type: string): { group: string; kind: string } | undefined {
    const [, api, kind] = /^kubernetes:([^:]+):(\w+)$/.exec(type) ?? [];
    return api === undefined ? undefined : { group: api.split("/")[0]!, kind: kind! };
}

/** The member at a path of keys; undefined where the path ends early. */
export function member(value: unknown, ...path: string[]): unknown {
    return path.reduce<unknown>(
        (inner, key) => (isGroup(inner) ? (inner as Record<string, unknown>)[key] : undefined),
        value,
    );
}

/** The members of a list; none where there is no list. */
export const listOf = (value: unknown): readonly unknown[] =>
    Array.isArray(value) ? (value as unknown[]) : [];

export const isGroup = (value: unknown): value is object =>
    typeof value === "object" && value !== null;

/** One text among the inputs of a resource. */
export interface Leaf {
    readonly path: readonly string[];
    readonly text: string;
    /** It, or a group around it, is a secret; only a remediation is shown that. */
    readonly secret: boolean;
    readonly set: (value: unknown) => void;
}

/**
 * Every text among the inputs of a resource; the engine's own one for what is not known yet.
 *
 * Members are read by their descriptors: reading them as usual gives a secret without its mark, and
 * ends the policy at a value that a preview does not know.
 */
export function leavesOf(value: unknown, path: readonly string[] = [], secret = false): Leaf[] {
    if (!isGroup(value)) return [];
    return Object.entries(Object.getOwnPropertyDescriptors(value)).flatMap(([key, found]) => {
        if (!found.enumerable) return [];
        const at = [...path, key];
        const inner: unknown = found.value;
        const isSecret = secret || inner instanceof Secret;
        if (typeof inner !== "string") return leavesOf(inner, at, isSecret);
        const set = (replacement: unknown) => void Reflect.set(value, key, replacement);
        return [{ path: at, text: inner, secret: isSecret, set }];
    });
}
