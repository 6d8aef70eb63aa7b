import type * as pulumi from "@pulumi/pulumi";
import { atChange } from "../hooks";

/** Milliseconds without another one, after which no more are expected. */
const quiet = 150;

/**
 * Has several definitions of kinds be made at one moment. The plugin reads the API server's whole
 * schema again after each one (`invalidateResources` in its provider.go), and whatever begins in
 * that time waits: one after the other they take seconds.
 */
export class AtOnce {
    private timer: NodeJS.Timeout | undefined;
    private waiting: (() => void)[] = [];

    constructor(private readonly pause = quiet) {}

    /** Before each of them. */
    hooks(name: string): pulumi.ResourceHookBinding | undefined {
        return atChange("before", `${name}-at-once`, () => this.gathered());
    }

    /** Settles for all who wait once nobody else has come for a moment. */
    gathered(): Promise<void> {
        clearTimeout(this.timer);
        this.timer = setTimeout(() => {
            const all = this.waiting;
            this.waiting = [];
            for (const go of all) go();
        }, this.pause);
        return new Promise((go) => this.waiting.push(go));
    }
}
