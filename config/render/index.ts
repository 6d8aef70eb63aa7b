import { stringify } from "yaml";
import { accessObject, accessSecrets } from "../access-secrets";
import { byHandFile, byHandText } from "../by-hand";
import { frrConfiguration } from "../by-hand/frr";
import { placeholder } from "../by-hand/parts";
import { alertsObject, metallbObjects, namespaceObject, passwordObject } from "../objects";
import { releaseObjects } from "../release-objects";
import type { FirewallPlan, Plan } from "../plan";
import { gitopsFiles } from "./gitops";
import { sitePage } from "./site-page";

/** Text by path, in the order in which a person reads them. */
export type Files = Readonly<Record<string, string>>;

/** Everything a stack makes, as files: both ends of every session, secrets as placeholders. Pure. */
export function renderPlan(plan: Plan): Files {
    return {
        "site.md": sitePage(plan),
        ...prefixed("cluster/", clusterFiles(plan)),
        ...Object.entries(plan.firewalls).reduce<Files>(
            (files, [router, firewall]) => ({
                ...files,
                ...prefixed(`routers/${router}/`, firewallFiles(plan, router, firewall)),
            }),
            {},
        ),
        ...Object.fromEntries(
            Object.entries(plan.byHand).map(([name, router]) => [
                `routers/${name}/${byHandFile(router)}`,
                `${byHandText(router)}\n`,
            ]),
        ),
    };
}

/** The cluster's side as a folder for Flux itself: what GitOps people commit. */
export function renderGitops(plan: Plan): Files {
    return gitopsFiles(plan, clusterFiles(plan));
}

function clusterFiles(plan: Plan): Files {
    const { metallb } = plan;
    const { sources, release } = releaseObjects(metallb);
    const secrets = [
        ...accessSecrets(metallb).map((secret) => ({
            ...accessObject(metallb, secret),
            stringData: secret.contents(secret.key === undefined ? "" : placeholder(secret.key)),
        })),
        ...Object.entries(metallb.passwords).map(([name, key]) => ({
            ...passwordObject(metallb, name),
            stringData: { password: placeholder(key) },
        })),
    ];
    const all: Record<string, readonly object[]> = {
        "namespace.yaml": metallb.createNamespace === false ? [] : [namespaceObject(metallb)],
        "release.yaml": [...sources, release],
        "secrets.yaml": secrets,
    };
    for (const [kind, objects] of metallbObjects(metallb)) all[`${fileOf(kind)}.yaml`] = objects;
    const alerts = alertsObject(metallb);
    if (alerts) all["prometheusrule.yaml"] = [alerts];
    return Object.fromEntries(
        Object.entries(all)
            .filter(([, objects]) => objects.length > 0)
            .map(([file, objects]) => [file, objects.map(yamlDocument).join("---\n")]),
    );
}

function firewallFiles(plan: Plan, router: string, { wanted, password }: FirewallPlan): Files {
    const later =
        plan.discovered === "later" ? "! one neighbour a node, which a preview discovers\n" : "";
    const about = `! ${router} of ${plan.owner}: what FRR on this firewall has for the cluster, beside its own\n${later}`;
    return {
        "wanted.json": `${JSON.stringify(wanted, null, 4)}\n`,
        "frr.conf": `${about}${frrConfiguration({ ...wanted, password })}\n`,
    };
}

const fileOf = (kind: string): string => `${kind.toLowerCase()}s`.replace(/ys$/, "ies");

const yamlDocument = (object: object): string =>
    // JSON first: what has no value is no key.
    stringify(JSON.parse(JSON.stringify(object)), { lineWidth: 0 });

function prefixed(prefix: string, files: Files): Files {
    return Object.fromEntries(Object.entries(files).map(([path, text]) => [prefix + path, text]));
}
