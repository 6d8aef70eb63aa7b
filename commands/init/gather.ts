import { isAddress } from "../../config/addresses";
import { networkOf, proposeAsns, proposePool } from "../../config/init/proposals";
import type { Answers, NodeAnswer, RouterAnswer } from "../../config/init/stack-text";
import { type InitOptions, named, nodeOf } from "./options";
import type { ClusterSeen, World } from "./world";

/** Options without which nothing can be done where nobody can be asked. */
export class Missing extends Error {}

export interface Gathered {
    readonly answers: Answers;
    /** The private key for the firewalls, where one was given. */
    readonly sshKey?: string;
}

/** A firewall before its AS number is known. */
type Firewall = Omit<RouterAnswer, "asn"> & { readonly asn?: string };

/**
 * Every answer: from the options, else from the cluster and the firewalls, else from the person.
 * Changes nothing anywhere.
 * @throws Missing with all options that are missing; Error when something cannot be read
 */
export async function gather(
    options: InitOptions,
    world: World,
    print: (text: string) => void,
): Promise<Gathered> {
    const missing: string[] = [];
    const context = await chooseContext(options, world, missing);
    const seen = await lookAt(context, options, world, print);
    const nodes = await chooseNodes(options, world, seen, missing);
    const named = await chooseRouters(options, world, missing);
    if (missing.length > 0) throw new Missing(missingText(missing));
    const keyFile = options.sshKey ?? (await askForKey(options, world));
    const sshKey = keyFile === undefined || keyFile === "" ? undefined : world.read(keyFile);
    const firewalls: Firewall[] = [];
    for (const router of named) {
        const hostKey = await hostKeyOf(router, options, world, missing, print);
        const user = options.sshUser === "admin" ? undefined : options.sshUser;
        const known = { ...router, hostKey, ...(user !== undefined && { user }) };
        const facts = missing.length > 0 ? {} : await factsOf(known, sshKey, world, print);
        firewalls.push({ ...known, ...facts });
    }
    if (missing.length > 0) throw new Missing(missingText(missing));
    return { answers: await complete(options, world, context, seen, nodes, firewalls), sshKey };
}

const missingText = (missing: readonly string[]) =>
    `Nobody can be asked here, and these are missing:\n${missing.map((line) => `  ${line}`).join("\n")}`;

async function chooseContext(
    { context, kubeconfig }: InitOptions,
    world: World,
    missing: string[],
): Promise<string> {
    if (context !== undefined) return context;
    const contexts = world.contexts(kubeconfig);
    const list = contexts.join(", ") || "none";
    if (world.person) return world.person.ask(`Context of the kubeconfig (${list})`, contexts[0]);
    if (contexts.length === 1) return contexts[0]!;
    missing.push(`--context NAME (contexts: ${list})`);
    return "";
}

async function lookAt(
    context: string,
    { kubeconfig, nodes }: InitOptions,
    world: World,
    print: (text: string) => void,
): Promise<ClusterSeen> {
    try {
        return await world.cluster(context, kubeconfig);
    } catch (error) {
        if (nodes.length === 0)
            print(`The cluster could not be asked for its nodes: ${firstLine(error)}`);
        return { nodes: [], podCidrs: [] };
    }
}

async function chooseNodes(
    options: InitOptions,
    world: World,
    { nodes }: ClusterSeen,
    missing: string[],
): Promise<readonly NodeAnswer[]> {
    if (options.nodes.length > 0) return options.nodes;
    const known = nodes.map(({ name, addresses }) => `${name}=${addresses.join(",")}`).join(" ");
    if (world.person) {
        // A word without an address is a node without one, which the check names.
        return words(await world.person.ask("Nodes", known || undefined)).map((word) =>
            nodeOf(named(word) ?? { name: word, rest: "" }),
        );
    }
    if (nodes.length === 0) missing.push("--node NAME=ADDRESS");
    return nodes;
}

