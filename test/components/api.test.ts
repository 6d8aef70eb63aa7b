import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { ClusterApi, SilentCluster } from "../../components/cluster/api";

const answers: Record<string, object> = {
    "/api/v1": { resources: [{ name: "nodes", kind: "Node", namespaced: false }] },
    "/api/v1/nodes": { items: [{ metadata: { name: "wn1" } }] },
};

describe("the API server beside the plugin", () => {
    let server: Server;
    let folder: string;
    let kubeconfig: string;
    /** Milliseconds after which a path is answered; absent: never. */
    let answersAfter: Record<string, number>;

    before(async () => {
        server = createServer(({ url }, response) => {
            const { pathname } = new URL(url!, "http://x");
            const delay = answersAfter[pathname];
            if (delay === undefined) return;
            response.setHeader("content-type", "application/json");
            setTimeout(() => response.end(JSON.stringify(answers[pathname])), delay);
        }).listen(0, "127.0.0.1");
        await once(server, "listening");
        folder = mkdtempSync(join(tmpdir(), "api-"));
        kubeconfig = join(folder, "kubeconfig");
        const { port } = server.address() as AddressInfo;
        const cluster = { server: `http://127.0.0.1:${port}`, "insecure-skip-tls-verify": true };
        const text = stringify({
            clusters: [{ name: "c", cluster }],
            contexts: [{ name: "home", context: { cluster: "c", user: "u" } }],
            users: [{ name: "u", user: {} }],
        });
        writeFileSync(kubeconfig, text);
    });
    after(() => {
        server.closeAllConnections();
        server.close();
        rmSync(folder, { recursive: true });
    });

    /** @param patience milliseconds for every answer, and for the first one */
    const connected = (...patience: [number, number]) =>
        new ClusterApi({ context: "home", kubeconfig }, ...patience);
    const list = (api: ClusterApi) => api.list("v1", "Node");

    it("is silent when nothing is answered in the time for the first answer", async () => {
        answersAfter = {};
        await assert.rejects(list(connected(2_000, 50)), new SilentCluster("is silent for 0.05 s"));
    });

    it("has longer for one answer once there was another one", async () => {
        answersAfter = { "/api/v1": 0, "/api/v1/nodes": 0 };
        const api = connected(5_000, 500);
        await list(api);
        answersAfter = { "/api/v1": 0, "/api/v1/nodes": 900 };
        assert.deepEqual(await list(api), [{ metadata: { name: "wn1" } }]);
    });

    it("is silent as well when a later answer does not come", async () => {
        answersAfter = { "/api/v1": 0, "/api/v1/nodes": 0 };
        const api = connected(200, 100);
        await list(api);
        answersAfter = {};
        await assert.rejects(list(api), new SilentCluster("is silent for 0.2 s"));
    });
});
