/** Something that stands in the way of what is waited for. */
export interface Trouble {
    readonly text: string;
    /** Milliseconds for which it may last; absent: it does not end the wait. */
    readonly most?: number;
}

/** What is in the way at one look, by what it concerns. */
export type Seen = Readonly<Record<string, Trouble>>;

/**
 * What stands in the way from look to look of one wait: much passes by itself while pods start, so
 * that only what lasts is told, once, and ends the wait at last.
 */
export class Troubles {
    private all = new Map<string, Trouble & { lasted: number; told: boolean }>();
    private seen: Seen = {};

    /**
     * @param tell milliseconds after which one is told
     * @param warn tells it
     */
    constructor(
        private readonly tell: number,
        private readonly warn: (text: string) => Promise<void>,
    ) {}

    /**
     * Takes a look into account.
     * @param passed milliseconds since the look before
     * @returns whether one of them has lasted for longer than it may
     */
    async over(seen: Seen, passed: number): Promise<boolean> {
        this.seen = seen;
        for (const [key, trouble] of Object.entries(seen)) {
            const known = this.all.get(key);
            const lasted = (known?.lasted ?? 0) + passed;
            const tells = !known?.told && lasted >= this.tell;
            if (tells) await this.warn(trouble.text);
            this.all.set(key, { ...trouble, lasted, told: tells || known?.told === true });
        }
        return [...this.all.values()].some(({ most = Infinity, lasted }) => lasted >= most);
    }

    /** Those of the last look. */
    get texts(): string[] {
        return [...this.all].filter(([key]) => key in this.seen).map(([, { text }]) => text);
    }
}
