import assert from "node:assert/strict";
import type { ClusterApi } from "../../components/cluster/api";
import { ReleaseWords } from "../../components/metallb/release-words";
import { record } from "./recorder";

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
const failed = {
    status: { conditions: [{ type: "Ready", status: "False", message: "context deadline" }] },
};

describe("why a release is not ready", () => {
    /** What is told while the cluster has these pods, look by look, and then those of the last. */
    async function toldOf(looks: readonly object[][], release?: object) {
        const left = [...looks];
        let count = 0;
        const api = {
            find: () => Promise.resolve(release),
            list: () => {
                count++;
                return Promise.resolve(left.length > 1 ? left.shift() : left[0]);
            },
        } as unknown as ClusterApi;
        const { warnings } = await record(async () => {
            const end = new ReleaseWords(api, "metallb-system", 2).watched();
            const limit = Date.now() + 5_000;
            while (count < looks.length + 6 && Date.now() < limit) {
                await new Promise((resolve) => setTimeout(resolve, 2));
            }
            end();
        });
        assert.ok(count >= looks.length + 6);
        return warnings;
    }
    const words =
        "Pod metallb-speaker-1 of MetalLB on wn1 does not run (container speaker): the node cannot have the image: registry, tag and login (metallb.values, metallb.images). Kubernetes says: ";

    it("is told once for a pod whose image cannot be had, whatever word Kubernetes has today", async () => {
        const before = pod({ containerStatuses: [waiting("ErrImagePull", "not found")] });
        assert.deepEqual(await toldOf([[before], [noImage], [before], [noImage]]), [
            `${words}ErrImagePull, not found`,
        ]);
    });

    it("is told for a pod that no node takes", async () => {
        const conditions = [
            { type: "PodScheduled", status: "False", message: "0/2 nodes are available" },
        ];
        assert.deepEqual(await toldOf([[pod({ conditions })]]), [
            "Pod metallb-speaker-1 of MetalLB finds no node: 0/2 nodes are available",
        ]);
    });

    it("is told for a container that ends again and again", async () => {
        const initContainerStatuses = [waiting("CrashLoopBackOff")];
        assert.deepEqual(await toldOf([[pod({ initContainerStatuses })]]), [
            "Pod metallb-speaker-1 of MetalLB on wn1 does not run (container speaker): it starts and ends again: kubectl logs of it says why. Kubernetes says: CrashLoopBackOff",
        ]);
    });

    it("is what Flux says, while it tries again", async () => {
        assert.deepEqual(await toldOf([[]], failed), [
            "MetalLB's release is not ready, and Flux tries it again. Flux says: context deadline",
        ]);
    });

    it("is not what passes by itself, nor somebody else's pod", async () => {
        const starting = pod({ containerStatuses: [waiting("ContainerCreating")] });
        const runs = pod({ containerStatuses: [{ name: "speaker", state: {} }] });
        const other = pod({ containerStatuses: [waiting("ImagePullBackOff")] }, "web");
        assert.deepEqual(await toldOf([[starting]]), []);
        assert.deepEqual(await toldOf([[noImage], [noImage], [runs, other]]), []);
    });
});
