import type { Site } from "../bring-up";

/** Kinds whose objects keep a finalizer that only Flux's controllers take away. */
const kinds = ["helmreleases", "helmcharts", "helmrepositories"];
const namespaced = ["-n", "metallb-system"];

/** As `flux uninstall` does it: what the controllers have installed stays. */
export async function uninstallFlux({ kubectl }: Site): Promise<void> {
    const names = async (args: readonly string[]) => {
        const { stdout } = await kubectl.run(["get", ...args, "-o", "name"]);
        return stdout.trim().split("\n").filter(Boolean);
    };
    await kubectl.run(["-n", "flux-system", "delete", "deployments", "--all"]);
    const finalizers = ["--type=merge", "-p", '{"metadata":{"finalizers":null}}'];
    for (const object of await names([...namespaced, kinds.join(",")])) {
        await kubectl.run([...namespaced, "patch", object, ...finalizers]);
    }
    const all = await names(["crds"]);
    const theirs = all.filter((name) => name.endsWith(".toolkit.fluxcd.io"));
    await kubectl.run(["delete", ...theirs, "namespace/flux-system"]);
}
