import { spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline/promises";
import { CoreV1Api } from "@kubernetes/client-node";
import { type AgentResult, parseAgentResult, renderAgent } from "../../components/pfsense/agent";
import { loadKubeconfig } from "../../components/cluster/kubeconfig";
import { type HostKey, scanHostKey } from "../../components/pfsense/scan";
import { runOverSsh } from "../../components/pfsense/ssh";
import { agentCommand } from "../../config/derive/firewall";
import type { NodeAnswer, RouterAnswer } from "../../config/init/stack-text";

/** A person at a terminal. */
export interface Person {
    /** @param preset what an empty answer stands for */
    ask(question: string, preset?: string): Promise<string>;
    confirm(question: string): Promise<boolean>;
}

export interface ClusterSeen {
    readonly nodes: readonly NodeAnswer[];
    readonly podCidrs: readonly string[];
}

/** Everything outside of this process that `init` touches; tests give their own. */
export interface World {
    /** Absent: nobody can be asked. */
    readonly person?: Person;
    contexts(kubeconfig?: string): readonly string[];
    cluster(context: string, kubeconfig?: string): Promise<ClusterSeen>;
    scan(host: string): Promise<HostKey>;
    /** What a firewall says of itself. */
    firewall(
        router: Omit<RouterAnswer, "asn">,
        sshKey: string,
    ): Promise<NonNullable<AgentResult["firewall"]>>;
    exists(file: string): boolean;
    read(file: string): string;
    write(file: string, text: string): void;
    /** Runs the Pulumi CLI with a text on its standard input. @throws Error with its words */
    pulumi(args: readonly string[], input?: string): Promise<void>;
}

export const realWorld = (): World => ({
    ...(process.stdin.isTTY && process.stdout.isTTY && { person: atTerminal() }),
    contexts: (kubeconfig) => loadKubeconfig(kubeconfig).contexts.map(({ name }) => name),
    cluster,
    scan: (host) => scanHostKey(host, 22),
    firewall,
    exists: existsSync,
    read: (file) => readFileSync(file, "utf8"),
    write: (file, text) => writeFileSync(file, text, { flag: "wx" }),
    pulumi,
});

function atTerminal(): Person {
    const once = async (text: string) => {
        const lines = createInterface({ input: process.stdin, output: process.stdout });
        // Nothing has been written by then.
        lines.on("SIGINT", () => process.exit(130));
        try {
            return (await lines.question(text)).trim();
        } finally {
            lines.close();
        }
    };
    return {
        async ask(question, preset) {
            for (;;) {
                const answer = await once(`${question}${preset ? ` [${preset}]` : ""}: `);
                if (answer !== "" || preset !== undefined) return answer || preset!;
            }
        },
        confirm: async (question) => /^y(es)?$/i.test(await once(`${question} [y/N]: `)),
    };
}

async function cluster(context: string, kubeconfig?: string): Promise<ClusterSeen> {
    const config = loadKubeconfig(kubeconfig);
    config.setCurrentContext(context);
    const { items } = await config.makeApiClient(CoreV1Api).listNode();
    return {
        nodes: items.map(({ metadata, status }) => ({
            name: metadata?.name ?? "",
            addresses: (status?.addresses ?? [])
                .filter(({ type }) => type === "InternalIP")
                .map(({ address }) => address),
        })),
        podCidrs: [...new Set(items.flatMap(({ spec }) => spec?.podCIDRs ?? []))],
    };
}

async function firewall(
    { address, hostKey, user = "admin" }: Omit<RouterAnswer, "asn">,
    privateKey: string,
) {
    const script = renderAgent({
        version: 1,
        action: "observe",
        reason: "init",
        wanted: nothingWanted,
        deadline: 30,
    });
    const target = { host: address, port: 22, user, hostKey, command: agentCommand(user) };
    const answer = parseAgentResult(await runOverSsh(target, { privateKey }, script, 30_000));
    if (!answer.firewall) throw new Error(answer.message);
    return answer.firewall;
}

/** Asks the firewall about itself; nothing of it is ever applied. */
const nothingWanted = {
    version: 1,
    owner: "init",
    bgp: { asn: 64512, routerId: "192.0.2.1" },
    neighbours: [],
    prefixLists: [],
    adopt: false,
    allowCarp: false,
} as const;

function pulumi(args: readonly string[], input = ""): Promise<void> {
    return new Promise((resolve, reject) => {
        const child = spawn("pulumi", [...args], { stdio: ["pipe", "inherit", "pipe"] });
        let said = "";
        child.stderr.on("data", (text: Buffer) => (said += text.toString()));
        child.on("error", () => reject(new Error("the Pulumi CLI is not on the PATH")));
        child.on("close", (code) =>
            code === 0 ? resolve() : reject(new Error(said.trim() || `pulumi ended with ${code}`)),
        );
        child.stdin.on("error", () => undefined).end(input);
    });
}
