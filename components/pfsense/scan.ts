import { createHash } from "node:crypto";
import { Client } from "ssh2";

/** Milliseconds to be shown a key. */
const patience = 10_000;

/** A server's host key as in known_hosts, and its fingerprint as a console shows it. */
export interface HostKey {
    readonly line: string;
    readonly fingerprint: string;
}

/**
 * Asks an SSH server for its host key, as `ssh-keyscan` does, and does not log in.
 * @throws Error with one sentence when there is none of a kind that can be used
 */
export function scanHostKey(host: string, port: number): Promise<HostKey> {
    const client = new Client();
    return new Promise<HostKey>((resolve, reject) => {
        client.on("error", (error) => reject(new Error(error.message)));
        client.connect({
            host,
            port,
            username: "scan",
            readyTimeout: patience,
            algorithms: {
                serverHostKey: ["ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384"],
            },
            hostVerifier: (key: Buffer) => {
                resolve(hostKey(key));
                return false;
            },
        });
    }).finally(() => client.destroy());
}

/** A key begins with the name of its type, after its length (RFC 4253, 6.6). */
function hostKey(key: Buffer): HostKey {
    const type = key.subarray(4, 4 + key.readUInt32BE(0)).toString("latin1");
    const digest = createHash("sha256").update(key).digest("base64").replace(/=+$/, "");
    return { line: `${type} ${key.toString("base64")}`, fingerprint: `SHA256:${digest}` };
}
