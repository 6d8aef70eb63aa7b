import { isGroup } from "../groups";
import { chartValues } from "../derive/metallb";
import { didYouMean, type Findings } from "../findings";
import type { JsonObject, JsonValue } from "../plan";
import type { Site } from "../site";
import { before, RELEASE_0_16_2 } from "./versions";

/** Names of the chart's values, 0.16: a group by its own names, anything else as `any`. */
interface Names {
    readonly [name: string]: Names | "any" | "group";
}

const probe: Names = {
    enabled: "any",
    port: "any",
    failureThreshold: "any",
    initialDelaySeconds: "any",
    periodSeconds: "any",
    successThreshold: "any",
    timeoutSeconds: "any",
};
const image: Names = { repository: "any", tag: "any", pullPolicy: "any" };
const pods: Names = {
    enabled: "any",
    logLevel: "any",
    image,
    serviceAccount: { create: "any", name: "any", annotations: "group" },
    securityContext: "group",
    resources: "group",
    nodeSelector: "group",
    tolerations: "any",
    priorityClassName: "any",
    runtimeClassName: "any",
    affinity: "group",
    podAnnotations: "group",
    labels: "group",
    livenessProbe: probe,
    readinessProbe: probe,
    extraContainers: "any",
};

/** The chart's own schema lets any other name pass. */
const CHART: Names = {
    imagePullSecrets: "any",
    nameOverride: "any",
    fullnameOverride: "any",
    loadBalancerClass: "any",
    rbac: { create: "any" },
    tls: "group",
    prometheus: "group",
    controller: { ...pods, webhookMode: "any", strategy: "group" },
    speaker: {
        ...pods,
        tolerateMaster: "any",
        memberlist: "group",
        excludeInterfaces: "group",
        ignoreExcludeLB: "any",
        bgpDebounceTimeout: "any",
        updateStrategy: "group",
        startupProbe: "group",
        frr: "group",
        reloader: "group",
        frrMetrics: "group",
        initContainers: "group",
    },
    crds: { enabled: "any", validationFailurePolicy: "any" },
    frrk8s: { enabled: "any", external: "any", namespace: "any" },
    "frr-k8s": "group",
    networkpolicies: "group",
    global: "group",
};

/** What 0.16.2 has besides. */
const NEWER: Names = {
    controller: { revisionHistoryLimit: "any" },
    speaker: { revisionHistoryLimit: "any", gratuitousARPInterval: "any" },
    frrk8s: { secretPassthrough: "any" },
};

function namesOf(version: string): Names {
    if (before(version, RELEASE_0_16_2)) return CHART;
    const added = Object.entries(NEWER).map(([group, names]) => [
        group,
        { ...(CHART[group] as Names), ...(names as Names) },
    ]);
    return { ...CHART, ...(Object.fromEntries(added) as Names) };
}

/** The chart's values: names it would ignore, and what makes its templates fail. */
export function ruleValues(site: Site, findings: Findings): void {
    const { backend, values, version, monitoring } = site.config.metallb;
    ruleNames(values, namesOf(version), "metallb.values", findings);
    const switches: readonly [path: string[], wanted: boolean][] = [
        [["frrk8s", "enabled"], backend === "frr-k8s"],
        [["speaker", "frr", "enabled"], backend === "frr"],
    ];
    for (const [path, wanted] of switches) {
        const given = valueAt(values, path);
        if (given === undefined || given === wanted) continue;
        findings.error(
            `metallb.values.${path.join(".")}`,
            `is ${JSON.stringify(given)}, but backend ${backend} makes it ${wanted}; leave it out`,
        );
    }
    if (valueAt(values, ["frr-k8s", "enabled"]) !== undefined) {
        findings.error(
            "metallb.values.frr-k8s.enabled",
            "the chart has no such switch and ignores it; choose with `metallb.backend`",
        );
    }
    const speakers = valueAt(values, ["speaker", "enabled"]);
    if (backend === "frr-k8s" && speakers === false && !before(version, RELEASE_0_16_2)) {
        findings.error(
            "metallb.values.speaker.enabled",
            "is false, and frr-k8s has nothing to announce without speakers: the chart fails with it",
        );
    }
    ruleTemplates(monitoring ? chartValues(site.config.metallb) : values, findings);
}

/** Every `fail` and `required` of the chart's templates that values can lead into. */
function ruleTemplates(values: JsonObject, findings: Findings): void {
    const on = (...path: string[]) => truthy(valueAt(values, path));
    const refuse = (path: string, reason: string) =>
        findings.error(`metallb.values.${path}`, `${reason}: the chart fails with it`);
    if (
        valueAt(values, ["speaker", "memberlist", "enabled"]) === false &&
        on("speaker", "nodeSelector")
    ) {
        refuse("speaker.nodeSelector", "must be empty where speaker.memberlist is switched off");
    }
    if (on("frrk8s", "external")) {
        refuse(
            "frrk8s.external",
            "an frr-k8s of somebody else's beside the own one of `metallb.backend`",
        );
    }
    const [service, pod] = ["serviceMonitor", "podMonitor"].map((name) =>
        on("prometheus", name, "enabled"),
    );
    if (service && pod) {
        refuse(
            "prometheus",
            "serviceMonitor and podMonitor cannot both be switched on (`metallb.monitoring` switches on the one of its `kind`)",
        );
    }
    for (const key of ["serviceAccount", "namespace"]) {
        const rbac = valueAt(values, ["prometheus", "rbacPrometheus"]) !== false;
        if ((service || pod) && rbac && !on("prometheus", key)) {
            refuse(`prometheus.${key}`, "is needed for a monitor");
        }
    }
}

function ruleNames(values: JsonObject, names: Names, path: string, findings: Findings): void {
    for (const [key, value] of Object.entries(values)) {
        const at = `${path}.${key}`;
        if (key === "configInline") {
            findings.error(
                at,
                "is no longer supported since 0.13, and the chart fails with it; pools and peers stand in `metallb.pools` and `bgp`",
            );
            continue;
        }
        const known = Object.hasOwn(names, key) ? names[key] : undefined;
        if (known === undefined) {
            findings.warn(
                at,
                `the chart has no value of this name and would ignore it${didYouMean(key, Object.keys(names))}`,
            );
        } else if (known !== "any" && !isGroup(value)) {
            findings.error(
                at,
                `is ${JSON.stringify(value)}, and a group of values stands there in the chart`,
            );
        } else if (typeof known === "object" && isGroup(value)) {
            ruleNames(value, known, at, findings);
        }
    }
}

const truthy = (value: JsonValue | undefined): boolean =>
    isGroup(value) ? Object.keys(value).length > 0 : Boolean(value);

function valueAt(values: JsonValue, path: readonly string[]): JsonValue | undefined {
    return path.reduce<JsonValue | undefined>(
        (value, key) => (isGroup(value) && Object.hasOwn(value, key) ? value[key] : undefined),
        values,
    );
}
