/** How a person gets the key. */
export const printKey = (target: string) =>
    `print the key with: ssh-keyscan -t ed25519 ${target} and compare it on the firewall's console`;

/** What is wrong with an SSH host key in the form of known_hosts; undefined: nothing. */
export function hostKeyProblem(hostKey: string, target: string): string | undefined {
    const print = printKey(target);
    if (/^(SHA256:|MD5:|([0-9a-f]{2}:){15}[0-9a-f]{2}$)/.test(hostKey)) {
        return `is a fingerprint, and the key itself is needed; ${print}`;
    }
    const [type, blob, ...rest] = hostKeyLine(hostKey).split(/\s+/);
    if (type === "ssh-rsa") {
        return `is an RSA key, and current OpenSSH will not use it with this client (only its old SHA-1 form is offered); ${print}`;
    }
    const wanted = type === "ssh-ed25519" || /^ecdsa-sha2-nistp(256|384|521)$/.test(type ?? "");
    if (!wanted || rest.length > 1 || !holdsType(blob ?? "", type ?? "")) {
        return `is no ed25519 or ECDSA key ("ssh-ed25519 AAAA…"); ${print}`;
    }
    return undefined;
}

/** The key as `type blob`: ssh-keyscan prints the host in front of it. */
export function hostKeyLine(hostKey: string): string {
    return hostKey.trim().replace(/^(?!ssh-|ecdsa-|sk-)\S+\s+(?=(?:ssh|ecdsa|sk)-)/, "");
}

/** A key of one repeated byte, as examples have it, or none at all: it tells no firewall from another. */
export function isStandIn(hostKey: string): boolean {
    const [, blob = ""] = hostKeyLine(hostKey).split(/\s+/);
    const last = Buffer.from(blob, "base64").subarray(-31, -1);
    return last.length < 30 || last.every((byte) => byte === last[0]);
}

/** The encoded key begins with its own type (RFC 4253, 6.6): tells a real key from a stand-in. */
function holdsType(blob: string, type: string): boolean {
    if (!/^[A-Za-z0-9+/]+={0,2}$/.test(blob)) return false;
    const bytes = Buffer.from(blob, "base64");
    const length = bytes.length > 4 ? bytes.readUInt32BE(0) : 0;
    if (bytes.subarray(4, 4 + length).toString() !== type) return false;
    return type === "ssh-ed25519" ? bytes.length === 51 : bytes.length > 100;
}
