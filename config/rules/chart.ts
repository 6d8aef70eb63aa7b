import type { Findings } from "../findings";
import type { Site } from "../site";

/** Where the chart comes from, and with what logins. */
export function ruleChart({ config }: Site, findings: Findings): void {
    const { chart, images, values } = config.metallb;
    ruleOci(chart.repository, findings);
    const oci = chart.repository.startsWith("oci://");
    if (chart.digest !== undefined && !oci) {
        findings.error(
            "metallb.chart.digest",
            `only a chart in an OCI registry has one, and ${chart.repository} is a Helm repository; leave it out, or write oci://… as metallb.chart.repository`,
        );
    }
    if (chart.repository.startsWith("http://")) {
        if (chart.ca !== undefined) {
            findings.error(
                "metallb.chart.ca",
                `${chart.repository} shows no certificate; write https://…, or leave it out`,
            );
        }
        if (chart.user !== undefined) {
            findings.warn(
                "metallb.chart.user",
                `the password goes to ${chart.repository} in clear; write https://… where it can be had`,
            );
        }
    }
    const given = images?.login !== undefined || images?.pullSecrets !== undefined;
    for (const [path, holder] of Object.entries({
        "metallb.values.imagePullSecrets": values,
        "metallb.values.frr-k8s.imagePullSecrets": values["frr-k8s"],
    })) {
        if (!given || typeof holder !== "object" || holder === null) continue;
        if (!Object.hasOwn(holder, "imagePullSecrets")) continue;
        findings.error(
            path,
            "would take the place of what `metallb.images` says; name these Secrets in `metallb.images.pullSecrets` too",
        );
    }
}

/** An OCI reference names the chart itself, not the folder that charts are in. */
function ruleOci(repository: string, findings: Findings): void {
    if (!repository.startsWith("oci://")) return;
    const path = repository.slice("oci://".length).replace(/\/$/, "").split("/");
    const last = path.at(-1) ?? "";
    if (path.length < 2) {
        findings.error(
            "metallb.chart.repository",
            `${repository} names a registry and no chart; write oci://${last}/metallb`,
        );
    } else if (!last.includes("metallb")) {
        findings.error(
            "metallb.chart.repository",
            `${repository} is taken for a chart called ${last}; write the chart's own reference, oci://${path.join("/")}/metallb`,
        );
    } else if (/[:@]/.test(last)) {
        findings.error(
            "metallb.chart.repository",
            `${repository} holds a tag or digest; leave it out, the version is \`metallb.version\``,
        );
    }
}
