import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** What a kubelet sets on the host and never puts back (kubelet's protectKernelDefaults: false). */
const changedByKubelet = [
    "vm/overcommit_memory",
    "vm/panic_on_oom",
    "kernel/panic",
    "kernel/panic_on_oops",
    "kernel/keys/root_maxkeys",
    "kernel/keys/root_maxbytes",
];

const file = (stateDir: string) => join(stateDir, "sysctls.json");
const path = (name: string) => `/proc/sys/${name}`;

/** Notes the host's values, unless an earlier start that did not end in order has noted them already. */
export function saveSysctls(stateDir: string): void {
    if (existsSync(file(stateDir))) return;
    const values = changedByKubelet
        .filter((name) => existsSync(path(name)))
        .map((name) => [name, readFileSync(path(name), "utf8").trim()]);
    writeFileSync(file(stateDir), JSON.stringify(Object.fromEntries(values)));
}

/** Puts the noted values back. */
export function restoreSysctls(stateDir: string): void {
    if (!existsSync(file(stateDir))) return;
    const values = JSON.parse(readFileSync(file(stateDir), "utf8")) as Record<string, string>;
    for (const [name, value] of Object.entries(values)) {
        if (readFileSync(path(name), "utf8").trim() !== value) writeFileSync(path(name), value);
    }
}
