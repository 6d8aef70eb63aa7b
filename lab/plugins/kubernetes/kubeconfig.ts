import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { isObject, textAt, type Properties, type Value } from "../values";

/** The entry of the cluster that a provider's configuration points at, or undefined. */
export function activeCluster(config: Properties): Value | undefined {
    try {
        const kubeconfig = parse(contents(textAt(config, "kubeconfig") ?? "")) as Value;
        const wanted = textAt(config, "context") ?? textAt(kubeconfig, "current-context");
        const context = entry(kubeconfig, "contexts", wanted)?.context;
        const cluster = textAt(config, "cluster") ?? textAt(context, "cluster");
        return entry(kubeconfig, "clusters", cluster)?.cluster;
    } catch {
        return undefined;
    }
}

function contents(pathOrText: string): string {
    return pathOrText.includes("\n") ? pathOrText : readFileSync(pathOrText, "utf8");
}

function entry(kubeconfig: Value, list: string, name: string | undefined): Properties | undefined {
    const entries = isObject(kubeconfig) ? kubeconfig[list] : [];
    const found = Array.isArray(entries)
        ? entries.find((it) => isObject(it) && it.name === name)
        : undefined;
    return isObject(found) ? found : undefined;
}
