import type { KubernetesObject } from "@kubernetes/client-node";
import type * as pulumi from "@pulumi/pulumi";
import { configurationProblems, type ConfigurationNow } from "../../config/configuration";
import { runError } from "../../config/run-error";
import type { ClusterApi } from "../cluster/api";
import { atChange } from "../hooks";
import type { Pod } from "../pods";

interface State extends KubernetesObject {
    status?: {
        result?: ConfigurationNow["result"];
        errorSummary?: string;
        conditions?: { lastTransitionTime?: string | Date }[];
    };
}

/** Milliseconds. */
export interface ConfigurationPatience {
    readonly look: number;
    /** After a change: every speaker has looked at it within three seconds, measured on the lab. */
    readonly fresh: number;
    /** For what is refused: the part that makes it whole may still be on its way. */
    readonly refused: number;
    /** For which the API server does not answer. */
    readonly silent: number;
}

const usual: ConfigurationPatience = {
    look: 250,
    fresh: 5_000,
    refused: 15_000,
    silent: 60_000,
};

/** MetalLB's own word for the configuration: an object that it takes in may still be refused as a whole. */
export class Configuration {
    /** When this run changed something of it last. */
    private changed: number | undefined;

    constructor(
        private readonly api: ClusterApi,
        private readonly namespace: string,
        private readonly patience = usual,
    ) {}

    /** Notes that an object has changed; undefined under Pulumi's mocks. */
    hooks(name: string): pulumi.ResourceHookBinding | undefined {
        return atChange("after", `${name}-configured`, () => this.noteChange());
    }

    /** From now on only what speakers say after this counts. */
    noteChange(): void {
        this.changed = Date.now();
    }

    /** Who refuses what is there now, one sentence each. */
    async problems(): Promise<string[]> {
        const { states, nodes } = await this.now();
        return states.length === 0 ? [] : configurationProblems(states, nodes);
    }

    /**
     * Settles when controller and speakers have taken what this run has made.
     * @throws RunError with the words of those that refuse it, or of an API server that does not say
     */
    async taken(): Promise<void> {
        const begun = Date.now();
        for (;;) {
            const { states, nodes } = await this.answered();
            // Before 0.15.3 MetalLB has no word for it.
            if (states.length === 0) return;
            const problems = configurationProblems(states, nodes);
            if (problems.length === 0 && this.isFresh(states)) return;
            if (problems.length > 0 && Date.now() - begun >= this.patience.refused) {
                throw runError(problems.join("\n"));
            }
            await new Promise((resolve) => setTimeout(resolve, this.patience.look));
        }
    }

    /** The API server may be away for a moment. */
    private async answered(): ReturnType<Configuration["now"]> {
        const begun = Date.now();
        for (;;) {
            try {
                return await this.now();
            } catch (error) {
                const [words] = (error as Error).message.split("\n");
                if (Date.now() - begun >= this.patience.silent) {
                    throw runError(
                        `The cluster does not say whether MetalLB has taken the configuration: ${words}`,
                    );
                }
            }
            await new Promise((resolve) => setTimeout(resolve, this.patience.look));
        }
    }

    /**
     * Whether all speakers have looked since the last change. Their clocks may be others, so that
     * after a while the answer that is there counts.
     */
    private isFresh(states: readonly Seen[]): boolean {
        if (this.changed === undefined) return true;
        if (Date.now() - this.changed >= this.patience.fresh) return true;
        // In whole seconds.
        const since = Math.floor(this.changed / 1000) * 1000;
        return states.every(({ name, at }) => name === "controller" || at >= since);
    }

    private async now(): Promise<{ states: Seen[]; nodes: string[] }> {
        const [states, pods] = await Promise.all([
            this.api.list<State>("metallb.io/v1beta1", "ConfigurationState", this.namespace),
            this.api.list<Pod>("v1", "Pod", this.namespace),
        ]);
        return { states: states.map(seen), nodes: pods.filter(isSpeaker).map(nodeOf) };
    }
}

type Seen = ConfigurationNow & { readonly at: number };

function seen({ metadata, status = {} }: State): Seen {
    const { result = "Unknown", errorSummary: summary, conditions = [] } = status;
    const times = conditions.map(({ lastTransitionTime: at }) => (at ? +new Date(at) : 0));
    return {
        name: metadata!.name!,
        result,
        ...(summary !== undefined && { summary }),
        at: Math.max(0, ...times),
    };
}

const isSpeaker = ({ metadata, status }: Pod): boolean =>
    metadata?.labels?.["app.kubernetes.io/name"] === "metallb" &&
    metadata.labels["app.kubernetes.io/component"] === "speaker" &&
    status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") === true;

const nodeOf = ({ spec }: Pod): string => spec?.nodeName ?? "";
