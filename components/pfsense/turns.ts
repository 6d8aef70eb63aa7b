import * as pulumi from "@pulumi/pulumi";

/**
 * One firewall after the other: each waits for its turn, which comes when the one before it is
 * proven, and never when that failed. In a preview nobody waits.
 */
export class Turns {
    private readonly gates: readonly Gate[];

    /** @param routers in their order; the first one waits for nobody */
    constructor(private readonly routers: readonly string[]) {
        this.gates = routers.map(() => new Gate());
        this.gates[0]?.open();
    }

    /** Settles when it is this router's turn; rejects with what ended the run before. */
    of(router: string): Promise<void> {
        const gate = this.gates[this.routers.indexOf(router)];
        return gate && !pulumi.runtime.isDryRun() ? gate.opened : Promise.resolve();
    }

    /** This router is proven: the next one may be touched. */
    pass(router: string): void {
        this.next(router)?.open();
    }

    /** This router is not: nobody after it is touched. */
    fail(router: string, error: Error): void {
        this.next(router)?.close(error);
    }

    private next(router: string): Gate | undefined {
        return this.gates[this.routers.indexOf(router) + 1];
    }
}

class Gate {
    readonly opened: Promise<void>;
    open!: () => void;
    close!: (error: Error) => void;

    constructor() {
        this.opened = new Promise((resolve, reject) => {
            this.open = resolve;
            this.close = reject;
        });
        // Whoever waits is told; where nobody does, it is no error of its own.
        this.opened.catch(() => {});
    }
}
