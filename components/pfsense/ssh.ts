import { Client, type ConnectConfig } from "ssh2";
import type { ConnectionPlan } from "../../config/plan";

/** Milliseconds to reach a firewall and log in. */
const patience = 10_000;

/**
 * Runs the connection's command with a text on its standard input; one dial, no second try, because
 * sshguard blocks who comes again.
 *
 * @param timeoutMs for the command itself
 * @returns what the command printed, whatever its exit code
 * @throws Error with one sentence, when the firewall cannot be reached, has another host key, does
 * not take the key, or does not end in time
 */
export function runOverSsh(
    connection: Omit<ConnectionPlan, "sshKey">,
    privateKey: string,
    stdin: string,
    timeoutMs: number,
): Promise<string> {
    const client = new Client();
    let late: NodeJS.Timeout;
    return new Promise<string>((resolve, reject) => {
        let output = "";
        const seconds = (patience + timeoutMs) / 1000;
        late = setTimeout(
            () => reject(new Error(`it gave no answer within ${seconds} s`)),
            patience + timeoutMs,
        );
        client
            .on("error", (error) => reject(new Error(reason(error, connection))))
            .on("close", () => resolve(output))
            .on("ready", () =>
                client.exec(connection.command, (error, channel) => {
                    if (error) return void reject(error);
                    channel
                        .on("data", (chunk: Buffer) => (output += chunk.toString("latin1")))
                        .on("close", () => client.end());
                    channel.stderr.resume();
                    channel.end(stdin);
                }),
            );
        client.connect(options(connection, privateKey));
    }).finally(() => {
        clearTimeout(late);
        client.destroy();
    });
}

function options(
    { host, port, user, hostKey }: Omit<ConnectionPlan, "sshKey">,
    privateKey: string,
): ConnectConfig {
    const [type = "", key = ""] = hostKey.split(" ");
    const wanted = Buffer.from(key, "base64");
    return {
        host,
        port,
        username: user,
        privateKey,
        readyTimeout: patience,
        // The server has keys of several kinds and is to show the one that is known here.
        algorithms: { serverHostKey: [type as "ssh-ed25519"] },
        hostVerifier: (shown: Buffer) => shown.equals(wanted),
    };
}

/** The library's words for the commonest failures do not say what to look at. */
function reason(error: Error & { level?: string }, { user }: { user: string }): string {
    if (error.level === "client-authentication") return `it does not take the SSH key of ${user}`;
    if (/Host denied|no matching host key/.test(error.message)) {
        return "its host key is not the one of the config";
    }
    return error.message;
}
