import type { Duplex } from "node:stream";
import { Client, type ConnectConfig } from "ssh2";
import type { ConnectionPlan } from "../../config/plan";

/** Milliseconds to reach a firewall and log in. */
const patience = 10_000;

/** A private key, and the passphrase that opens it; without one the SSH agent of SSH_AUTH_SOCK. */
export interface SshKey {
    readonly privateKey?: string;
    readonly passphrase?: string;
}

/** Where a command runs: everything of a connection but its secrets. */
export type Target = Omit<ConnectionPlan, "sshKey" | "passphrase">;
type Server = Pick<ConnectionPlan, "host" | "port" | "user" | "hostKey">;

/**
 * Runs the connection's command with a text on its standard input; one dial, no second try, because
 * sshguard blocks who comes again.
 *
 * @param timeoutMs for the command itself
 * @returns what the command printed, whatever its exit code
 * @throws Error with one sentence, when the firewall or the jump host before it cannot be reached,
 * has another host key, does not take the key, or does not end in time
 */
export async function runOverSsh(
    target: Target,
    key: SshKey,
    stdin: string,
    timeoutMs: number,
): Promise<string> {
    const { jump } = target;
    if (!jump) return runOn(target, key, stdin, timeoutMs);
    const client = await loggedIn(jump, key).catch((error: Error) => {
        throw new Error(`the jump host ${jump.host}: ${error.message}`);
    });
    try {
        return await runOn(target, key, stdin, timeoutMs, await through(client, target));
    } finally {
        client.destroy();
    }
}

async function runOn(
    target: Target,
    key: SshKey,
    stdin: string,
    timeoutMs: number,
    sock?: Duplex,
): Promise<string> {
    const seconds = (patience + timeoutMs) / 1000;
    let late: NodeJS.Timeout | undefined;
    let client: Client | undefined;
    const answer = async () => {
        client = await loggedIn(target, key, sock);
        return output(client, target.command, stdin);
    };
    const silence = new Promise<never>((_, reject) => {
        const error = new Error(`it gave no answer within ${seconds} s`);
        late = setTimeout(() => reject(error), patience + timeoutMs);
    });
    return Promise.race([answer(), silence]).finally(() => {
        clearTimeout(late);
        client?.destroy();
    });
}

/** @param sock what leads to the server; absent: it is dialled */
function loggedIn(server: Server, key: SshKey, sock?: Duplex): Promise<Client> {
    const client = new Client();
    return new Promise<Client>((resolve, reject) => {
        client
            .on("error", (error) => reject(new Error(reason(error, server))))
            .on("close", () => reject(new Error("Connection lost before handshake")))
            .on("ready", () => resolve(client));
        client.connect({ ...options(server, key), ...(sock && { sock }) });
    }).catch((error: Error) => {
        client.destroy();
        throw error;
    });
}

function output(client: Client, command: string, stdin: string): Promise<string> {
    return new Promise((resolve, reject) => {
        let text = "";
        client.on("error", reject).on("close", () => resolve(text));
        client.exec(command, (error, channel) => {
            if (error) return void reject(error);
            channel
                .on("data", (chunk: Buffer) => (text += chunk.toString("latin1")))
                .on("close", () => client.end());
            channel.stderr.resume();
            channel.end(stdin);
        });
    });
}

/** A stream through the jump host to the firewall's SSH port. */
function through(client: Client, { host, port, jump }: Target): Promise<Duplex> {
    return new Promise((resolve, reject) => {
        client.forwardOut("127.0.0.1", 0, host, port, (error, stream) => {
            if (!error) return resolve(stream);
            const text = `the jump host ${jump!.host} does not lead to ${host}:${port}: ${error.message}`;
            reject(new Error(text));
        });
    });
}

function options(
    { host, port, user, hostKey }: Server,
    { privateKey, passphrase }: SshKey,
): ConnectConfig {
    const [type = "", key = ""] = hostKey.split(" ");
    const wanted = Buffer.from(key, "base64");
    return {
        host,
        port,
        username: user,
        ...(privateKey === undefined ? { agent: agentSocket() } : { privateKey }),
        ...(passphrase !== undefined && { passphrase }),
        readyTimeout: patience,
        // The server has keys of several kinds and is to show the one that is known here.
        algorithms: { serverHostKey: [type as "ssh-ed25519"] },
        hostVerifier: (shown: Buffer) => shown.equals(wanted),
    };
}

/** @throws Error when this process has no agent */
function agentSocket(): string {
    const socket = process.env.SSH_AUTH_SOCK;
    if (socket) return socket;
    throw new Error(
        "there is no SSH agent here (SSH_AUTH_SOCK is not set): start one, then ssh-add the key",
    );
}

/** The library's words for the commonest failures do not say what to look at. */
function reason(error: Error & { level?: string }, { user }: { user: string }): string {
    if (error.level === "client-authentication") return `it does not take the SSH key of ${user}`;
    if (error.level === "agent") {
        return `the SSH agent at ${process.env.SSH_AUTH_SOCK} does not answer: ${error.message}`;
    }
    if (/Host denied|no matching host key/.test(error.message)) {
        return "its host key is not the one of the config";
    }
    return error.message;
}
