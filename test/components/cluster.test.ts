import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo, type Server } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { clusterProblem, clusterProvider, requireCluster } from "../../components/cluster";
import { loadKubeconfig } from "../../components/cluster/kubeconfig";
import type { ClusterPlan } from "../../config/plan";
import { kubeconfigFor } from "./plans";
import { record } from "./recorder";

describe("the cluster", () => {
    let folder = "";
    let server: Server;
    let open = 0;
    const proxies = ["HTTPS_PROXY", "https_proxy", "KUBECONFIG"];
    const saved = Object.fromEntries(proxies.map((name) => [name, process.env[name]]));

    const file = (text: string) => {
        const path = join(folder, "kubeconfig");
        writeFileSync(path, text);
        return path;
    };

    before(async () => {
        folder = mkdtempSync(join(tmpdir(), "cluster-"));
        server = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
        await once(server, "listening");
        open = (server.address() as AddressInfo).port;
    });
    beforeEach(() => proxies.forEach((name) => delete process.env[name]));
    after(() => {
        server.close();
        rmSync(folder, { recursive: true });
        for (const [name, value] of Object.entries(saved)) {
            if (value !== undefined) process.env[name] = value;
        }
    });

    it("has no problem when its port answers", async () => {
        const kubeconfig = file(kubeconfigFor(`https://127.0.0.1:${open}`));
        assert.equal(await clusterProblem({ context: "home", kubeconfig }), undefined);
    });

    async function providerOf(cluster: ClusterPlan) {
        const { registrations } = await record(() => clusterProvider("mine", cluster));
        return registrations.map(({ type, inputs }) => [type, inputs]);
    }

    it("is found through whichever file of KUBECONFIG has it, the first one counts", async () => {
        const named = (fileName: string, context: string, address: string) => {
            const path = join(folder, fileName);
            const text = kubeconfigFor(address).replaceAll('"home"', JSON.stringify(context));
            writeFileSync(path, text.replaceAll('"c"', JSON.stringify(`${context}'s`)));
            return path;
        };
        process.env.KUBECONFIG = [
            "",
            "/no/such",
            named("one", "away", "https://127.0.0.1:1"),
            named("two", "home", `https://127.0.0.1:${open}`),
            named("three", "home", "https://127.0.0.1:1"),
        ].join(delimiter);
        assert.equal(await clusterProblem({ context: "home" }), undefined);
        const { contexts, clusters } = loadKubeconfig();
        assert.deepEqual(
            contexts.map(({ name }) => name),
            ["away", "home"],
        );
        assert.deepEqual(
            clusters.map(({ server }) => server),
            ["https://127.0.0.1:1", `https://127.0.0.1:${open}`],
        );
    });

    it("is not told from one file where another one cannot be read", async () => {
        const whole = file(kubeconfigFor(`https://127.0.0.1:${open}`));
        process.env.KUBECONFIG = [whole, folder].join(delimiter);
        assert.equal(
            await clusterProblem({ context: "home" }),
            `The kubeconfig ${folder} cannot be read.`,
        );
    });

    it("is of no path that somebody else would have elsewhere, but the one of the stack file", async () => {
        process.env.KUBECONFIG = "/home/somebody/config";
        for (const [kubeconfig, given] of [
            [undefined, ""],
            ["/etc/kubernetes/admin.conf", "/etc/kubernetes/admin.conf"],
        ]) {
            const cluster = { context: "home", ...(kubeconfig !== undefined && { kubeconfig }) };
            assert.deepEqual(await providerOf(cluster), [
                [
                    "pulumi:providers:kubernetes",
                    {
                        clusterIdentifier: "mine",
                        context: "home",
                        enableSecretMutable: "true",
                        kubeconfig: given,
                        upsertExistingObjects: "true",
                    },
                ],
            ]);
        }
    });

    it("is not dialled past a proxy", async () => {
        const server = "https://127.0.0.1:1";
        const kubeconfig = file(kubeconfigFor(server, { "proxy-url": "http://127.0.0.1:2" }));
        assert.equal(await clusterProblem({ context: "home", kubeconfig }), undefined);
    });

    const problems: Record<string, { text: string; context?: string; problem: RegExp }> = {
        "nobody listens": {
            text: kubeconfigFor("https://127.0.0.1:1"),
            problem: /^The cluster of context home is unreachable: 127\.0\.0\.1:1 ECONNREFUSED\.$/,
        },
        "the context is not in the file": {
            text: kubeconfigFor("https://127.0.0.1:1"),
            context: "work",
            problem: /^The kubeconfig \S+ has no context work with a cluster \(contexts: home\)\.$/,
        },
        "the file is no kubeconfig": {
            text: "clusters: 7",
            problem: /^The kubeconfig \S+ has no valid clusters and contexts\.$/,
        },
        "the file is no YAML": {
            text: "users: [{ token: not-to-be-shown",
            problem: /^The kubeconfig \S+ has no valid clusters and contexts\.$/,
        },
    };
    for (const [what, { text, context = "home", problem }] of Object.entries(problems)) {
        it(`stops an update and only warns a preview when ${what}`, async () => {
            const cluster = { context, kubeconfig: file(text) };
            assert.match((await clusterProblem(cluster)) ?? "", problem);
            await assert.rejects(
                record(() => requireCluster(cluster)),
                ({ message }: Error) =>
                    problem.test(message.replace(/ Nothing was changed\.$/, "")) &&
                    !message.includes("not-to-be-shown"),
            );
            const { warnings } = await record(() => requireCluster(cluster), { preview: true });
            assert.deepEqual(warnings, [
                `${await clusterProblem(cluster)} What the cluster would say to this preview is not known.`,
            ]);
        });
    }

    it("needs a kubeconfig that can be read", async () => {
        const kubeconfig = join(folder, "none");
        assert.equal(
            await clusterProblem({ context: "home", kubeconfig }),
            `The kubeconfig ${kubeconfig} cannot be read.`,
        );
    });
});
