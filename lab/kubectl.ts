import type { Box, RunOptions, RunResult } from "./box";
import * as site from "./site";

/** kubectl of the site, run where the API server is. */
export class Kubectl {
    constructor(
        private readonly box: Box,
        readonly program: string,
        readonly kubeconfig: string,
    ) {}

    run(args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
        const argv = [this.program, `--kubeconfig=${this.kubeconfig}`, ...args];
        return this.box.run(argv, { netns: site.controlPlane.name }, options);
    }

    /** Server-side apply of YAML or JSON text. */
    async apply(text: string): Promise<void> {
        await this.run(["apply", "--server-side", "--force-conflicts", "-f", "-"], { input: text });
    }

    /** One object or list as JSON. */
    async get<T>(args: readonly string[]): Promise<T> {
        return JSON.parse((await this.run(["get", ...args, "-o", "json"])).stdout) as T;
    }
}
