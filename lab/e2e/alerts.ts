import assert from "node:assert/strict";
import { stringify } from "yaml";
import type { Plan } from "../../config/plan";
import { readStackFile } from "../../config/stack-file";
import { planFromStack } from "../../config/stack";
import { prometheus } from "../artifacts/families";
import { buildFamily } from "../artifacts/tools";
import type { Site } from "../bring-up";
import * as network from "../site";

/** A metrics port of a pod, and what a ServiceMonitor adds to every series of it. */
export interface Target {
    readonly url: string;
    readonly labels: Readonly<Record<"namespace" | "pod" | "container" | "instance", string>>;
}

export interface Alert {
    readonly state: "pending" | "firing";
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
}

/** What Prometheus makes of the rules, lab/tools/prometheus. */
export interface Judgement {
    /** Series that each selector finds, by alert and selector. */
    readonly selected: Readonly<Record<string, Readonly<Record<string, number>>>>;
    /** What is pending or firing, minute by minute from 0 to 5. */
    readonly minutes: readonly (readonly Alert[])[];
}

interface Pods {
    readonly items: readonly {
        readonly metadata: { readonly name: string; readonly namespace: string };
        readonly spec: {
            readonly containers: readonly {
                readonly name: string;
                readonly ports?: readonly { readonly name?: string; containerPort: number }[];
            }[];
        };
        readonly status: { readonly podIP: string };
    }[];
}

/** The account that may read metrics, as Prometheus's may: the chart asks for no more. */
const reader = "metrics-reader";
const objects = [
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: reader, namespace: "demo" } },
    {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "ClusterRole",
        metadata: { name: reader },
        rules: [{ nonResourceURLs: ["/metrics"], verbs: ["get"] }],
    },
    {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "ClusterRoleBinding",
        metadata: { name: reader },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: reader },
        subjects: [{ kind: "ServiceAccount", name: reader, namespace: "demo" }],
    },
];
const text = objects.map((object) => JSON.stringify(object)).join("\n---\n");

/** Judges the alerts that the site's own stack file gives by what its pods say right now. */
export class Alerts {
    private constructor(
        private readonly site: Site,
        private readonly program: string,
        private readonly token: string,
    ) {}

    static async start(site: Site): Promise<Alerts> {
        const tell = (line: string, detail = "") => console.log(`    ${line} ${detail}`);
        const directory = await buildFamily(prometheus, "Prometheus's rules", tell);
        await site.kubectl.apply(text);
        const { stdout } = await site.kubectl.run(["-n", "demo", "create", "token", reader]);
        return new Alerts(site, `${directory}/alerts`, stdout.trim());
    }

    async end(): Promise<void> {
        const argv = ["delete", "--ignore-not-found", "-f", "-"];
        await this.site.kubectl.run(argv, { input: text });
    }

    /** Every port that a monitor of the chart takes, by the name it takes it by. */
    async targets(): Promise<Target[]> {
        const { items } = await this.site.kubectl.get<Pods>(["-n", "metallb-system", "pods"]);
        return items.flatMap(({ metadata, spec, status }) =>
            spec.containers.flatMap(({ name, ports = [] }) =>
                ports
                    .filter((port) => port.name?.endsWith("metricshttps"))
                    .map(({ containerPort }) => {
                        const instance = `${status.podIP}:${containerPort}`;
                        const { namespace, name: pod } = metadata;
                        const labels = { namespace, pod, container: name, instance };
                        return { url: `https://${instance}/metrics`, labels };
                    }),
            ),
        );
    }

    /** What would be pending or firing if everything stayed for five minutes as it is. */
    async judge(targets?: readonly Target[]): Promise<Judgement> {
        const input = JSON.stringify({
            rules: stringify(this.plan().metallb.alerts!.spec),
            token: this.token,
            targets: targets ?? (await this.targets()),
            minutes: 5,
        });
        const where = { netns: network.controlPlane.name };
        const { stdout } = await this.site.box.run([this.program], where, { input });
        return JSON.parse(stdout) as Judgement;
    }

    /** The stack's plan with alerts, for which the lab's cluster has no kind. */
    private plan(): Plan {
        const { document, ...read } = readStackFile(Buffer.from(this.site.stack.read()));
        const metallb = { ...(document.metallb as object), monitoring: {} };
        const { plan, errors } = planFromStack({ ...document, metallb }, { stack: "dev", ...read });
        assert.ok(plan, JSON.stringify(errors));
        return plan;
    }
}
