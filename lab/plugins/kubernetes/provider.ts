import { randomBytes } from "node:crypto";
import { parseAllDocuments } from "yaml";
import { differences, propertyPath, touches, type Difference } from "../diff";
import type { Engine } from "../engine";
import {
    InitError,
    type CheckResult,
    type Created,
    type CreateRequest,
    type DeleteRequest,
    type DiffRequest,
    type DiffResult,
    type Found,
    type Provider,
    type ReadRequest,
    type Resource,
    type UpdateRequest,
} from "../provider";
import {
    at,
    containsUnknown,
    isObject,
    markSecrets,
    strip,
    stripProperties,
    textAt,
    type Properties,
    type Value,
} from "../values";
import { ApiError, Api, NoMatchError } from "./api";
import * as apply from "./apply";
import { readyCondition } from "./conditions";
import { activeCluster } from "./kubeconfig";
import { autonamed, named, objectOf, withNamespace } from "./naming";
import {
    annotation,
    idOf,
    inputsOf,
    liveInputs,
    liveOf,
    managerOf,
    normalised,
    plainObject,
    refOf,
    secretData,
    stateOf,
} from "./objects";
import { replacingPaths, type Mutability } from "./replacement";
import { patienceFor, untilGone, untilReady, WaitError } from "./wait";

const skipsDeletionWait =
    /^(Namespace|Pod|ReplicationController|DaemonSet|Deployment|StatefulSet|Job)$/;
const hint =
    "If the cluster was deleted, you can remove this resource from Pulumi state by rerunning the " +
    'operation with the PULUMI_K8S_DELETE_UNREACHABLE environment variable set to "true"';

/** Stand-in for pulumi-kubernetes: objects of any kind of one cluster, by kubectl. */
export class KubernetesProvider implements Provider {
    private readonly api = new Api();
    private mutable: Mutability = { secrets: false, configMaps: false };
    private namespace = "default";
    /** Why the cluster cannot be used; previews go on without it. */
    private unreachable: string | undefined = "the provider is not configured";

    constructor(
        readonly version: string,
        private readonly engine: Engine,
    ) {}

    diffConfig(olds: Properties, news: Properties): DiffResult {
        const [before, after] = [stripProperties(olds), stripProperties(news)];
        const changes = differences(before, after);
        const changed = (key: string) => changes.some(({ path }) => path[0] === key);
        const identified = after.clusterIdentifier !== undefined;
        const moves = ["kubeconfig", "context", "cluster"].filter(changed);
        if (identified && before.clusterIdentifier !== undefined) {
            const replaces = changed("clusterIdentifier") ? ["clusterIdentifier"] : [];
            return { differences: changes, replaces };
        }
        const elsewhere =
            containsUnknown(after) ||
            JSON.stringify(activeCluster(before)) !== JSON.stringify(activeCluster(after));
        return { differences: changes, replaces: elsewhere ? moves : [] };
    }

    async configure(config: Properties): Promise<void> {
        const plain = stripProperties(config);
        const flag = (key: string) => plain[key] === true || plain[key] === "true";
        this.mutable = {
            secrets: flag("enableSecretMutable"),
            configMaps: flag("enableConfigMapMutable"),
        };
        this.namespace = textAt(plain, "namespace") ?? "default";
        this.unreachable = await this.api.connect({
            kubeconfig: textAt(plain, "kubeconfig"),
            context: textAt(plain, "context"),
            cluster: textAt(plain, "cluster"),
        });
    }

    close(): void {
        this.api.close();
    }

    check(resource: Resource, olds: Properties, news: Properties, seed: Uint8Array): CheckResult {
        if (resource.type.endsWith("List")) {
            throw new Error(
                "list resources exist for compatibility with YAML manifests and Helm charts, and " +
                    "cannot be created directly. Use the underlying resource type instead",
            );
        }
        const inputs = named(resource, olds, news, seed, this.namespace);
        return { inputs: secretData(inputs) };
    }

    diff({ state, news, ignoreChanges }: DiffRequest): DiffResult {
        const live = liveOf(state);
        const wanted = normalised(plainObject(news));
        const before = liveInputs(live, normalised(plainObject(inputsOf(state))));
        const changes = differences(withNamespace(before), withNamespace(wanted)).filter(
            ({ path }) => !ignoreChanges.some((ignored) => isWithin(path, ignored)),
        );
        const forcing = replacingPaths(wanted, this.mutable);
        const replaces = changes
            .filter(({ path }) => forcing.some((pattern) => touches(path, pattern)))
            .map(({ path }) => propertyPath(path));
        const stays = idOf(withNamespace(wanted)) === idOf(withNamespace(live));
        const isNamed = annotation(wanted, autonamed) !== "true";
        const deleteBeforeReplace = replaces.length > 0 && isNamed && stays;
        return { differences: changes, replaces, deleteBeforeReplace };
    }

    async create(request: CreateRequest): Promise<Created> {
        const { inputs, preview, urn } = request;
        const object = plainObject(inputs);
        const manager = this.manager(object);
        const fail = (error: Error): never => {
            throw new Error(createFailure(urn, object, error));
        };
        if (preview) {
            const blind = this.unreachable !== undefined || containsUnknown(object);
            const made = blind
                ? undefined
                : await apply.previewCreate(this.api, object).catch(fail);
            return { id: "", state: made ? stateOf(inputs, made, manager) : inputs };
        }
        this.requireCluster();
        const made = await apply.create(this.api, object).catch(fail);
        try {
            const ready = await this.wait(request, object, made);
            return { id: idOf(ready), state: stateOf(inputs, ready, manager) };
        } catch (error) {
            const { message, reasons, object: last } = told(error as Error, made);
            const text = `resource "${urn}" was successfully created, but the Kubernetes API server reported that it failed to fully initialize or become live: ${message}`;
            throw new InitError(idOf(made), stateOf(inputs, last, manager), text, [
                text,
                ...reasons,
            ]);
        }
    }

