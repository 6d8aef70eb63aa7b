import { readFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { pinnedVersion } from "../artifacts/modules";
import { runCommand } from "../box";
import type { Site } from "../bring-up";
import { sdkVersion } from "../plugins/versions";
import type { Wanted } from "./cluster";
import type { Machine, Result } from "./result";

/** The machine all of it runs on. */
export function thisMachine(): Machine {
    const all = cpus();
    const [, system = "Linux"] = /^PRETTY_NAME="?([^"\n]*)/m.exec(osRelease()) ?? [];
    return {
        cores: all.length,
        processor: all[0]?.model.trim() ?? "unknown",
        memory: totalmem(),
        kernel: release(),
        system,
    };
}

function osRelease(): string {
    try {
        return readFileSync("/etc/os-release", "utf8");
    } catch {
        return "";
    }
}

/** What takes part, as its own pins and packages say. */
export async function versionsOf(site: Site, { plan }: Wanted): Promise<Result["versions"]> {
    const controllers = ["source-controller", "helm-controller", "kustomize-controller"];
    const frr = await runCommand(["dpkg-query", "-W", "-f", "${Version}", "frr"], "dpkg-query");
    const { stdout } = await runCommand(["git", "--version"], "git --version");
    return {
        Kubernetes: pinnedVersion("kubernetes", "k8s.io/kubernetes"),
        "MetalLB's chart": plan.metallb.chart.version,
        Flux: pinnedVersion("flux", "github.com/fluxcd/flux2/v2"),
        ...Object.fromEntries(
            controllers.map((name) => [name, pinnedVersion(name, `github.com/fluxcd/${name}`)]),
        ),
        "Pulumi's CLI": pinnedVersion("pulumi", "github.com/pulumi/pulumi/pkg/v3"),
        "Pulumi's SDK": sdkVersion("pulumi"),
        plugins: site.plugins,
        Node: process.version,
        Git: stdout.replace("git version", "").trim(),
        "FRR on the firewalls": frr.stdout,
    };
}
