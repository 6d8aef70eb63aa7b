import { lstatSync, readlinkSync } from "node:fs";
import { keyOf } from "./cache";
import { run } from "./run";
import type { TarEntry } from "./tar";

/** What no program of an image asks for at run time. */
const leftOut = new Set([
    ...["adduser", "debconf", "dpkg", "init-system-helpers", "logrotate", "lsof", "passwd"],
    ...["perl-base", "sensible-utils", "systemd", "sysvinit-utils", "tar", "tzdata"],
]);
const uselessFolders =
    /^\/(var|boot|dev|etc\/(init\.d|cron|logrotate)|usr\/(share\/(doc|man|locale|info|lintian|perl|bash-completion|zoneinfo)|lib\/(systemd|udev))|lib\/(systemd|udev))/;

/** The files of some packages and all they depend on, and a key that changes with their versions. */
export interface DebianRoot {
    readonly entries: readonly TarEntry[];
    readonly key: string;
}

interface Installed {
    readonly version: string;
    /** Each list is satisfied by one of its names. */
    readonly depends: readonly (readonly string[])[];
}

/**
 * A small root file system of the packages that this machine has: a container then runs the same
 * programs as its host, and nothing is fetched for it.
 *
 * @throws Error for a package that is not installed
 */
export async function debianRoot(packages: readonly string[]): Promise<DebianRoot> {
    const names = closureOf(packages, await installed());
    const listing = await run(["dpkg-query", "-L", ...names.map(([name]) => name)]);
    const paths = new Set(
        listing
            .split("\n")
            .filter((line) => line.startsWith("/") && !uselessFolders.test(line))
            .map(merged),
    );
    const entries = [...paths].sort().flatMap(entryOf);
    return {
        entries: withFolders(entries),
        key: keyOf(...names.map(([name, version]) => `${name} ${version}`)),
    };
}

async function installed(): Promise<Map<string, Installed>> {
    const format = "${Package}\t${Version}\t${Pre-Depends}, ${Depends}\n";
    const lines = (await run(["dpkg-query", "-W", "-f", format])).split("\n").filter(Boolean);
    return new Map(
        lines.map((line) => {
            const [name = "", version = "", depends = ""] = line.split("\t");
            const lists = depends.split(",").map((list) =>
                list
                    .split("|")
                    .map((one) => one.trim().split(/[ :(]/)[0]!)
                    .filter(Boolean),
            );
            return [name, { version, depends: lists.filter((list) => list.length > 0) }];
        }),
    );
}

function closureOf(
    packages: readonly string[],
    known: ReadonlyMap<string, Installed>,
): [name: string, version: string][] {
    const found = new Map<string, string>();
    const open = [...packages];
    for (let name = open.pop(); name !== undefined; name = open.pop()) {
        const one = known.get(name);
        if (one === undefined) throw new Error(`the package ${name} is not installed`);
        if (found.has(name)) continue;
        found.set(name, one.version);
        for (const names of one.depends) {
            const there = names.find((other) => known.has(other));
            if (there !== undefined && !leftOut.has(there)) open.push(there);
        }
    }
    return [...found].sort(([one], [two]) => (one < two ? -1 : 1));
}

/** Debian's /bin, /sbin and /lib are links into /usr. */
const merged = (path: string): string =>
    /^\/(bin|sbin|lib|lib64)(\/|$)/.test(path) ? `/usr${path}` : path;

function entryOf(path: string): TarEntry[] {
    const about = lstatSync(path, { throwIfNoEntry: false });
    const name = path.slice(1);
    if (about?.isSymbolicLink()) return [{ kind: "link", name, target: readlinkSync(path) }];
    return about?.isFile() ? [{ kind: "file", name, path, mode: about.mode & 0o777 }] : [];
}

function withFolders(entries: readonly TarEntry[]): TarEntry[] {
    const links = ["bin", "lib", "lib64", "sbin"].map((name): TarEntry => ({
        kind: "link",
        name,
        target: `usr/${name}`,
    }));
    const folders = new Set<string>();
    for (const { name } of entries) {
        const parts = name.split("/").slice(0, -1);
        parts.forEach((_, index) => folders.add(parts.slice(0, index + 1).join("/")));
    }
    return [
        ...[...folders].sort().map((name): TarEntry => ({ kind: "directory", name })),
        ...links,
        ...entries,
    ];
}
