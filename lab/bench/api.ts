import { request } from "node:http";
import { join } from "node:path";
import type { Box, Service } from "../box";
import type { Kubectl } from "../kubectl";
import { poll } from "../poll";
import * as site from "../site";

/** What the benchmark reads of an object. */
export interface Seen {
    readonly metadata: { readonly name: string; readonly generation?: number };
    readonly status?: {
        readonly conditions?: readonly { readonly type: string; readonly status: string }[];
        readonly observedGeneration?: number;
        readonly lastHandledReconcileAt?: string;
        readonly artifact?: { readonly revision: string };
    };
}

/**
 * The API server by a socket of `kubectl proxy`: a look costs a millisecond, where each `kubectl`
 * is a process of its own and takes a tenth of a second of the same two cores.
 */
export class Api {
    private constructor(
        private readonly socket: string,
        private readonly service: Service,
    ) {}

    static async start(box: Box, kubectl: Kubectl): Promise<Api> {
        const socket = join(box.stateDir, "run", "api.sock");
        const argv = [kubectl.program, `--kubeconfig=${kubectl.kubeconfig}`, "proxy"];
        const service = await box.spawn("api", [...argv, `--unix-socket=${socket}`], {
            netns: site.controlPlane.name,
        });
        const api = new Api(socket, service);
        await poll("the API server's socket", async () => (await api.send("GET", "/version")).ok);
        return api;
    }

    stop(): Promise<void> {
        return this.service.stop();
    }

    /** An object, or undefined where it or its kind is not there. */
    async get<T = Seen>(path: string): Promise<T | undefined> {
        const { ok, text } = await this.send("GET", path);
        return ok ? (JSON.parse(text) as T) : undefined;
    }

    /** True when the API server and every webhook would take the object. */
    async takes(path: string, object: object): Promise<boolean> {
        return (await this.send("POST", `${path}?dryRun=All`, object)).ok;
    }

    async annotate(path: string, annotations: Readonly<Record<string, string>>): Promise<boolean> {
        return (await this.send("PATCH", path, { metadata: { annotations } })).ok;
    }

    private send(
        method: string,
        path: string,
        body?: object,
    ): Promise<{ ok: boolean; text: string }> {
        const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
        return new Promise((resolve, reject) => {
            const options = {
                socketPath: this.socket,
                method,
                path,
                headers: { "content-type": type },
            };
            const call = request(options, (response) => {
                let text = "";
                response.setEncoding("utf8").on("data", (piece: string) => (text += piece));
                response.on("error", reject);
                response.on("end", () => resolve({ ok: (response.statusCode ?? 500) < 300, text }));
            });
            call.on("error", reject).end(body && JSON.stringify(body));
        });
    }
}

/** Ready, and that of what is wanted now. */
export function isReady(object: Seen | undefined): boolean {
    const { metadata, status } = object ?? {};
    const ready = status?.conditions?.some((one) => one.type === "Ready" && one.status === "True");
    return ready === true && status?.observedGeneration === metadata?.generation;
}

const namespaced = (group: string, kind: string) => (namespace: string, name?: string) =>
    `/apis/${group}/namespaces/${namespace}/${kind}${name === undefined ? "" : `/${name}`}`;

/** Paths of the objects that the benchmark looks at. */
export const paths = {
    deployment: namespaced("apps/v1", "deployments"),
    gitRepository: namespaced("source.toolkit.fluxcd.io/v1", "gitrepositories"),
    helmRepository: namespaced("source.toolkit.fluxcd.io/v1", "helmrepositories"),
    helmChart: namespaced("source.toolkit.fluxcd.io/v1", "helmcharts"),
    helmRelease: namespaced("helm.toolkit.fluxcd.io/v2", "helmreleases"),
    kustomization: namespaced("kustomize.toolkit.fluxcd.io/v1", "kustomizations"),
    pool: namespaced("metallb.io/v1beta1", "ipaddresspools"),
    namespace: (name: string) => `/api/v1/namespaces/${name}`,
};
