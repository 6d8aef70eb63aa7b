import { Document, isScalar } from "yaml";

/** What a person has answered about a new stack. */
export interface Answers {
    readonly context: string;
    /** Absent: where kubectl looks. */
    readonly kubeconfig?: string;
    readonly asn: string;
    readonly nodes: readonly NodeAnswer[];
    readonly routers: readonly RouterAnswer[];
    /** Addresses that services may have: CIDR or first-last. */
    readonly pool: readonly string[];
    /** Pod and service networks, to find clashes. */
    readonly podCidrs: readonly string[];
    readonly serviceCidrs: readonly string[];
}

export interface NodeAnswer {
    readonly name: string;
    readonly addresses: readonly string[];
}

export interface RouterAnswer {
    readonly name: string;
    readonly address: string;
    readonly asn: string;
    readonly hostKey: string;
    readonly user?: string;
    /** Networks on its interfaces, where it could be asked. */
    readonly connected?: readonly string[];
}

const header = ` yaml-language-server: $schema=./config/stack.schema.json

 Secrets stand in this file encrypted: sshKey, bgpPassword. All keys: docs/config.md`;

/** The text of Pulumi.<stack>.yaml for the answers; the defaults are left out. */
export function stackText(answers: Answers): string {
    const { context, kubeconfig, asn, nodes, routers, pool, podCidrs, serviceCidrs } = answers;
    const document = new Document({
        config: {
            "pulumi:disable-default-providers": ["kubernetes"],
            "metallb-pfsense:cluster": {
                context,
                ...(kubeconfig !== undefined && { kubeconfig }),
                ...(podCidrs.length > 0 && { podCidrs }),
                ...(serviceCidrs.length > 0 && { serviceCidrs }),
            },
            "metallb-pfsense:metallb": { pools: { public: { addresses: pool } } },
            "metallb-pfsense:bgp": {
                asn: asNumber(asn),
                nodes: Object.fromEntries(
                    nodes.map(({ name, addresses }) => [
                        name,
                        addresses.length === 1 ? addresses[0] : addresses,
                    ]),
                ),
                routers: Object.fromEntries(routers.map((router) => [router.name, entry(router)])),
                advertise: { public: { pools: ["public"] } },
            },
        },
    });
    document.commentBefore = header;
    const flow = ["disable-default-providers", "addresses", "pools", "connected"];
    for (const item of pairsOf(document)) {
        const key = isScalar(item.key) ? String(item.key.value) : "";
        const inner = item.value as { items?: unknown[]; flow?: boolean } | null;
        const short = inner?.items?.every(isScalar) ?? false;
        if (inner && short && (flow.some((one) => key.endsWith(one)) || /Cidrs$/.test(key)))
            inner.flow = true;
    }
    return document.toString({ indent: 4, lineWidth: 0, flowCollectionPadding: false });
}

const entry = ({ address, asn, connected, hostKey, user }: RouterAnswer) => ({
    address,
    asn: asNumber(asn),
    ...(connected && connected.length > 0 && { connected }),
    pfsense: { ...(user !== undefined && { user }), hostKey },
});

/** AS-dot stays text. */
const asNumber = (text: string) => (/^\d+$/.test(text) ? Number(text) : text);

interface PairLike {
    readonly key: unknown;
    readonly value: unknown;
}

function pairsOf(node: unknown): PairLike[] {
    const contents = (node as { contents?: unknown }).contents ?? node;
    const items = (contents as { items?: unknown[] } | null)?.items ?? [];
    return items.flatMap((item) => {
        const pair = item as Partial<PairLike>;
        if (pair.key === undefined) return pairsOf(item);
        return [pair as PairLike, ...pairsOf(pair.value)];
    });
}
