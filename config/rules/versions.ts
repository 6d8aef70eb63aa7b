import { didYouMean, type Findings, listText, nearest } from "../findings";
import type { Site } from "../site";

/** The controllers of Flux 2.9, by the names in its install manifest. */
const CONTROLLERS = [
    "source-controller",
    "helm-controller",
    "kustomize-controller",
    "notification-controller",
    "image-reflector-controller",
    "image-automation-controller",
    "source-watcher",
];

/** What breaks with a release that is too old, before anything is downloaded. */
export function ruleVersions(site: Site, findings: Findings): void {
    const { metallb, flux } = site.config;
    const { version } = metallb;
    if (before(version, [0, 14])) {
        findings.error(
            "metallb.version",
            `${version} is too old: 0.13 and older have no frr-k8s, no service selectors and other kinds of objects; use 0.16`,
        );
    } else if (before(version, [0, 16])) {
        findings.warn(
            "metallb.version",
            `${version}: this check knows the rules of 0.16; 0.15 chooses another backend by default and has no ConfigurationState`,
        );
    }
    if (metallb.monitoring?.kind === "podMonitor" && before(version, RELEASE_0_16_2)) {
        findings.error(
            "metallb.monitoring.kind",
            "podMonitor needs MetalLB 0.16.2: before, the chart's reads a port that no pod has and sends no token; leave it out for serviceMonitor, or raise `metallb.version`",
        );
    }
    ruleNewFields(site, findings);
    if (before(flux.version, [2, 3])) {
        findings.error(
            "flux.version",
            `${flux.version} is too old: HelmRelease v2 and charts by reference came with 2.3; use 2.9`,
        );
    } else if (before(flux.version, [2, 7])) {
        findings.error(
            "flux.version",
            `${flux.version} is too old: it would uninstall a failed release, and every pool with it (the strategy RetryOnFailure came with 2.7); use 2.9`,
        );
    }
    ruleComponents(flux, findings);
}

/** Controllers without which no chart is fetched, and no release made. */
const NEEDED = ["source-controller", "helm-controller"];

function ruleComponents({ install, components }: Site["config"]["flux"], findings: Findings): void {
    for (const [index, name] of components.entries()) {
        if (CONTROLLERS.includes(name)) continue;
        findings.error(
            `flux.components[${index}]`,
            `Flux has no controller ${name}${didYouMean(name, CONTROLLERS) || `; there are ${listText(CONTROLLERS)}`}`,
        );
    }
    if (!install) return;
    const meant = (name: string) =>
        components.some((one) => !CONTROLLERS.includes(one) && nearest(one, CONTROLLERS) === name);
    const missing = NEEDED.filter((name) => !components.includes(name) && !meant(name));
    if (missing.length > 0) {
        findings.error(
            "flux.components",
            `is without ${listText(missing)}, and MetalLB is installed by both source-controller and helm-controller; add ${missing.length > 1 ? "them" : "it"}, or leave the list out`,
        );
    }
}

/** MetalLB's release with the fields below, more values of its chart and another gossip key. */
export const RELEASE_0_16_2 = [0, 16, 2] as const;

/** An API server and a chart without a field drop it, and no word is said. */
function ruleNewFields({ config, advertisements }: Site, findings: Findings): void {
    const { version, l2, gratuitousARPInterval } = config.metallb;
    if (gratuitousARPInterval !== undefined && Object.keys(l2).length === 0) {
        findings.warn(
            "metallb.gratuitousARPInterval",
            "does nothing without an announcement of `metallb.l2`",
        );
    }
    if (!before(version, RELEASE_0_16_2)) return;
    const fields = new Map<string, unknown>([
        ["metallb.gratuitousARPInterval", gratuitousARPInterval],
        ...Object.entries(l2).map(([name, { preferredNodeSelectors }]): [string, unknown] => [
            `metallb.l2.${name}.preferredNodeSelectors`,
            preferredNodeSelectors,
        ]),
        ...advertisements.map(({ name, config: { asPathPrepend } }): [string, unknown] => [
            `bgp.advertise.${name}.asPathPrepend`,
            asPathPrepend,
        ]),
    ]);
    for (const [path, given] of fields) {
        if (given === undefined) continue;
        findings.error(
            path,
            `came with MetalLB 0.16.2, and \`metallb.version\` is ${version}, which would ignore it; raise that to 0.16.2, or leave it out`,
        );
    }
}

/** Whether a version is older, also a candidate of that release. */
export function before(version: string, release: readonly number[]): boolean {
    const [numbers = "", candidate] = version.split("-");
    const own = numbers.split(".").map(Number);
    const at = release.findIndex((part, index) => own[index] !== part);
    return at < 0 ? candidate !== undefined && release.length === 3 : own[at]! < release[at]!;
}
