import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import type { ClusterApi } from "../../components/cluster/api";
import type { FluxReady } from "../../components/flux/ready";
import { eventTexts } from "../../components/pods";
import { ReleaseReady } from "../../components/metallb/release-ready";
import { runError } from "../../config/run-error";
import { record } from "./recorder";

const plan = {
    namespace: "metallb-system",
    chart: { repository: "https://charts.example.net", version: "0.16.1" },
};
/** Milliseconds; what is told after three looks is given up after ten. */
const patience = { look: 1, pods: 1, tell: 20, failed: 60, pod: 100, silent: 50, whole: 400 };

const waiting = (reason: string, message?: string) => ({
    name: "speaker",
    state: { waiting: { reason, ...(message !== undefined && { message }) } },
});
const pod = (status: object, instance = "metallb") => ({
    metadata: { name: "metallb-speaker-1", labels: { "app.kubernetes.io/instance": instance } },
    spec: { nodeName: "wn1" },
    status,
});
const noImage = pod({ containerStatuses: [waiting("ImagePullBackOff", "Back-off pulling image")] });

/** A release of generation 2 as Flux has it. */
const release = (
    status: "True" | "False" | "Unknown",
    message: string,
    { attempted = 2, observed = 2, chart = "0.16.1" } = {},
) => ({
    metadata: { generation: 2 },
    status: {
        conditions: [
            { type: "Released", status: "False", message: "not this one" },
            { type: "Ready", status, message, observedGeneration: observed },
        ],
        history: [{ chartVersion: chart }],
        lastAttemptedGeneration: attempted,
    },
});
const underWay = release("Unknown", "Running 'install' action with timeout of 5m0s");
const ready = release("True", "Helm install succeeded");

interface Cluster {
    /** Looks after which MetalLB takes its objects; absent: no first installation. */
    readonly serves?: number;
    /** How Flux gets the chart; default: it has it. */
    readonly chart?: () => Promise<void>;
    readonly controllers?: FluxReady;
    /** Milliseconds for the whole wait. */
    readonly whole?: number;
    /** What the cluster has, look by look, and then the last of it. */
    readonly releases: readonly (object | undefined | Error)[];
    readonly pods?: readonly object[];
    readonly events?: readonly object[];
}

/** How the wait ends: with an error's words, or nothing. */
async function waitFor({ releases, pods = [], events = [], ...more }: Cluster) {
    const left = [...releases];
    let looks = 0;
    const api = {
        find: () => {
            looks++;
            const found = left.length > 1 ? left.shift() : left[0];
            return found instanceof Error ? Promise.reject(found) : Promise.resolve(found);
        },
        list: (_version: string, kind: string) => Promise.resolve(kind === "Pod" ? pods : events),
    } as unknown as ClusterApi;
    let failure: string | undefined;
    const { warnings } = await record(async () => {
        try {
            const { serves = Infinity, controllers, whole = patience.whole } = more;
            const early = more.serves ? () => Promise.resolve(looks >= serves) : undefined;
            const ready = new ReleaseReady(api, plan, {
                patience: { ...patience, whole },
                controllers,
                first: early && { chart: more.chart ?? (() => Promise.resolve()), serves: early },
            });
            await (early ? ready.usable() : ready.reached());
        } catch (error) {
            assert.ok(pulumi.RunError.isInstance(error));
            failure = error.message.replace(/after \d+ s/, "after N s");
        }
    });
    return { failure, warnings, looks };
}

const begin =
    "MetalLB is not ready after N s. Flux goes on trying; mend the cause and run pulumi up again:\n  ";
const words =
    "Pod metallb-speaker-1 of MetalLB on wn1 does not run (container speaker): the node cannot have the image: registry, tag and login (metallb.values, metallb.images). Kubernetes says: ";

