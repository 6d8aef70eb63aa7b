import {
    appendFileSync,
    existsSync,
    mkdirSync,
    readdirSync,
    readFileSync,
    rmdirSync,
    writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { poll } from "./poll";

const mountPoint = "/sys/fs/cgroup";
const unified = () => existsSync(join(mountPoint, "cgroup.controllers"));

/** The control groups of one node: `/<site>-<node>` in every hierarchy, the kubelet's `cgroupRoot`. */
export function cgroupRoot(stateDir: string, node: string): string {
    return `/${basename(stateDir)}-${node}`;
}

/** Hierarchies of this host: one with cgroup v2, one per controller with v1. */
function hierarchies(): string[] {
    if (unified()) return [mountPoint];
    return readdirSync(mountPoint)
        .map((name) => join(mountPoint, name))
        .filter((path) => existsSync(join(path, "cgroup.procs")));
}

/** Creates the control groups of one node; the kubelet wants its root to exist in every hierarchy. */
export function createCgroups(stateDir: string, node: string): void {
    appendFileSync(record(stateDir), `${cgroupRoot(stateDir, node)}\n`);
    for (const hierarchy of hierarchies()) {
        const path = join(hierarchy, cgroupRoot(stateDir, node));
        mkdirSync(path, { recursive: true });
        if (unified()) enableControllers(stateDir, hierarchy, path);
        // cgroup v1: a cpuset without processors and memory takes no process.
        for (const file of ["cpuset.cpus", "cpuset.mems"]) {
            if (!unified() && existsSync(join(path, file))) {
                writeFileSync(join(path, file), readFileSync(join(hierarchy, file)));
            }
        }
    }
}

const wordsOf = (file: string) => readFileSync(file, "utf8").split(/\s+/).filter(Boolean);

/** Controllers a kubelet hands to its pods, and those it does without where the kernel has none. */
const passedOn = ["cpu", "cpuset", "memory", "pids", "io", "hugetlb"];

/** Notes which controllers the host's root hands on, unless an earlier start has noted them. */
function enableControllers(stateDir: string, root: string, path: string): void {
    const control = join(root, "cgroup.subtree_control");
    if (!existsSync(controllers(stateDir))) {
        writeFileSync(controllers(stateDir), wordsOf(control).join(" "));
    }
    const all = wordsOf(join(root, "cgroup.controllers"));
    const wanted = passedOn.filter((name) => all.includes(name));
    for (const parent of [root, path]) {
        writeFileSync(
            join(parent, "cgroup.subtree_control"),
            wanted.map((name) => `+${name}`).join(" "),
        );
    }
}

/**
 * Takes back what the root hands on only since this site: what it was asked for here, and what runc
 * asks for besides. A controller in use elsewhere stays.
 */
function restoreControllers(stateDir: string): void {
    if (!existsSync(controllers(stateDir))) return;
    const control = join(mountPoint, "cgroup.subtree_control");
    const before = readFileSync(controllers(stateDir), "utf8").split(" ");
    for (const name of wordsOf(control).filter((one) => !before.includes(one))) {
        try {
            writeFileSync(control, `-${name}`);
        } catch (error) {
            const { code } = error as NodeJS.ErrnoException;
            if (code !== "EBUSY" && code !== "ENOENT" && code !== "EINVAL") throw error;
        }
    }
}

/** Removes every control group this site has created; waits for the kernel to let go of them. */
export async function removeCgroups(stateDir: string): Promise<void> {
    if (!existsSync(record(stateDir))) return;
    const names = readFileSync(record(stateDir), "utf8").trim().split("\n");
    for (const path of hierarchies().flatMap((root) => names.map((name) => join(root, name)))) {
        const gone = () => {
            removeDeepestFirst(path);
            return !existsSync(path);
        };
        await poll(`the control group ${path} to go`, gone, { timeoutMs: 10_000 });
    }
    restoreControllers(stateDir);
}

function removeDeepestFirst(path: string): void {
    if (!existsSync(path)) return;
    for (const entry of readdirSync(path, { withFileTypes: true })) {
        if (entry.isDirectory()) removeDeepestFirst(join(path, entry.name));
    }
    rmdirSync(path);
}

const record = (stateDir: string) => join(stateDir, "cgroups.txt");
const controllers = (stateDir: string) => join(stateDir, "cgroup-controllers.txt");
