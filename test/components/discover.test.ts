import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { discoverNodes } from "../../components/cluster/discover";
import type { Discovery, NodeList } from "../../config/discover";
import { kubeconfigFor } from "./plans";
import { record } from "./recorder";

const way =
    "Nothing was changed. When it answers again, run this again; to go on without it, list the nodes in bgp.nodes in place of bgp.discover.";

describe("the nodes of the cluster", () => {
    let folder = "";
    let server: Server;
    let mode: "answers" | "refuses" | "silent";
    let names: string[];
    let discovery: Discovery;

    const item = (name: string) => ({
        metadata: { name, labels: { bgp: "yes" } },
        status: {
            addresses: [
                { type: "Hostname", address: name },
                { type: "ExternalIP", address: "203.0.113.7" },
                { type: "InternalIP", address: `10.0.0.2${name.slice(2)}` },
            ],
            conditions: [{ type: "Ready", status: "False" }],
        },
    });
    const answers: Record<string, () => unknown> = {
        "/api/v1": () => ({ resources: [{ name: "nodes", kind: "Node", namespaced: false }] }),
        "/api/v1/nodes": () => ({ items: names.map(item) }),
    };

    before(async () => {
        folder = mkdtempSync(join(tmpdir(), "discover-"));
        server = createServer((request, response) => {
            if (mode === "silent") return;
            const path = request.url!.replace(/\?.*/, "");
            response.statusCode = mode === "refuses" ? 403 : path in answers ? 200 : 404;
            response.setHeader("content-type", "application/json");
            response.end(JSON.stringify(mode === "refuses" ? {} : (answers[path]?.() ?? {})));
        });
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        discovery = at(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    });
    beforeEach(() => {
        mode = "answers";
        names = ["wn2", "wn1"];
    });
    after(() => {
        server.closeAllConnections();
        server.close();
        rmSync(folder, { recursive: true });
    });

    const at = (address: string): Discovery => {
        const kubeconfig = join(folder, address.replace(/\W/g, "-"));
        writeFileSync(kubeconfig, kubeconfigFor(address, { "insecure-skip-tls-verify": true }));
        return {
            cluster: { context: "home", kubeconfig },
            selector: { matchLabels: { bgp: "yes" } },
            gone: [],
            said: new Map(),
            routers: [{ name: "fw", families: ["ipv4"] }],
        };
    };
    const ask = async (preview = true, last: NodeList = {}, asked = discovery) => {
        const nodes = () => discoverNodes(asked, 500);
        const options = { preview, last: { nodes: last } };
        const { result, registrations } = await record(nodes, options);
        assert.deepEqual(registrations, [], "nothing is kept in the state");
        return result;
    };
    const refused = async (run: Promise<unknown>, message: string | RegExp) =>
        assert.rejects(run, (error: Error) => {
            assert.ok(pulumi.RunError.isInstance(error), "printed without a stack trace");
            if (typeof message === "string") assert.equal(error.message, message);
            else assert.match(error.message, message);
            return true;
        });

    it("are what it says of them, Ready or not, by their InternalIPs", async () => {
        assert.deepEqual(await ask(), { wn1: ["10.0.0.21"], wn2: ["10.0.0.22"] });
    });

    it("are not asked for where the file lists them", async () => {
        mode = "silent";
        const { result } = await record(() => discoverNodes(undefined));
        assert.equal(result, undefined);
    });

    it("may be discovered by the first up, which has no outputs yet", async () => {
        const { result } = await record(() => discoverNodes(discovery));
        assert.deepEqual(Object.keys(result!), ["wn1", "wn2"]);
    });

    it("may be fewer by half than those of the last up, and not by more", async () => {
        const last = { wn1: ["10.0.0.21"], wn2: ["10.0.0.22"] };
        names = ["wn1"];
        assert.deepEqual(await ask(true, last), { wn1: ["10.0.0.21"] });
        names = ["wn3"];
        for (const preview of [true, false]) {
            await refused(
                ask(preview, last),
                [
                    "1 error in the stack config; nothing was changed:",
                    "  error: bgp.discover: the cluster's answer would take 2 of the 2 nodes of the last up away from the firewalls, or give them other addresses: wn1 and wn2, which is more than half; if that is right, name them for one up: bgp.discover.gone: [wn1, wn2]",
                ].join("\n"),
            );
        }
    });

    it("stop a preview and an up when the cluster gives no answer, by what kept it from it", async () => {
        for (const preview of [true, false]) {
            mode = "silent";
            await refused(
                ask(preview),
                `The nodes could not be discovered. The cluster of context home takes connections and is silent for 0.5 s. ${way}`,
            );
            server.closeAllConnections();
            mode = "refuses";
            await refused(
                ask(preview),
                /^The nodes could not be discovered\. The cluster of context home says nothing of them: .*403.*\. Nothing was changed\./,
            );
            await refused(
                ask(preview, {}, at("https://127.0.0.1:1")),
                `The nodes could not be discovered. The cluster of context home is unreachable: 127.0.0.1:1 ECONNREFUSED. ${way}`,
            );
        }
    });
});
