import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parser } from "@prometheus-io/lezer-promql";
import fc from "fast-check";
import { parse, stringify } from "yaml";
import { monitoringKinds } from "../../config/foreign";
import { alertsObject } from "../../config/objects";
import type { Plan } from "../../config/plan";
import { assertGolden } from "../golden";
import { runs } from "./arbitrary";
import { baseWith, FOLDER, judge, told } from "./fixtures";

const backends = ["native", "frr", "frr-k8s"] as const;
type Backend = (typeof backends)[number];

const { sessions, ...common } = parse(readFileSync(join(FOLDER, "metrics.yaml"), "utf8")) as Record<
    string,
    string[]
> & { sessions: Record<Backend, string[]> };
const metricsOf = (backend: Backend) => [...Object.values(common).flat(), ...sessions[backend]];

function planWith(changes: Record<string, unknown>): Plan {
    const result = judge(baseWith(changes));
    assert.deepEqual(told(result).errors, []);
    return result.plan!;
}

interface Group {
    readonly rules: readonly { readonly alert: string; readonly expr: string }[];
}

function expressionsOf({ metallb }: Plan): string[] {
    const { groups } = metallb.alerts!.spec as unknown as { groups: readonly Group[] };
    return groups.flatMap(({ rules }) => rules.map(({ expr }) => expr));
}

/** Names of the metrics in an expression that Prometheus's own grammar takes whole. */
function metricsIn(expression: string): string[] {
    const names: string[] = [];
    parser.parse(expression).iterate({
        enter: ({ type, node, from, to }) => {
            assert.ok(!type.isError, `no PromQL at ${from}: ${expression}`);
            if (type.name !== "VectorSelector") return;
            const name = node.getChild("Identifier");
            assert.ok(name, `a selector without a metric at ${from}-${to}: ${expression}`);
            names.push(expression.slice(name.from, name.to));
        },
    });
    return names;
}

function assertKnown(expression: string, backend: Backend): void {
    const known = metricsOf(backend);
    const names = metricsIn(expression);
    assert.ok(names.length > 0, expression);
    for (const name of names) assert.ok(known.includes(name), `${backend} has no ${name}`);
}

const label = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,20}[a-z0-9])?$/);

