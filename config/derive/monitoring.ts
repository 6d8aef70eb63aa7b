import type { JsonObject, MetalLbPlan } from "../plan";
import type { StackConfig } from "../schema";
import type { Site } from "../site";

type Settings = StackConfig["metallb"];

/** How long something must be wrong: longer than a node restarts, or a firewall is changed. */
const PATIENCE = "5m";

/** The chart's values for its monitors, and for that of its subchart where it runs FRR. */
export function monitorValues({ backend, monitoring }: Settings): JsonObject {
    if (!monitoring) return {};
    const { kind, prometheus: reader, labels: additionalLabels } = monitoring;
    // The chart fails with its own default, true, where nobody is named.
    const access = { rbacPrometheus: reader !== undefined, ...reader };
    const monitor = { enabled: true, additionalLabels };
    const byPart = { speaker: { additionalLabels }, controller: { additionalLabels } };
    return {
        prometheus: {
            ...access,
            [kind]: kind === "podMonitor" ? monitor : { enabled: true, ...byPart },
        },
        ...(backend === "frr-k8s" && {
            "frr-k8s": { prometheus: { ...access, serviceMonitor: monitor } },
        }),
    };
}

/**
 * The alerts, with the names that the backend's metrics have in release 0.16.1.
 *
 * A session is metallb_bgp_session_up of the speaker (native: internal/bgp/native/stats.go) or of
 * its exporter (frr: frr-tools/metrics/collector/bgp.go), and frrk8s_bgp_session_up of frr-k8s's
 * (v0.0.25, cmd/metrics/collector). The configuration is metallb_k8s_client_… of every speaker and
 * of the controller (internal/k8s/controllers/stats.go), with frr-k8s also frrk8s_k8s_client_…
 * (internal/controller/stats.go). Pools are metallb_allocator_… of the controller
 * (internal/allocator/stats.go): family by family, because the sum of both would hide an IPv4 range
 * that is full behind an IPv6 one that never will be.
 */
export function deriveAlerts(site: Site): MetalLbPlan["alerts"] {
    const { monitoring, namespace } = site.config.metallb;
    if (!monitoring?.rules) return undefined;
    const rules = [
        ...(site.routers.length > 0 ? [sessionDown(site)] : []),
        ...(["ipv4", "ipv6"] as const).map((family) =>
            poolNearlyFull(namespace, family, monitoring.poolFull),
        ),
        ...configuration(site),
        ...missing(site),
    ];
    return { labels: monitoring.labels, spec: { groups: [{ name: "metallb", rules }] } };
}

function alert(
    name: string,
    severity: "critical" | "warning",
    expr: string,
    [summary, description]: readonly [string, string],
    labels: JsonObject = {},
): JsonObject {
    const annotations = { summary, description };
    return { alert: name, expr, for: PATIENCE, labels: { severity, ...labels }, annotations };
}

function sessionDown({ config: { metallb } }: Site): JsonObject {
    const prefix = metallb.backend === "frr-k8s" ? "frrk8s" : "metallb";
    return alert(
        "MetalLBSessionDown",
        "critical",
        `${prefix}_bgp_session_up${of(metallb.namespace)} == 0`,
        [
            "No BGP session with {{ $labels.peer }}",
            "{{ $labels.pod }} ({{ $labels.instance }}) has had no BGP session with {{ $labels.peer }} for 5 minutes. pulumi up says which end is not as it should be.",
        ],
    );
}

function poolNearlyFull(namespace: string, family: "ipv4" | "ipv6", share: number): JsonObject {
    const words = family === "ipv4" ? "IPv4" : "IPv6";
    const metric = (what: string) => `metallb_allocator_${family}_${what}${of(namespace)}`;
    return alert(
        "MetalLBPoolNearlyFull",
        "warning",
        `${metric("addresses_in_use_total")} / ${metric("addresses_total")} >= ${share}`,
        [
            `Pool {{ $labels.pool }} has few ${words} addresses left`,
            `{{ $value | humanizePercentage }} of the pool's ${words} addresses are in use; services beyond its end stay without one. Give it another range in metallb.pools.`,
        ],
        // Two alerts of one pool are told apart by their labels only.
        { family },
    );
}

/** A configuration that is refused leaves the last good one in force, and is said nowhere else. */
function configuration({ config: { metallb } }: Site): JsonObject[] {
    const here = of(metallb.namespace);
    const stale = ["metallb", ...(metallb.backend === "frr-k8s" ? ["frrk8s"] : [])].map(
        (prefix) => `${prefix}_k8s_client_config_stale_bool${here} == 1`,
    );
    return [
        alert("MetalLBConfigStale", "warning", stale.join(" or "), [
            "{{ $labels.pod }} refuses the configuration",
            "{{ $labels.pod }} has refused the newest configuration for 5 minutes and goes on with an older one. Its log and kubectl get configurationstates -A say why.",
        ]),
        alert(
            "MetalLBConfigNotLoaded",
            "critical",
            `metallb_k8s_client_config_loaded_bool${here} == 0`,
            [
                "{{ $labels.pod }} has no configuration",
                "{{ $labels.pod }} has not taken any configuration since it started. Its log and kubectl get configurationstates -A say why.",
            ],
        ),
    ];
}

/** What is not there has no metric that says so: it is counted. */
function missing({ config: { metallb }, nodes }: Site): JsonObject[] {
    const wanted = Math.max(nodes.length, 1);
    const fewer = (metric: string, ...labels: string[]) =>
        `(count(${metric}${of(metallb.namespace, ...labels)}) or vector(0)) < ${wanted}`;
    const advice =
        "kubectl get pods shows which is not there; where all are, Prometheus may not read them.";
    const frr = alert(
        "MetalLBFrrMissing",
        "critical",
        fewer("frrk8s_k8s_client_config_loaded_bool"),
        [
            `FRR runs on {{ $value }} of ${wanted} nodes`,
            `A node without frr-k8s has no BGP session. ${advice}`,
        ],
    );
    return [
        alert(
            "MetalLBSpeakerMissing",
            "critical",
            fewer("metallb_k8s_client_config_loaded_bool", 'container="speaker"'),
            [
                `Speakers run on {{ $value }} of ${wanted} nodes`,
                `A node without a speaker announces nothing. ${advice}`,
            ],
        ),
        ...(metallb.backend === "frr-k8s" ? [frr] : []),
        alert(
            "MetalLBControllerMissing",
            "critical",
            `absent(metallb_allocator_addresses_total${of(metallb.namespace)})`,
            [
                "No MetalLB controller",
                `No service gets an address, and a full pool raises no alert. ${advice}`,
            ],
        ),
    ];
}

const of = (namespace: string, ...labels: string[]): string =>
    `{${[`namespace="${namespace}"`, ...labels].join(",")}}`;
