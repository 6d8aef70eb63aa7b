import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync } from "node:fs";
import { renameSync, rmSync, statSync, utimesSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

const keptDays = 30;

/**
 * The folder for everything that is built once and used again, outside the tree:
 * `$XDG_CACHE_HOME/metallb-pfsense`, by default `~/.cache/metallb-pfsense`.
 */
export function cacheRoot(): string {
    const base = process.env.XDG_CACHE_HOME?.startsWith("/")
        ? process.env.XDG_CACHE_HOME
        : join(homedir(), ".cache");
    return join(base, "metallb-pfsense");
}

/** A short hash that differs when any of the texts differs. */
export function keyOf(...texts: readonly (string | Buffer)[]): string {
    const hash = createHash("sha256");
    // The length keeps ["ab", "c"] and ["a", "bc"] apart.
    for (const text of texts) hash.update(`${Buffer.byteLength(text)}:`).update(text);
    return hash.digest("hex").slice(0, 16);
}

export interface CacheHit {
    readonly path: string;
    readonly fresh: boolean;
}

/**
 * The cache folder `kind/key`, filled by `make` when it is not there yet. A folder appears whole
 * or not at all, also when two runs build it at once; folders of the same kind that nobody has
 * used for 30 days are removed.
 */
export async function cached(
    kind: string,
    key: string,
    make: (directory: string) => void | Promise<void>,
): Promise<CacheHit> {
    const shelf = join(cacheRoot(), kind);
    const path = join(shelf, key);
    if (existsSync(path)) {
        const now = new Date();
        utimesSync(path, now, now);
        return { path, fresh: false };
    }
    mkdirSync(shelf, { recursive: true });
    removeUnused(shelf);
    const unfinished = mkdtempSync(join(shelf, ".new-"));
    try {
        await make(unfinished);
        putInPlace(unfinished, path);
    } finally {
        rmSync(unfinished, { recursive: true, force: true });
    }
    return { path, fresh: true };
}

function putInPlace(unfinished: string, path: string): void {
    try {
        renameSync(unfinished, path);
    } catch (error) {
        // Another run was quicker: the same key means the same content.
        if (!existsSync(path)) throw error;
    }
}

function removeUnused(shelf: string): void {
    const limit = Date.now() - keptDays * 24 * 60 * 60 * 1000;
    for (const entry of readdirSync(shelf)) {
        const path = join(shelf, entry);
        const used = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
        if (used !== undefined && used < limit) rmSync(path, { recursive: true, force: true });
    }
}