    async update(request: UpdateRequest): Promise<Properties> {
        const { news, state, preview } = request;
        const object = normalised(plainObject(news));
        const manager = this.manager(object, state);
        if (preview && (this.unreachable !== undefined || containsUnknown(object))) return news;
        this.requireCluster();
        let live = liveOf(state);
        try {
            if (preview) {
                const made = await apply.previewUpdate(this.api, object, manager);
                return made ? stateOf(news, made, manager) : news;
            }
            live = await apply.update(this.api, object, manager);
            return stateOf(news, await this.wait(request, object, live), manager);
        } catch (error) {
            if (error instanceof NoMatchError || (error instanceof ApiError && error.notFound))
                throw new Error(`update of resource "${request.urn}" failed: ${error.message}`);
            const { message, reasons, object: last } = told(error as Error, live);
            const text = `the Kubernetes API server reported that "${idOf(live)}" failed to fully initialize or become live: ${message}`;
            throw new InitError(request.id, stateOf(news, last, manager), text, [text, ...reasons]);
        }
    }

    private async wait(
        request: CreateRequest | UpdateRequest,
        object: Properties,
        made: Properties,
    ): Promise<Properties> {
        const condition = readyCondition(object);
        if (!condition) return made;
        const patience = patienceFor(object, request.timeout);
        return untilReady(this.waiter(request), made, condition, patience);
    }

    private waiter({ urn, signal }: { urn: string; signal: AbortSignal }) {
        return { api: this.api, log: this.engine, urn, signal };
    }

    async read({ id, type, state, inputs }: ReadRequest): Promise<Found | undefined> {
        if (this.unreachable !== undefined) {
            if (process.env.PULUMI_K8S_DELETE_UNREACHABLE === "true") return undefined;
            throw new Error(
                `failed to read resource state due to unreachable cluster: ${this.unreachable}. ${hint}`,
            );
        }
        const known = textAt(inputs, "kind") !== undefined;
        const before = known ? normalised(plainObject(inputs)) : objectOf(id, type);
        const live = await this.api.get(refOf(before));
        if (!live) return undefined;
        const found = known ? liveInputs(live, before) : readInputs(live);
        const marked = secretData(markSecrets(found, inputs));
        const manager = this.manager(before, state);
        return { id, state: stateOf(marked, live, manager), inputs: marked };
    }

    async delete(request: DeleteRequest): Promise<void> {
        const object = liveOf(request.state);
        const inputs = plainObject(inputsOf(request.state));
        if (this.unreachable !== undefined) {
            if (process.env.PULUMI_K8S_DELETE_UNREACHABLE === "true") return;
            throw new Error(
                `configured Kubernetes cluster is unreachable: ${this.unreachable}. ${hint}`,
            );
        }
        const annotations = at(inputs, "metadata", "annotations") ?? {};
        const target = { ...object, metadata: { ...(object.metadata as Properties), annotations } };
        if (!(await apply.remove(this.api, target))) return;
        const { kind } = refOf(object);
        if (annotation(inputs, "pulumi.com/skipAwait") === "true" && skipsDeletionWait.test(kind))
            return;
        await untilGone(this.waiter(request), object, patienceFor(inputs, request.timeout));
    }

    invoke(token: string, args: Properties): Promise<Properties> {
        if (token !== "kubernetes:yaml:decode")
            return Promise.reject(new Error(`unknown function ${token}`));
        const documents = parseAllDocuments(textAt(strip(args), "text") ?? "");
        const result = [...documents].map((document) => document.toJS() as Value);
        return Promise.resolve({ result: result.filter(isObject) });
    }

    private requireCluster(): void {
        if (this.unreachable !== undefined)
            throw new Error(`configured Kubernetes cluster is unreachable: ${this.unreachable}`);
    }

    private manager(object: Properties, state: Properties = {}): string {
        return (
            annotation(object, "pulumi.com/patchFieldManager") ??
            managerOf(state) ??
            `pulumi-kubernetes-${randomBytes(4).toString("hex")}`
        );
    }
}

function createFailure(urn: string, object: Properties, error: Error): string {
    if (!(error instanceof NoMatchError))
        return `resource "${urn}" was not successfully created by the Kubernetes API server: ${error.message}`;
    const { apiVersion, kind } = refOf(object);
    return (
        `creation of resource "${urn}" with kind ${apiVersion}/${kind} failed because the ` +
        "Kubernetes API server reported that the apiVersion for this resource does not exist. " +
        `Verify that any required CRDs have been created: ${error.message}`
    );
}

function told(error: Error, object: Properties) {
    return error instanceof WaitError
        ? { message: error.message, reasons: error.problems, object: error.object }
        : { message: error.message, reasons: [], object };
}

function isWithin(path: Difference["path"], ignored: string): boolean {
    const text = propertyPath(path);
    return text === ignored || text.startsWith(`${ignored}.`) || text.startsWith(`${ignored}[`);
}

function readInputs(live: Properties): Properties {
    const inputs = plainObject(live);
    delete inputs.status;
    return inputs;
}
