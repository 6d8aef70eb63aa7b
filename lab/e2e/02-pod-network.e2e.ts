import assert from "node:assert/strict";
import type { Site } from "../bring-up";
import { nodes } from "../site";
import { poll, theSite } from "./support";

interface Deployment {
    status: { readyReplicas?: number };
}
interface Service {
    spec: { clusterIP: string };
}

/** A kernel without br_netfilter, as Debian's is, loses such requests on a pod network of bridges. */
describe("pod network", () => {
    let site: Site;
    const demo = ["--namespace", "demo"];
    const scale = async (replicas: number) => {
        await site.kubectl.run([...demo, "scale", "deployment/web", `--replicas=${replicas}`]);
        const all = async () => {
            const { status } = await site.kubectl.get<Deployment>([...demo, "deployment/web"]);
            return status.readyReplicas === replicas && (await pods()).length === replicas;
        };
        await poll(`${replicas} pods of the demo`, all);
    };
    /** Processes of the demo's pods, by their pid in the box. */
    const pods = async () => (await site.box.run(["pgrep", "-x", "web"])).stdout.trim().split("\n");

    before(async function () {
        this.timeout(3_600_000);
        site = await theSite();
        await scale(2 * nodes.length);
    });
    after(() => scale(nodes.length));

    it("takes every pod to a service whose pods are on its own node, too", async () => {
        const { spec } = await site.kubectl.get<Service>([...demo, "service/web"]);
        const url = `http://${spec.clusterIP}/`;
        // Each lands on one of four pods; that one of them is missed happens once in 20,000 runs.
        let lost = 0;
        const requests = Array.from({ length: 40 }, () => url);
        const argv = ["curl", "-sS", "--fail", "--max-time", "2", "-H", "Connection: close"];
        for (const pid of await pods()) {
            // Every request is answered at once; that kube-proxy has heard of the new pods takes a second.
            await poll(`answers of all pods to pod ${pid}`, async () => {
                const curl = ["nsenter", "-t", pid, "-n", ...argv, ...requests];
                const { stdout } = await site.box.run(curl, {}, { check: false });
                const answers = stdout.match(/hello from web-\S+/g) ?? [];
                lost += requests.length - answers.length;
                return new Set(answers).size === 2 * nodes.length;
            });
        }
        assert.equal(lost, 0);
    });
});
