import { spawnSync } from "node:child_process";
import {
    chmodSync,
    cpSync,
    existsSync,
    mkdirSync,
    mkdtempSync,
    readFileSync,
    rmSync,
    symlinkSync,
    writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";

const ROOT = join(__dirname, "..", "..");

/** What the scripts of ci/ need of a clone. The sources are linked: tsx compiles them once. */
const LINKED = ["commands", "components", "config", "scripts", "node_modules"];
const COPIED = [
    "ci",
    "package.json",
    "package-lock.json",
    "tsconfig.json",
    "Pulumi.yaml",
    ".npmrc",
];

/** A clone of the project in a folder of its own, where the scripts of ci/ run as a CI system runs them. */
export class Workplace {
    readonly folder = mkdtempSync(join(tmpdir(), "ci-"));

    constructor() {
        for (const part of COPIED)
            cpSync(join(ROOT, part), join(this.folder, part), { recursive: true });
        for (const part of LINKED) symlinkSync(join(ROOT, part), join(this.folder, part));
        this.write(".gitignore", "/node_modules\n/out/\n/bin/\n");
    }

    write(path: string, text: string): void {
        mkdirSync(dirname(join(this.folder, path)), { recursive: true });
        writeFileSync(join(this.folder, path), text);
    }

    read(path: string): string {
        return readFileSync(join(this.folder, path), "utf8");
    }

    has(path: string): boolean {
        return existsSync(join(this.folder, path));
    }

    remove(path: string): void {
        rmSync(join(this.folder, path), { recursive: true, force: true });
    }

    /** Puts a program of this name, in bash, before all others. */
    program(name: string, script: string): void {
        this.write(`bin/${name}`, `#!/usr/bin/env bash\n${script}`);
        chmodSync(join(this.folder, "bin", name), 0o755);
    }

    commit(): void {
        const identity = ["-c", "user.name=t", "-c", "user.email=t@example.invalid"];
        for (const argv of [
            ["init", "-q"],
            ["add", "-A"],
            [...identity, "commit", "-qm", "c"],
        ]) {
            const { status, stderr } = spawnSync("git", argv, { cwd: this.folder });
            if (status !== 0) throw new Error(String(stderr));
        }
    }

    /** Runs a script of ci/ from the clone's folder. */
    run(command: string, env: NodeJS.ProcessEnv = {}) {
        const [script, ...argv] = command.split(" ");
        const { status, stdout, stderr } = spawnSync(join(this.folder, script!), argv, {
            cwd: this.folder,
            encoding: "utf8",
            env: {
                PATH: [join(this.folder, "bin"), process.env.PATH].join(delimiter),
                HOME: this.folder,
                // As every CI system has it; without, npm asks its registry for a newer npm.
                CI: "true",
                ...env,
            },
        });
        return { code: status, stdout, stderr };
    }

    end(): void {
        rmSync(this.folder, { recursive: true, force: true });
    }
}

/** An example as a stack file at top level. */
export function example(name: string): string {
    const text = readFileSync(join(ROOT, "examples", `Pulumi.${name}.yaml`), "utf8");
    return text.replace("$schema=../", "$schema=./");
}

/** The same with an SSH key that was set, which no one can decrypt. */
export const stackOf = (name: string) =>
    `${example(name)}    metallb-pfsense:sshKey: { secure: v1:AAAA }\n`;