describe("monitoring", () => {
    it("is the chart's ServiceMonitors, and the subchart's where it runs FRR", () => {
        const monitored = (backend: Backend) => {
            const { prometheus, "frr-k8s": subchart } = planWith({
                "metallb.backend": backend,
                "metallb.monitoring": { labels: { release: "stack" } },
            }).metallb.values;
            return { prometheus, subchart };
        };
        const additionalLabels = { release: "stack" };
        const part = { additionalLabels };
        const prometheus = {
            rbacPrometheus: false,
            serviceMonitor: { enabled: true, speaker: part, controller: part },
        };
        assert.deepEqual(monitored("native"), { prometheus, subchart: undefined });
        assert.deepEqual(monitored("frr"), { prometheus, subchart: undefined });
        assert.deepEqual(monitored("frr-k8s"), {
            prometheus,
            subchart: {
                prometheus: {
                    rbacPrometheus: false,
                    serviceMonitor: { enabled: true, additionalLabels },
                },
            },
        });
    });

    it("lets a Prometheus that is named find the pods", () => {
        const account = { namespace: "watch", serviceAccount: "prometheus" };
        const { values } = planWith({ "metallb.monitoring": { prometheus: account } }).metallb;
        const access = { rbacPrometheus: true, ...account };
        const none = { additionalLabels: {} };
        assert.deepEqual(values.prometheus, {
            ...access,
            serviceMonitor: { enabled: true, speaker: none, controller: none },
        });
        assert.deepEqual(values["frr-k8s"], {
            prometheus: { ...access, serviceMonitor: { enabled: true, ...none } },
        });
    });

    it("is the chart's PodMonitors where they are asked for, beside the subchart's own", () => {
        const monitored = (backend: Backend) => {
            const { prometheus, "frr-k8s": subchart } = planWith({
                "metallb.version": "0.16.2",
                "metallb.backend": backend,
                "metallb.monitoring": { kind: "podMonitor", labels: { release: "stack" } },
            }).metallb.values;
            return { prometheus, subchart };
        };
        const monitor = { enabled: true, additionalLabels: { release: "stack" } };
        const prometheus = { rbacPrometheus: false, podMonitor: monitor };
        assert.deepEqual(monitored("frr"), { prometheus, subchart: undefined });
        assert.deepEqual(monitored("frr-k8s"), {
            prometheus,
            subchart: { prometheus: { rbacPrometheus: false, serviceMonitor: monitor } },
        });
    });

    it("leaves the last word to the user's values, and adds nothing without being asked", () => {
        const serviceMonitor = { enabled: false, jobLabel: "app" };
        const { values } = planWith({
            "metallb.backend": "native",
            "metallb.monitoring": {},
            "metallb.values": { prometheus: { metricsPort: 9000, serviceMonitor } },
        }).metallb;
        const none = { additionalLabels: {} };
        assert.deepEqual(values.prometheus, {
            rbacPrometheus: false,
            metricsPort: 9000,
            serviceMonitor: { ...serviceMonitor, speaker: none, controller: none },
        });

        const { metallb } = planWith({});
        assert.deepEqual(Object.keys(metallb.values).sort(), ["controller", "frrk8s", "speaker"]);
        assert.equal(metallb.alerts, undefined);
        assert.equal(alertsObject(metallb), undefined);
    });

    for (const backend of backends) {
        it(`has the alerts of ${backend}, each of them with metrics that it has`, () => {
            const plan = planWith({
                "metallb.backend": backend,
                "metallb.monitoring": { labels: { release: "stack" }, poolFull: 0.75 },
            });
            const text = stringify(alertsObject(plan.metallb), { lineWidth: 0 });
            assertGolden(`monitoring/${backend}.yaml`, text);
            for (const expression of expressionsOf(plan)) assertKnown(expression, backend);
        });
    }

    it("has no alert of a session where there is none, and counts one speaker at least", () => {
        const plan = planWith({
            bgp: null,
            bgpPassword: null,
            sshKey: null,
            "metallb.l2": { lan: { pools: ["public"] } },
            "metallb.monitoring": {},
        });
        const all = expressionsOf(plan);
        assert.deepEqual(
            all.filter((one) => one.includes("session_up")),
            [],
        );
        assert.deepEqual(
            all.filter((one) => one.includes("count(")).map((one) => one.split(" < ")[1]),
            ["1", "1"],
        );
    });

    it("asks for metrics of its backend only, whatever the site", () => {
        const site = fc.record({
            backend: fc.constantFrom(...backends),
            namespace: label.filter((name) => !/^(kube-.*|default|flux-system)$/.test(name)),
            poolFull: fc.double({ min: 0.01, max: 1, noNaN: true }),
            nodes: fc.integer({ min: 1, max: 20 }),
        });
        fc.assert(
            fc.property(site, ({ backend, namespace, poolFull, nodes }) => {
                const names = Array.from({ length: nodes }, (_, at) => [
                    `n${at}`,
                    `10.0.0.${100 + at}`,
                ]);
                const plan = planWith({
                    "metallb.backend": backend,
                    "metallb.namespace": namespace,
                    "metallb.monitoring": { poolFull },
                    "bgp.nodes": Object.fromEntries(names) as Record<string, string>,
                });
                for (const expression of expressionsOf(plan)) {
                    assertKnown(expression, backend);
                    assert.ok(expression.includes(`{namespace="${namespace}"`), expression);
                }
            }),
            runs(50),
        );
    });

    it("refuses an expression that is none, and a metric of another backend", () => {
        assert.throws(() => metricsIn("a_total{ >= 1"), /no PromQL/);
        assert.throws(
            () => assertKnown("metallb_bgp_session_up == 0", "frr-k8s"),
            /frr-k8s has no metallb_bgp_session_up/,
        );
    });

    it("wants the kinds of the Prometheus Operator that it makes, itself or by the chart", () => {
        const kinds = (changes: Record<string, unknown>) =>
            monitoringKinds(planWith(changes).metallb);
        assert.deepEqual(kinds({}), []);
        assert.deepEqual(kinds({ "metallb.monitoring": {} }), ["ServiceMonitor", "PrometheusRule"]);
        assert.deepEqual(kinds({ "metallb.monitoring": { rules: false } }), ["ServiceMonitor"]);
        const pods = { kind: "podMonitor", rules: false };
        const released = { "metallb.version": "0.16.2", "metallb.monitoring": pods };
        assert.deepEqual(kinds(released), ["ServiceMonitor", "PodMonitor"]);
        const own = { rbacPrometheus: false, podMonitor: { enabled: true } };
        assert.deepEqual(kinds({ "metallb.values": { prometheus: own } }), ["PodMonitor"]);
    });
});

interface Dashboard {
    readonly templating: {
        readonly list: readonly { name: string; options?: readonly { value: string }[] }[];
    };
    readonly panels: readonly {
        readonly title: string;
        readonly targets: readonly { readonly expr: string }[];
    }[];
}

describe("the dashboard", () => {
    const file = join(__dirname, "..", "..", "dashboards", "metallb.json");
    const { templating, panels } = JSON.parse(readFileSync(file, "utf8")) as Dashboard;

    it("shows sessions, prefixes and pools", () => {
        assert.deepEqual(
            panels.map(({ title }) => title),
            ["Sessions up", "Sessions by node and peer", "Prefixes announced", "Pools in use"],
        );
    });

    it("asks for metrics of the backend that is chosen", () => {
        const choices = templating.list.find(({ name }) => name === "backend")?.options;
        assert.deepEqual(
            choices?.map(({ value }) => value),
            ["frrk8s", "metallb"],
        );
        const prefixes: Record<Backend, string> = {
            "frr-k8s": "frrk8s",
            frr: "metallb",
            native: "metallb",
        };
        for (const backend of backends) {
            for (const { expr } of panels.flatMap(({ targets }) => targets)) {
                assertKnown(expr.replaceAll("${backend}", prefixes[backend]), backend);
            }
        }
    });
});
