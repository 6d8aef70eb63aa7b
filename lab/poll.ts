export interface PollOptions {
    /** Milliseconds until it gives up. Default 60000. */
    readonly timeoutMs?: number;
    /** Milliseconds between two looks. Default 100. */
    readonly intervalMs?: number;
}

/**
 * Waits until `look` gives something other than false or undefined, and returns it.
 *
 * A look that throws counts as "not yet"; its message is part of the error at the end.
 */
export async function poll<T>(
    what: string,
    look: () => T | false | undefined | Promise<T | false | undefined>,
    options: PollOptions = {},
): Promise<T> {
    const limit = options.timeoutMs ?? 60_000;
    const end = Date.now() + limit;
    for (;;) {
        let last = "";
        try {
            const seen = await look();
            if (seen !== false && seen !== undefined) return seen;
        } catch (error) {
            last = `: ${(error as Error).message}`;
        }
        if (Date.now() > end)
            throw new Error(`gave up after ${limit / 1000} s waiting for ${what}${last}`);
        await new Promise((wake) => setTimeout(wake, options.intervalMs ?? 100));
    }
}
