import { appendFileSync, existsSync, mkdirSync, readFileSync, rmdirSync } from "node:fs";
import { join } from "node:path";

/**
 * Folders whose paths are built into FRR, kubelet, containerd's shims and CNI. In the box each is an
 * empty one of its own: FRR names files by pid, and pids repeat in a process namespace; the others
 * would leave their traces on the host.
 */
const folders = [
    ...["/run", "/etc/frr", "/var/tmp/frr", "/var/log/containers", "/var/lib/kubelet"],
    ...["/var/lib/cni", "/usr/libexec/kubernetes"],
];

const record = (stateDir: string) => join(stateDir, "made-folders.txt");

/** Lines of shell that put the private folders in place, once they exist on the host. */
export const mountPrivateFolders = [
    ...folders.map((folder) => `mount -t tmpfs lab ${folder}`),
    "mkdir /run/netns /run/frr /run/lock",
    "chown frr:frr /run/frr /etc/frr /var/tmp/frr",
];

/** Makes the folders this host lacks, to mount on, and notes them. */
export function makePrivateFolders(stateDir: string): void {
    for (const folder of folders.filter((path) => !existsSync(path))) {
        mkdirSync(folder, { recursive: true });
        appendFileSync(record(stateDir), `${folder}\n`);
    }
}

/** Removes the folders that were made; one that somebody has put something into stays. */
export function removePrivateFolders(stateDir: string): void {
    if (!existsSync(record(stateDir))) return;
    for (const folder of readFileSync(record(stateDir), "utf8").trim().split("\n")) {
        try {
            rmdirSync(folder);
        } catch (error) {
            const { code } = error as NodeJS.ErrnoException;
            if (code !== "ENOENT" && code !== "ENOTEMPTY" && code !== "EBUSY") throw error;
        }
    }
}
