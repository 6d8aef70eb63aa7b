import { readFileSync } from "node:fs";
import type { Site } from "../bring-up";
import { argsFor, componentOf, parseManifest } from "../../components/flux/manifest";
import { metallbObjects, namespaceObject, passwordObject } from "../../config/objects";
import type { JsonObject, Plan } from "../../config/plan";
import { planFromStack } from "../../config/stack";
import { readStackFile } from "../../config/stack-file";
import { type Api, isReady, paths } from "./api";
import { poll } from "../poll";
import { demoAddress } from "../report";

/** What every contestant brings about: the dev stack's plan, and the password that is in no plan. */
export interface Wanted {
    readonly plan: Plan;
    readonly password: string;
    /** Names of the stack file's nodes. */
    readonly nodes: readonly string[];
    /** Text of Flux's install manifest. */
    readonly fluxManifest: string;
}

/** What a contestant has at hand. */
export interface Bench {
    readonly site: Site;
    readonly api: Api;
    readonly wanted: Wanted;
    /** Tells a person what is going on. */
    readonly tell: (line: string) => void;
}

/** The plan of the site's stack file, so that all contestants make the same objects. */
export function wantedOf(site: Site, password: string): Wanted {
    const { document, secretKeys } = readStackFile(Buffer.from(site.stack.read()));
    const { plan, errors } = planFromStack(document, { stack: "dev", secretKeys });
    if (!plan) throw new Error(errors.map(({ path, reason }) => `${path}: ${reason}`).join("\n"));
    const { flux, bgp } = document as {
        flux: { manifest: { path: string } };
        bgp: { nodes: Record<string, string> };
    };
    const fluxManifest = readFileSync(flux.manifest.path, "utf8");
    return { plan, password, nodes: Object.keys(bgp.nodes), fluxManifest };
}

/** Objects as one text for kubectl. */
export const asText = (objects: readonly object[]): string =>
    JSON.stringify({ apiVersion: "v1", kind: "List", items: objects });

export const namespaceOf = ({ plan }: Wanted) => namespaceObject(plan.metallb);

/** MetalLB's own objects and the passwords that its peers name. */
export function configObjects({ plan, password }: Wanted): object[] {
    const secrets = Object.keys(plan.metallb.passwords).map((name) => ({
        ...passwordObject(plan.metallb, name),
        stringData: { password },
    }));
    return [...secrets, ...metallbObjects(plan.metallb).flatMap(([, objects]) => objects)];
}

/** The chart's values of the plan, without the probes that this program sets. */
export function valuesWithChartProbes({ plan }: Wanted): JsonObject {
    const { controller, speaker, ...values } = plan.metallb.values as Record<string, JsonObject>;
    const without = (part: JsonObject = {}): JsonObject =>
        Object.fromEntries(Object.entries(part).filter(([name]) => name !== "readinessProbe"));
    return { ...values, controller: without(controller), speaker: without(speaker) };
}

const fluxNamespace = "flux-system";
/** The controllers that a script has a use for; the recipe's Kustomizations want a third one. */
export const fluxForReleases = ["source-controller", "helm-controller"];
export const fluxForKustomizations = [...fluxForReleases, "kustomize-controller"];

interface Container {
    args?: string[];
    readinessProbe?: { periodSeconds?: number };
}
interface Deployed {
    spec?: { template?: { spec?: { containers?: Container[] } } };
}

/**
 * Flux's manifest with these controllers alone, as `flux install --components` writes it: where no
 * notification-controller is, nobody is told to send it events, which would hold each of the
 * first reconciliations up for 15 s.
 * @param probe seconds between two of its readiness probes. Default: as published
 */
export function fluxWith(
    components: readonly string[],
    { fluxManifest }: Wanted,
    probe?: number,
): string {
    const kept = parseManifest(fluxManifest, "Flux's manifest").filter((object) => {
        const component = componentOf(object);
        return component === undefined || components.includes(component);
    });
    const containers = kept.flatMap(
        (object) => (object as Deployed).spec?.template?.spec?.containers ?? [],
    );
    for (const container of containers) {
        container.args = argsFor(components, container.args);
        const { readinessProbe } = container;
        if (readinessProbe && probe !== undefined) readinessProbe.periodSeconds = probe;
    }
    return asText(kept);
}

/** Installs these controllers of Flux's, and waits until each of them is available. */
export async function installFlux(
    { site, api, wanted }: Bench,
    components: readonly string[],
    probe?: number,
): Promise<void> {
    await site.kubectl.apply(fluxWith(components, wanted, probe));
    await fluxServes({ api }, components);
}

/** Waits until controllers of Flux's are available, and so reachable by their Services. */
async function fluxServes({ api }: Pick<Bench, "api">, names: readonly string[]): Promise<void> {
    interface Deployment {
        status?: { availableReplicas?: number };
    }
    for (const name of names) {
        const available = async () => {
            const found = await api.get<Deployment>(paths.deployment(fluxNamespace, name));
            return (found?.status?.availableReplicas ?? 0) > 0;
        };
        await poll(`${name} to be available`, available, { intervalMs: 50 });
    }
}

/**
 * Begins to take Flux away; what it has installed has to be gone before, or nobody takes the
 * finalizers. kubectl's own wait looks at one object after the other, for seconds after the last one
 * has gone.
 */
export async function removeFlux({ site, wanted }: Bench): Promise<void> {
    const argv = ["delete", "--ignore-not-found", "--wait=false", "-f", "-"];
    await site.kubectl.run(argv, { input: wanted.fluxManifest, timeoutMs: 150_000 });
}

/** Waits until the release is gone, which its controller holds until Helm has uninstalled it. */
export function releaseGone({ api, wanted }: Bench): Promise<true> {
    const { namespace } = wanted.plan.metallb;
    const path = paths.helmRelease(namespace, "metallb");
    return poll("the release to be gone", async () => !(await api.get(path)) || undefined);
}

/** Waits until the demo's Service has no address, which MetalLB takes away while it still runs. */
export function addressGivenBack({ site }: Bench): Promise<true> {
    const gone = async () => (await demoAddress(site.kubectl)) === undefined;
    return poll("the address to be given back", gone);
}

/** Deletes objects and waits until they are gone. */
export async function remove({ site }: Bench, objects: readonly object[]): Promise<void> {
    const argv = ["delete", "--ignore-not-found", "--timeout=120s", "-f", "-"];
    await site.kubectl.run(argv, { input: asText(objects), timeoutMs: 150_000 });
}

export { isReady, paths, fluxNamespace };
