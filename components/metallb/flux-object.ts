import type { KubernetesObject } from "@kubernetes/client-node";

/** One of Flux's objects, as far as a wait for it goes. */
export interface FluxObject extends KubernetesObject {
    spec?: { suspend?: boolean };
    status?: { conditions?: Condition[] };
}
interface Condition {
    readonly type: string;
    readonly status: string;
    readonly message?: string;
    readonly observedGeneration?: number;
}

/** The condition Ready; undefined: Flux has not looked yet. */
export const readyOf = ({ status }: FluxObject): Condition | undefined =>
    status?.conditions?.find(({ type }) => type === "Ready");
