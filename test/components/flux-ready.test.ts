import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import type { ClusterApi } from "../../components/cluster/api";
import { FluxReady } from "../../components/flux/ready";
import { record } from "./recorder";

const plan = { components: ["source-controller", "helm-controller"] };
/** Milliseconds. */
const patience = { look: 1, pods: 1, tell: 10, pod: 60, whole: 400 };

const deployment = (name: string, status: object = {}) => ({
    metadata: { name, generation: 2 },
    spec: { replicas: 1 },
    status: {
        ...{ observedGeneration: 2, replicas: 1, updatedReplicas: 1, availableReplicas: 1 },
        ...status,
    },
});
const helm = deployment("helm-controller");
const source = deployment("source-controller");
/** Its new pod does not run, and the one of before stays. */
const rolled = deployment("source-controller", { replicas: 2 });
const noImage = {
    metadata: {
        name: "source-controller-1",
        labels: { "app.kubernetes.io/part-of": "flux" },
    },
    spec: { nodeName: "wn1" },
    status: {
        containerStatuses: [{ name: "manager", state: { waiting: { reason: "ErrImagePull" } } }],
    },
};

interface Cluster {
    /** The Deployments, look by look, and then the last of them. */
    readonly looks: readonly (readonly object[] | Error)[];
    readonly pods?: readonly object[];
}

/** How the wait ends, with the number of looks that it took. */
async function waitFor({ looks, pods = [] }: Cluster, change = true) {
    const left = [...looks];
    let count = 0;
    const deployments = () => {
        count++;
        const found = left.length > 1 ? left.shift()! : left[0]!;
        return found instanceof Error ? Promise.reject(found) : Promise.resolve(found);
    };
    const api = {
        list: (_version: string, kind: string) => {
            if (kind === "Deployment") return deployments();
            return Promise.resolve(kind === "Pod" ? pods : []);
        },
    } as unknown as ClusterApi;
    let failure: string | undefined;
    let ready!: FluxReady;
    const { warnings } = await record(async () => {
        ready = new FluxReady(api, plan, patience);
        if (change) ready.begin();
        assert.equal(ready.pending, change);
        try {
            await ready.reached();
        } catch (error) {
            assert.ok(pulumi.RunError.isInstance(error));
            failure = error.message.replace(/after \d+ s/, "after N s");
        }
    });
    assert.equal(ready.pending, false);
    assert.equal(ready.problem === undefined, failure === undefined);
    return { failure, warnings, looks: count };
}

describe("the wait for Flux's controllers", () => {
    it("looks in a run that has changed none of them, too: the run before may have failed", async () => {
        const calm = { failure: undefined, warnings: [] };
        assert.deepEqual(await waitFor({ looks: [[helm, source]] }, false), { ...calm, looks: 1 });
        const { failure } = await waitFor({ looks: [[rolled]], pods: [noImage] }, false);
        assert.match(failure!, /^Flux is not ready after N s\./);
    });

    it("leaves one that is not there to those who name it", async () => {
        const { failure, looks } = await waitFor({ looks: [[helm]] }, false);
        assert.deepEqual({ failure, looks }, { failure: undefined, looks: 1 });
    });

    it("ends when all of them are what is wanted, and looks once more at its end", async () => {
        const looks = [
            [deployment("helm-controller", { availableReplicas: 0 })],
            [helm, deployment("source-controller", { observedGeneration: 1 })],
            [helm, deployment("source-controller", { availableReplicas: 0 })],
            [helm, deployment("source-controller", { updatedReplicas: 0 })],
            [helm, rolled],
            new Error("connection refused"),
            [helm, source],
        ];
        const outcome = await waitFor({ looks });
        assert.deepEqual(outcome, { failure: undefined, warnings: [], looks: 8 });
    });

    it("is not content with one of them that is changed after the other was looked at", async () => {
        const rolling = deployment("helm-controller", { observedGeneration: 1 });
        const looks = [
            [helm, source],
            [rolling, source],
            [helm, source],
        ];
        assert.equal((await waitFor({ looks })).looks, 3);
    });

    it("ends with the words of a pod that does not run", async () => {
        const said =
            "Pod source-controller-1 of Flux on wn1 does not run (container manager): the node cannot have the image: registry and version (flux.registry, flux.version). Kubernetes says: ErrImagePull";
        const { failure, warnings } = await waitFor({ looks: [[helm, rolled]], pods: [noImage] });
        assert.equal(
            failure,
            `Flux is not ready after N s. Kubernetes goes on trying; mend the cause and run pulumi up again:\n  ${said}`,
        );
        assert.deepEqual(warnings, [said]);
    });
});
