/** How long a run has waited for what the cluster does by itself. */
export class Waits {
    private readonly seconds = new Map<string, number>();

    /** Notes how long this took, however it ended; the longest counts. */
    async timed(what: string, wait: Promise<void>): Promise<void> {
        const begun = Date.now();
        try {
            await wait;
        } finally {
            const seconds = Math.round((Date.now() - begun) / 1000);
            this.seconds.set(what, Math.max(seconds, this.seconds.get(what) ?? 0));
        }
    }

    /** In the order in which they ended; undefined where none took a second. */
    told(): string | undefined {
        const all = [...this.seconds].filter(([, seconds]) => seconds > 0);
        if (all.length === 0) return undefined;
        return `Waited ${all.map(([what, seconds]) => `${seconds} s for ${what}`).join(", ")}.`;
    }
}