describe("the wait for MetalLB's release", () => {
    it("ends as soon as Flux has what is wanted", async () => {
        const releases = [underWay, underWay, ready];
        assert.deepEqual(await waitFor({ releases }), {
            failure: undefined,
            warnings: [],
            looks: 3,
        });
    });

    it("is over at once where the release is as wanted, or is not there at all", async () => {
        for (const releases of [[ready], [undefined]]) {
            assert.equal((await waitFor({ releases })).looks, 1);
        }
    });

    it("takes nothing of before for an answer: generation, chart, or an API server that is away", async () => {
        const before = [
            release("True", "Helm upgrade succeeded", { attempted: 1, observed: 1 }),
            release("True", "Helm upgrade succeeded", { observed: 1 }),
            release("True", "Helm upgrade succeeded", { chart: "0.15.3" }),
            new Error("connection refused"),
        ];
        assert.deepEqual(await waitFor({ releases: [...before, ready] }), {
            failure: undefined,
            warnings: [],
            looks: 5,
        });
    });

    it("is over for MetalLB's objects as soon as MetalLB takes them, on a first installation", async () => {
        const releases = [underWay];
        const calm = { failure: undefined, warnings: [] };
        assert.deepEqual(await waitFor({ releases, serves: 3 }), { ...calm, looks: 3 });
        assert.deepEqual(await waitFor({ releases: [underWay, ready], serves: 9 }), {
            ...calm,
            looks: 2,
        });
        const { failure } = await waitFor({ releases, pods: [noImage], serves: Infinity });
        assert.match(failure!, /^MetalLB is not ready after N s\./);
    });

    it("begins with the wait for the chart on a first installation, and ends with that", async () => {
        const chart = () => Promise.reject(runError("The chart cannot be had"));
        assert.deepEqual(await waitFor({ releases: [underWay], serves: 1, chart }), {
            failure: "The chart cannot be had",
            warnings: [],
            looks: 0,
        });
    });

    it("holds up the release's own step where MetalLB was there before, and at no first installation", async () => {
        const find = () => Promise.resolve(ready);
        const api = { find, list: () => Promise.resolve([]) } as unknown as ClusterApi;
        const never = () => new Promise<never>(() => undefined);
        await record(() => {
            const first = { chart: never, serves: never };
            assert.equal(new ReleaseReady(api, plan, { patience, first }).changed(), undefined);
            assert.ok(new ReleaseReady(api, plan, { patience }).changed() instanceof Promise);
        });
    });

    it("waits for all of it where MetalLB was there before", async () => {
        let looks = 0;
        const find = () => Promise.resolve(++looks < 4 ? underWay : ready);
        const api = { find, list: () => Promise.resolve([]) } as unknown as ClusterApi;
        await record(() => new ReleaseReady(api, plan, { patience }).usable());
        assert.equal(looks, 4);
    });

    it("ends where Flux's controllers do not run", async () => {
        const problem = runError("Flux is not ready");
        const controllers = { pending: false, problem } as unknown as FluxReady;
        const { failure } = await waitFor({ releases: [underWay], controllers });
        assert.equal(failure, "Flux is not ready");
    });

    it("ends with Flux's words once a try and the next one have failed", async () => {
        const failed = release("False", "Helm install failed: template: no such field");
        const said =
            "MetalLB's release is not ready, and Flux tries it again. Flux says: Helm install failed: template: no such field";
        const { failure, warnings } = await waitFor({ releases: [failed] });
        assert.equal(failure, begin + said);
        assert.deepEqual(warnings, [said]);
    });

    it("goes on through a try that fails and one that does not", async () => {
        const failed = release("False", "webhook: connection refused");
        const releases = [...Array<object>(5).fill(failed), underWay, ready];
        assert.equal((await waitFor({ releases })).failure, undefined);
    });

    it("ends with the pods' own words and events, whatever word Kubernetes has today", async () => {
        const events = [
            {
                type: "Warning",
                reason: "Failed",
                message: "Failed to pull image\n",
                involvedObject: { kind: "Pod", name: "metallb-speaker-1" },
            },
        ];
        const { failure, warnings } = await waitFor({
            releases: [underWay],
            pods: [noImage],
            events,
        });
        const said = `${words}ImagePullBackOff, Back-off pulling image`;
        const event = "Kubernetes says: Pod metallb-speaker-1: Failed, Failed to pull image";
        assert.equal(failure, `${begin}${said}\n  ${event}`);
        assert.deepEqual(warnings, [said]);
    });

    const pods: Record<string, [object, string]> = {
        "that no node takes": [
            pod({
                conditions: [
                    { type: "PodScheduled", status: "False", message: "0/2 nodes are available" },
                ],
            }),
            "Pod metallb-speaker-1 of MetalLB finds no node: 0/2 nodes are available",
        ],
        "whose container ends again and again": [
            pod({ initContainerStatuses: [waiting("CrashLoopBackOff")] }),
            "Pod metallb-speaker-1 of MetalLB on wn1 does not run (container speaker): it starts and ends again: kubectl logs of it says why. Kubernetes says: CrashLoopBackOff",
        ],
    };
    for (const [title, [one, said]] of Object.entries(pods)) {
        it(`names a pod ${title}`, async () => {
            const outcome = await waitFor({ releases: [underWay], pods: [one] });
            assert.equal(outcome.failure, begin + said);
            assert.deepEqual(outcome.warnings, [said]);
        });
    }

    it("tells that Flux is busy with the try before, and blames no pod of it", async () => {
        const earlier = release("Unknown", "Running 'upgrade' action", { attempted: 1 });
        const releases = [...Array<object>(150).fill(earlier), ready];
        const { failure, warnings } = await waitFor({ releases, pods: [noImage], whole: 10_000 });
        assert.equal(failure, undefined);
        assert.deepEqual(warnings, [
            "MetalLB's release waits for Flux to give up the try before, which takes up to five minutes. Flux says: Running 'upgrade' action",
        ]);
    });

    it("ends at once where somebody has suspended the release, unless it is as wanted", async () => {
        const before = release("True", "Helm upgrade succeeded", { attempted: 1, observed: 1 });
        const suspended = { ...before, spec: { suspend: true } };
        const { failure, looks } = await waitFor({ releases: [suspended] });
        assert.deepEqual(
            [failure, looks],
            [
                `${begin}HelmRelease metallb is suspended, and Flux leaves it alone: kubectl -n metallb-system patch helmrelease metallb --type merge -p '{"spec":{"suspend":false}}' takes that back`,
                1,
            ],
        );
        const asWanted = { ...ready, spec: { suspend: true } };
        assert.equal((await waitFor({ releases: [asWanted] })).failure, undefined);
    });

    it("ends where the cluster does not say", async () => {
        const away = new Error("HTTP-Code: 403\nMessage: and more");
        assert.equal(
            (await waitFor({ releases: [underWay, away] })).failure,
            "The cluster does not say whether MetalLB is ready: HTTP-Code: 403",
        );
    });

    it("ends without a reason after its time, and not because of somebody else's pod", async () => {
        const starting = pod({ containerStatuses: [waiting("ContainerCreating")] });
        const other = pod({ containerStatuses: [waiting("ImagePullBackOff")] }, "web");
        const outcome = await waitFor({ releases: [underWay], pods: [starting, other] });
        assert.equal(outcome.failure, `${begin}Flux gives no reason.`);
        assert.deepEqual(outcome.warnings, []);
    });
});

describe("Kubernetes' warnings about a namespace", () => {
    const event = (reason: string, at: string, type = "Warning") => ({
        type,
        reason,
        message: "why",
        involvedObject: { kind: "Pod", name: "a" },
        lastTimestamp: at,
    });

    it("are the newest three, each once", () => {
        const events = ["A", "B", "C", "D", "D"].map((reason, index) =>
            event(reason, `2026-01-01T00:00:0${index}Z`),
        );
        assert.deepEqual(eventTexts([...events, event("E", "2026-01-02T00:00:00Z", "Normal")]), [
            "Pod a: D, why",
            "Pod a: C, why",
            "Pod a: B, why",
        ]);
    });
});
