import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Box, runCommand, type Service } from "../box";
import { poll } from "../poll";
import * as site from "../site";
import { root } from "../stack/stack";

const port = site.repository.port + 1;
const branch = "main";

/** A Git repository that the cluster reads by HTTP, and a person's clone of it. */
export class GitRepository {
    readonly url = `http://${site.repository.address}:${port}/site.git`;
    readonly branch = branch;

    private constructor(
        private readonly folder: string,
        private readonly server: Service,
    ) {}

    static async serve(box: Box): Promise<GitRepository> {
        const folder = join(box.stateDir, "git");
        mkdirSync(folder, { recursive: true });
        const program = join(__dirname, "git-http.ts");
        const argv = [process.execPath, "--import", "tsx", program, folder];
        const server = await box.spawn("git", [...argv, site.repository.address, String(port)], {
            netns: site.repository.name,
            cwd: root,
        });
        const serving = () => readFileSync(server.log, "utf8").includes("serving");
        await poll("the Git repository's server", serving);
        return new GitRepository(folder, server);
    }

    stop(): Promise<void> {
        return this.server.stop();
    }

    /** Begins anew with one commit of these files. */
    async create(files: Readonly<Record<string, string>>): Promise<string> {
        for (const part of ["site.git", "clone"])
            rmSync(join(this.folder, part), { recursive: true, force: true });
        await this.git(this.folder, "init", "-q", "--bare", "-b", branch, "site.git");
        await this.git(this.folder, "init", "-q", "-b", branch, "clone");
        await this.git(this.clone, "remote", "add", "origin", join(this.folder, "site.git"));
        return this.push(await this.commit(files));
    }

    /** Commits further files in the clone; nobody sees them before the push. */
    async commit(files: Readonly<Record<string, string>>): Promise<string> {
        for (const [path, text] of Object.entries(files)) {
            mkdirSync(dirname(join(this.clone, path)), { recursive: true });
            writeFileSync(join(this.clone, path), text);
        }
        await this.git(this.clone, "add", "--all");
        await this.git(this.clone, "commit", "-q", "-m", "site");
        return (await this.git(this.clone, "rev-parse", "HEAD")).trim();
    }

    /** Publishes what was committed last. */
    async push(commit: string): Promise<string> {
        await this.git(this.clone, "push", "-q", "origin", branch);
        return commit;
    }

    private get clone(): string {
        return join(this.folder, "clone");
    }

    private async git(cwd: string, ...args: readonly string[]): Promise<string> {
        // Nothing of the person who runs the benchmark: no name, no signature, no hooks.
        const env = {
            PATH: process.env.PATH,
            HOME: this.folder,
            GIT_CONFIG_NOSYSTEM: "1",
            GIT_AUTHOR_NAME: "bench",
            GIT_AUTHOR_EMAIL: "bench@example.com",
            GIT_COMMITTER_NAME: "bench",
            GIT_COMMITTER_EMAIL: "bench@example.com",
        };
        const argv = ["git", "-C", cwd, ...args];
        return (await runCommand(argv, `git ${args[0]}`, { env })).stdout;
    }
}
