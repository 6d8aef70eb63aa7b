import { existsSync, readFileSync, statfsSync } from "node:fs";
import { totalmem } from "node:os";
import { dirname } from "node:path";
import { cacheRoot } from "./cache";
import { familyDirectory, goEnvironment } from "./modules";
import { type CommandError, run } from "./run";

export { installPackages } from "./packages";

/** One thing that keeps the lab from running here. */
export interface Problem {
    /** What is wrong, with the value found. */
    readonly what: string;
    /** What a person can do about it. */
    readonly mend: string;
}

const oldestDebian = 12;
const oldestNode = 20;
const leastMemory = 3.5e9;
/** Module sources take 5 GB, Go's build cache 9 GB, programs and images 1 GB. */
const leastDisk = 16e9;

/**
 * Everything this machine lacks for the lab, all at once; changes nothing. Debian packages are not
 * asked for: `installPackages` gets them.
 */
export async function checkPrerequisites(): Promise<Problem[]> {
    const checks = [
        checkPlatform(process.platform, readIfThere("/etc/os-release")),
        checkNode(process.versions.node),
        checkUser(process.getuid?.()),
        checkMemory(totalmem()),
        checkDisk(),
        checkCgroups(readIfThere("/proc/self/mounts"), readIfThere("/proc/cgroups")),
        checkControllers(readIfThere("/sys/fs/cgroup/cgroup.controllers")),
        await checkGo(),
        ...(process.getuid?.() === 0 ? await checkKernel() : []),
    ];
    return checks.filter((problem) => problem !== undefined);
}

/** Debian 12 or newer; testing and unstable name no version and are taken. */
export function checkPlatform(platform: string, osRelease: string): Problem | undefined {
    const mend = `use a machine with Debian ${oldestDebian} or newer`;
    if (platform !== "linux") return { what: `this is ${platform}, not Linux`, mend };
    const field = (name: string) =>
        new RegExp(`^${name}="?([^"\n]*)"?$`, "m").exec(osRelease)?.[1] ?? "";
    const version = field("VERSION_ID");
    if (field("ID") === "debian" && (version === "" || Number(version) >= oldestDebian)) {
        return undefined;
    }
    return {
        what: `this is ${field("PRETTY_NAME") || "an unknown Linux"}, not Debian ${oldestDebian} or newer`,
        mend,
    };
}

export function checkNode(version: string): Problem | undefined {
    if (Number(version.split(".")[0]) >= oldestNode) return undefined;
    const mend = `install Node ${oldestNode} or newer, see https://nodejs.org`;
    return { what: `this is Node ${version}`, mend };
}

export function checkUser(uid: number | undefined): Problem | undefined {
    if (uid === 0) return undefined;
    const what = "this user is not root, who alone may make network namespaces and mounts";
    return { what, mend: "run the same command as root, for example with sudo" };
}

export function checkMemory(bytes: number): Problem | undefined {
    if (bytes >= leastMemory) return undefined;
    const what = `the machine has ${gigabytes(bytes)} of memory`;
    return { what, mend: `the site and its build need ${gigabytes(leastMemory)} or more` };
}

/** cgroup v2, or the v1 controllers that a kubelet asks for. */
export function checkCgroups(mounts: string, controllers: string): Problem | undefined {
    const types = mounts.split("\n").map((line) => line.split(" ")[2]);
    const options = mounts
        .split("\n")
        .filter((line) => line.split(" ")[2] === "cgroup")
        .flatMap((line) => line.split(" ")[3]?.split(",") ?? []);
    const wanted = ["cpu", "cpuacct", "cpuset", "memory", "pids"];
    const mounted = wanted.filter((name) => options.includes(name));
    if (mounted.length === wanted.length) return undefined;
    if (mounted.length === 0 && types.includes("cgroup2")) return undefined;
    const missing = wanted.filter((name) => !options.includes(name));
    const inKernel = missing.filter((name) => new RegExp(`^${name}\\s`, "m").test(controllers));
    return {
        what: `no cgroup v2, and of cgroup v1 these controllers are not mounted: ${missing.join(", ")}`,
        mend:
            inKernel.length === missing.length
                ? "mount them under /sys/fs/cgroup, or start the machine with cgroup v2"
                : "start the machine with a kernel that has them, or with cgroup v2",
    };
}