async function chooseRouters(
    options: InitOptions,
    world: World,
    missing: string[],
): Promise<{ name: string; address: string }[]> {
    if (options.routers.length > 0) return [...options.routers];
    if (world.person) {
        const answer = await world.person.ask("Firewalls, as name=address or address");
        return words(answer).map((word, index) => {
            const { name, rest } = named(word) ?? {
                name: `fw-${"abcdefgh"[index] ?? index}`,
                rest: word,
            };
            return { name, address: rest };
        });
    }
    missing.push("--router NAME=ADDRESS");
    return [];
}

const words = (text: string): string[] => text.split(/[\s]+/).filter(Boolean);

async function askForKey({ yes }: InitOptions, { person }: World): Promise<string | undefined> {
    if (!person || yes) return undefined;
    return person.ask("File of the private SSH key for the firewalls (empty: later)", "");
}

/** A key that was seen once is no proof: somebody compares it, or says that nobody has to. */
async function hostKeyOf(
    { name, address }: { name: string; address: string },
    { hostKeys, acceptHostKeys }: InitOptions,
    world: World,
    missing: string[],
    print: (text: string) => void,
): Promise<string> {
    const given = hostKeys[name];
    if (given !== undefined) return given;
    let problem: string;
    try {
        const { line, fingerprint } = await world.scan(address);
        print(`${name} (${address}) shows the host key ${fingerprint}`);
        if (acceptHostKeys) return line;
        const question = `Is that the one on the console of ${name} (menu 14, or ssh-keygen -lf)?`;
        if (await world.person?.confirm(question)) return line;
        problem = `it shows ${line}; compare it on its console`;
    } catch (error) {
        problem = `it showed none: ${firstLine(error)}`;
    }
    if (world.person)
        throw new Error(`${name} has no host key that was compared; nothing was written.`);
    missing.push(`--host-key ${name}="ssh-ed25519 …" (${problem})`);
    return "";
}

async function factsOf(
    firewall: Firewall,
    sshKey: string | undefined,
    world: World,
    print: (text: string) => void,
): Promise<Pick<Firewall, "asn" | "connected">> {
    if (sshKey === undefined) return {};
    try {
        const { asn, interfaces } = await world.firewall(firewall, sshKey);
        const connected = [...new Set(interfaces.map(({ address }) => networkOf(address)))];
        print(`${firewall.name} is in AS ${asn || "(none yet)"}, on ${connected.join(", ")}`);
        return { asn, connected };
    } catch (error) {
        print(`${firewall.name} could not be asked: ${firstLine(error)}`);
        return {};
    }
}

async function complete(
    options: InitOptions,
    { person }: World,
    context: string,
    { podCidrs }: ClusterSeen,
    nodes: readonly NodeAnswer[],
    firewalls: readonly Firewall[],
): Promise<Answers> {
    const ask = async (question: string, preset: string) =>
        (await person?.ask(question, preset)) ?? preset;
    const proposed = proposeAsns(firewalls.map(({ asn = "" }) => asn));
    const routers: RouterAnswer[] = [];
    for (const { asn, ...rest } of firewalls) {
        const own = asn === "" || asn === undefined ? undefined : asn;
        const known = options.routerAsn ?? own;
        const said = known ?? (await ask(`AS number of ${rest.name}`, proposed.router));
        routers.push({ ...rest, asn: said });
    }
    const asn = options.asn ?? (await ask("AS number of the nodes", proposed.cluster));
    const taken = [
        ...nodes.flatMap(({ addresses }) => addresses),
        ...routers.flatMap(({ address, connected = [] }) => [address, ...connected]),
        ...podCidrs,
    ].filter((text) => text.includes("/") || isAddress(text));
    const free = proposePool(taken) ?? "";
    const pool =
        options.pool.length > 0
            ? options.pool
            : (await ask("Addresses for services", free)).split(/[\s,]+/);
    const { kubeconfig } = options;
    return {
        ...{ context, asn, nodes, routers, pool, podCidrs, serviceCidrs: [] },
        ...(kubeconfig !== undefined && { kubeconfig }),
    };
}

const firstLine = (error: unknown) => (error as Error).message.split("\n")[0]!;
