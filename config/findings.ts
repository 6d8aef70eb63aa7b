/** Collects every problem of a stack config, so that all are told at once. */
export class Findings {
    readonly errors: string[] = [];
    readonly warnings: string[] = [];

    /** @param path config key in front of the sentence, for example `metallb.pools.public`. */
    error(path: string, reason: string): void {
        this.errors.push(`${path}: ${reason}`);
    }

    warn(path: string, reason: string): void {
        this.warnings.push(`${path}: ${reason}`);
    }
}