/** What the root of cgroup v2 has to hand on; "" where it is not mounted there. */
export function checkControllers(available: string): Problem | undefined {
    const there = available.split(/\s+/).filter(Boolean);
    const missing = ["cpu", "cpuset", "memory", "pids"].filter((name) => !there.includes(name));
    if (there.length === 0 || missing.length === 0) return undefined;
    return {
        what: `cgroup v2 has no ${missing.join(", ")} here (/sys/fs/cgroup/cgroup.controllers)`,
        mend:
            "take cgroup_disable=… and cgroup v1 mounts of these controllers away, or have them " +
            "delegated to this container",
    };
}

function checkDisk(): Problem | undefined {
    let directory = cacheRoot();
    while (!existsSync(directory)) directory = dirname(directory);
    const { bavail, bsize } = statfsSync(directory);
    // What has been built is not built again.
    if (existsSync(`${cacheRoot()}/tools`) || bavail * bsize >= leastDisk) return undefined;
    return {
        what: `${gigabytes(bavail * bsize)} of disk are free under ${directory}`,
        mend: `the first build needs ${gigabytes(leastDisk)}: make room, or set XDG_CACHE_HOME`,
    };
}

async function checkGo(): Promise<Problem | undefined> {
    // All tools modules ask for the same Go, which Go may fetch by itself (GOTOOLCHAIN).
    const options = { cwd: familyDirectory("kubernetes"), env: goEnvironment };
    const wanted = /^go (\S+)$/m.exec(readFileSync(`${options.cwd}/go.mod`, "utf8"))![1]!;
    const failure = await run(["go", "env", "GOVERSION"], options).then(
        () => undefined,
        (error: CommandError) => error.reason,
    );
    if (failure === undefined) return undefined;
    const mend = `install Go ${wanted} or newer and put it on the PATH, see https://go.dev/dl`;
    if (failure.includes("ENOENT")) return { what: "there is no go on the PATH", mend };
    return { what: `Go does not work here: ${failure}`, mend };
}

/** What the kernel must let root do, each tried for a moment in namespaces of its own. */
const kernelProbes: Readonly<Record<string, { program: string; command: string }>> = {
    "veth pairs": { program: "ip", command: "ip link add name lab0 type veth peer name lab1" },
    "point-to-point routes": {
        program: "ip",
        command: "ip link set lo up && ip route add 192.0.2.1/32 dev lo",
    },
    bridges: { program: "ip", command: "ip link add name lab2 type bridge" },
    nf_tables: { program: "nft", command: "nft add table inet lab" },
    // What kube-proxy's own rules are made of; each is a module of its own in Debian's kernel.
    "nf_tables' address translation, conntrack, numbers and fib": {
        program: "nft",
        command:
            "printf '%s\\n' 'table ip lab1 {' ' chain c { type nat hook prerouting priority -100;' " +
            "'  ct state new fib daddr type local numgen random mod 2 0 dnat to 192.0.2.1' ' }' " +
            "' chain d { type nat hook postrouting priority 100; masquerade fully-random' ' }' '}' " +
            "| nft -f -",
    },
    "tmpfs mounts": { program: "mount", command: "mount -t tmpfs lab /mnt" },
    "overlay mounts": {
        program: "mount",
        command:
            "mkdir /mnt/l /mnt/u /mnt/w /mnt/m && " +
            "mount -t overlay lab -o lowerdir=/mnt/l,upperdir=/mnt/u,workdir=/mnt/w /mnt/m",
    },
    "new cgroups": {
        program: "mkdir",
        command:
            "g=/sys/fs/cgroup; if test -d $g/cpu; then g=$g/cpu; fi; " +
            `mkdir $g/lab-probe-${process.pid} && rmdir $g/lab-probe-${process.pid}`,
    },
};

async function checkKernel(): Promise<Problem[]> {
    const mend = "use a machine, virtual machine or privileged container where root may do this";
    const script = Object.entries(kernelProbes).map(
        ([name, { program, command }]) =>
            // A program that is not there yet is installed later; nothing can be told before.
            `if command -v ${program} >/dev/null && ! { ${command}; } >/dev/null 2>&1; ` +
            `then echo "${name}"; fi`,
    );
    const box = ["unshare", "--mount", "--pid", "--net", "--fork", "--mount-proc"];
    try {
        const failed = await run([...box, "sh", "-c", script.join("\n")]);
        return failed
            .split("\n")
            .filter(Boolean)
            .map((name) => ({ what: `the kernel refuses ${name}`, mend }));
    } catch (error) {
        const { reason } = error as CommandError;
        const what = `mount, process and network namespaces cannot be made: ${reason}`;
        return [{ what, mend }];
    }
}

function readIfThere(path: string): string {
    try {
        return readFileSync(path, "utf8");
    } catch {
        return "";
    }
}

const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;
