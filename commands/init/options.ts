import { parseArgs } from "node:util";
import type { NodeAnswer } from "../../config/init/stack-text";

export const HELP = `Describes a cluster and its firewalls in a new Pulumi.<stack>.yaml, by asking.

Usage: npm run init -- [stack] [options]

Asks for what no option says; asks cluster and firewalls, which it only reads, for the rest. Shows
the file and writes it on a "yes"; then sets the secrets through the Pulumi CLI. An existing stack
file is never touched. Without a terminal every answer has to be an option, or have a default.
  --context NAME           context of the kubeconfig; default: the only one there is
  --kubeconfig FILE        default: where kubectl looks
  --node NAME=ADDRESS      a node, for a second family: NAME=ADDRESS,ADDRESS; may be repeated
                           default: all nodes of the cluster
  --asn NUMBER             AS number of the nodes; default: a private one that is free
  --router NAME=ADDRESS    a firewall; may be repeated. Required
  --router-asn NUMBER      its AS number; default: what FRR there has, else a private one
  --host-key NAME=KEY      its SSH host key, "ssh-ed25519 AAAA…"; may be repeated
  --accept-host-keys       take the keys that the firewalls show, without comparing them
  --ssh-key FILE           private SSH key for the firewalls: they are asked for AS number and
                           networks, and it becomes the secret sshKey
  --ssh-user NAME          default: admin
  --pool RANGE             addresses for services; may be repeated
                           default: a private /24 that is on no known interface
  --no-bgp-password        sessions without a password; default: a random one as secret bgpPassword
  --yes                    write without asking
  --help                   this text
Exit code: 0, 1 when something cannot be had or a "no" was said, 2 for a call that is not understood.`;

export interface InitOptions {
    readonly stack?: string;
    readonly context?: string;
    readonly kubeconfig?: string;
    readonly nodes: readonly NodeAnswer[];
    readonly asn?: string;
    readonly routers: readonly { readonly name: string; readonly address: string }[];
    readonly routerAsn?: string;
    readonly hostKeys: Readonly<Record<string, string>>;
    readonly acceptHostKeys: boolean;
    readonly sshKey?: string;
    readonly sshUser?: string;
    readonly pool: readonly string[];
    readonly bgpPassword: boolean;
    readonly yes: boolean;
    readonly help: boolean;
}

/** `name=rest`; undefined for what has another form. */
export function named(text: string): { readonly name: string; readonly rest: string } | undefined {
    const [, name, rest] = /^([^=]+)=(.+)$/.exec(text) ?? [];
    return name === undefined || rest === undefined ? undefined : { name, rest };
}

/** A node as it is written: `name=address` or `name=address,address`. */
export const nodeOf = ({ name, rest }: NonNullable<ReturnType<typeof named>>): NodeAnswer => ({
    name,
    addresses: rest.split(","),
});

/** @throws Error with what is not understood */
export function readOptions(argv: readonly string[]): InitOptions {
    const text = { type: "string" } as const;
    const texts = { type: "string", multiple: true } as const;
    const flag = { type: "boolean" } as const;
    const { values, positionals } = parseArgs({
        args: [...argv],
        allowPositionals: true,
        options: {
            context: text,
            kubeconfig: text,
            node: texts,
            asn: text,
            router: texts,
            "router-asn": text,
            "host-key": texts,
            "accept-host-keys": flag,
            "ssh-key": text,
            "ssh-user": text,
            pool: texts,
            "no-bgp-password": flag,
            yes: flag,
            help: { ...flag, short: "h" },
        },
    });
    if (positionals.length > 1) throw new Error("Which stack? One name.");
    const pairs = (option: "node" | "router" | "host-key") =>
        (values[option] ?? []).map((value) => {
            const pair = named(value);
            if (!pair) throw new Error(`--${option} wants NAME=…, not ${value}`);
            return pair;
        });
    return {
        stack: positionals[0],
        context: values.context,
        kubeconfig: values.kubeconfig,
        nodes: pairs("node").map(nodeOf),
        asn: values.asn,
        routers: pairs("router").map(({ name, rest }) => ({ name, address: rest })),
        routerAsn: values["router-asn"],
        hostKeys: Object.fromEntries(pairs("host-key").map(({ name, rest }) => [name, rest])),
        acceptHostKeys: values["accept-host-keys"] ?? false,
        sshKey: values["ssh-key"],
        sshUser: values["ssh-user"],
        pool: values.pool ?? [],
        bgpPassword: !values["no-bgp-password"],
        yes: values.yes ?? false,
        help: values.help ?? false,
    };
}
