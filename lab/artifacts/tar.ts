import { createReadStream, statSync } from "node:fs";

/** One member of a tar archive. */
export type TarEntry =
    | {
          readonly kind: "directory";
          readonly name: string;
          readonly mode?: number;
          /** User and group; default: root. */
          readonly owner?: readonly [uid: number, gid: number];
      }
    | { readonly kind: "link"; readonly name: string; readonly target: string }
    | {
          readonly kind: "text";
          readonly name: string;
          readonly text: string | Buffer;
          readonly mode?: number;
      }
    | {
          readonly kind: "file";
          readonly name: string;
          readonly path: string;
          readonly mode?: number;
      }
    | {
          readonly kind: "stream";
          readonly name: string;
          readonly size: number;
          readonly content: () => AsyncIterable<Buffer>;
      };

const block = 512;

/**
 * The bytes of a ustar archive (POSIX.1-1988), piece by piece. Everything belongs to root, where it
 * says nothing else, and dates from the epoch: the same content always gives the same bytes. An entry is asked for when
 * all bytes of those before it have been taken.
 *
 * @throws RangeError for a name of more than 100 bytes that no folder divides into 155 and 100.
 */
export async function* tar(entries: Iterable<TarEntry>): AsyncGenerator<Buffer> {
    for (const entry of entries) {
        yield header(entry);
        if (entry.kind === "text") yield Buffer.from(entry.text);
        if (entry.kind === "file") yield* createReadStream(entry.path) as AsyncIterable<Buffer>;
        if (entry.kind === "stream") yield* entry.content();
        yield padding(sizeOf(entry));
    }
    yield Buffer.alloc(2 * block);
}

/** The number of bytes `tar` will produce. */
export function tarSize(entries: readonly TarEntry[]): number {
    const member = (entry: TarEntry) => block + sizeOf(entry) + padding(sizeOf(entry)).length;
    return entries.reduce((total, entry) => total + member(entry), 2 * block);
}

function sizeOf(entry: TarEntry): number {
    switch (entry.kind) {
        case "directory":
        case "link":
            return 0;
        case "text":
            return Buffer.byteLength(entry.text);
        case "file":
            return statSync(entry.path).size;
        case "stream":
            return entry.size;
    }
}

function padding(size: number): Buffer {
    return Buffer.alloc((block - (size % block)) % block);
}

function header(entry: TarEntry): Buffer {
    const directory = entry.kind === "directory";
    const name = directory ? `${entry.name}/` : entry.name;
    const [prefix, rest] = divided(name);
    const bytes = Buffer.alloc(block);
    const octal = (value: number, offset: number, width: number) =>
        bytes.write(value.toString(8).padStart(width - 1, "0"), offset, "ascii");
    bytes.write(rest, 0);
    octal(("mode" in entry && entry.mode) || (directory ? 0o755 : 0o644), 100, 8);
    const [uid, gid] = (directory && entry.owner) || [0, 0];
    octal(uid, 108, 8);
    octal(gid, 116, 8);
    octal(sizeOf(entry), 124, 12);
    octal(0, 136, 12);
    // The checksum counts its own field as blanks.
    bytes.write(" ".repeat(8), 148, "ascii");
    bytes.write(directory ? "5" : entry.kind === "link" ? "2" : "0", 156, "ascii");
    if (entry.kind === "link") bytes.write(entry.target, 157);
    bytes.write("ustar\u000000", 257, "ascii");
    bytes.write(prefix, 345);
    const sum = bytes.reduce((total, byte) => total + byte, 0);
    bytes.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "ascii");
    return bytes;
}

/** A name in the two fields of a header; the first one is empty for a short name. */
function divided(name: string): [prefix: string, rest: string] {
    if (Buffer.byteLength(name) <= 100) return ["", name];
    for (let at = name.indexOf("/"); at >= 0; at = name.indexOf("/", at + 1)) {
        const parts: [string, string] = [name.slice(0, at), name.slice(at + 1)];
        const [prefix, rest] = parts.map((part) => Buffer.byteLength(part)) as [number, number];
        if (prefix <= 155 && rest <= 100 && rest > 0) return parts;
    }
    throw new RangeError(`too long for a tar header: ${name}`);
}
