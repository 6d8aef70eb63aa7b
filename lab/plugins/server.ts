import * as grpc from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import * as proto from "@pulumi/pulumi/proto/provider_pb.js";
import { PluginInfo, type PluginAttach } from "@pulumi/pulumi/proto/plugin_pb.js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb.js";
import { Struct } from "google-protobuf/google/protobuf/struct_pb.js";
import { propertyPath, type Change } from "./diff";
import { Engine } from "./engine";
import type { DiffResult, Provider } from "./provider";
import type { Properties } from "./values";

type Handler = (request: never, signal: AbortSignal) => unknown;

/**
 * Serves a provider over Pulumi's provider protocol (proto/pulumi/provider.proto) on a free port of
 * the loopback interface, which is printed as the first line, and ends with the engine's signal.
 * @param make gets the engine that started the plugin
 */
export function serve(make: (engine: Engine) => Provider): void {
    const engine = new Engine(process.argv[2]);
    const provider = make(engine);
    const cancelled = new AbortController();
    const server = new grpc.Server({ "grpc.max_receive_message_length": 400 * 1024 * 1024 });
    server.addService(ResourceProviderService, {
        ...wrap(handlers(provider, engine, cancelled), cancelled.signal),
    });
    const end = () => {
        provider.close();
        process.exit(0);
    };
    process.once("SIGTERM", end).once("SIGINT", end).once("SIGHUP", end);
    process.once("exit", () => provider.close());
    const credentials = grpc.ServerCredentials.createInsecure();
    server.bindAsync("127.0.0.1:0", credentials, (error, port) => {
        if (error) throw error;
        process.stdout.write(`${port}\n`);
    });
}

function wrap(
    all: Record<string, Handler>,
    signal: AbortSignal,
): grpc.UntypedServiceImplementation {
    const implementation: grpc.UntypedServiceImplementation = {};
    for (const [name, handler] of Object.entries(all)) {
        implementation[name] = (
            call: { request: unknown },
            callback: grpc.sendUnaryData<unknown>,
        ) => {
            Promise.resolve()
                .then(() => handler(call.request as never, signal))
                .then(
                    (answer) => callback(null, answer),
                    (error: Error) => callback(failure(error)),
                );
        };
    }
    return implementation;
}

function handlers(
    provider: Provider,
    engine: Engine,
    cancelled: AbortController,
): Record<string, Handler> {
    return {
        ...pluginHandlers(provider, engine, cancelled),
        ...configHandlers(provider),
        ...resourceHandlers(provider),
    };
}

function pluginHandlers(
    provider: Provider,
    engine: Engine,
    cancelled: AbortController,
): Record<string, Handler> {
    return {
        handshake: (request: proto.ProviderHandshakeRequest) => {
            engine.attach(request.getEngineAddress() || process.argv[2]);
            const response = new proto.ProviderHandshakeResponse();
            response.setAcceptSecrets(true);
            return response;
        },
        attach: (request: PluginAttach) => {
            engine.attach(request.getAddress());
            return new Empty();
        },
        getPluginInfo: () => {
            const response = new PluginInfo();
            response.setVersion(provider.version);
            return response;
        },
        getSchema: () => {
            const response = new proto.GetSchemaResponse();
            response.setSchema("{}");
            return response;
        },
        cancel: () => {
            cancelled.abort();
            return new Empty();
        },
    };
}

function configHandlers(provider: Provider): Record<string, Handler> {
    return {
        checkConfig: (request: proto.CheckRequest) => {
            const response = new proto.CheckResponse();
            response.setInputs(request.getNews());
            return response;
        },
        diffConfig: (request: proto.DiffRequest) =>
            diffResponse(
                provider.diffConfig(
                    properties(request.getOldInputs() ?? request.getOlds()),
                    properties(request.getNews()),
                ),
            ),
        configure: async (request: proto.ConfigureRequest) => {
            await provider.configure(properties(request.getArgs()));
            const response = new proto.ConfigureResponse();
            response.setAcceptsecrets(true);
            response.setSupportspreview(true);
            return response;
        },
        invoke: async (request: proto.InvokeRequest) => {
            const response = new proto.InvokeResponse();
            response.setReturn(
                struct(await provider.invoke(request.getTok(), properties(request.getArgs()))),
            );
            return response;
        },
    };
}

function resourceHandlers(provider: Provider): Record<string, Handler> {
    return {
        check: (request: proto.CheckRequest) => {
            const result = provider.check(
                resource(request),
                properties(request.getOlds()),
                properties(request.getNews()),
                request.getRandomseed_asU8(),
            );
            return checkResponse(result.inputs, result.failures ?? []);
        },
        diff: async (request: proto.DiffRequest) =>
            diffResponse(
                await provider.diff({
                    ...resource(request),
                    id: request.getId(),
                    state: properties(request.getOlds()),
                    oldInputs: properties(request.getOldInputs()),
                    news: properties(request.getNews()),
                    ignoreChanges: request.getIgnorechangesList(),
                }),
            ),
        create: async (request: proto.CreateRequest, signal) => {
            const created = await provider.create({
                ...operation(request, signal),
                inputs: properties(request.getProperties()),
                preview: request.getPreview(),
            });
            const response = new proto.CreateResponse();
            response.setId(created.id);
            response.setProperties(struct(created.state));
            return response;
        },
        read: async (request: proto.ReadRequest, signal) => {
            const found = await provider.read({
                ...operation(request, signal),
                id: request.getId(),
                state: properties(request.getProperties()),
                inputs: properties(request.getInputs()),
            });
            const response = new proto.ReadResponse();
            response.setId(found?.id ?? "");
            if (found) {
                response.setProperties(struct(found.state));
                response.setInputs(struct(found.inputs));
            }
            return response;
        },
        update: async (request: proto.UpdateRequest, signal) => {
            const response = new proto.UpdateResponse();
            const state = await provider.update({
                ...operation(request, signal),
                id: request.getId(),
                state: properties(request.getOlds()),
                news: properties(request.getNews()),
                preview: request.getPreview(),
                ignoreChanges: request.getIgnorechangesList(),
            });
            response.setProperties(struct(state));
            return response;
        },
        delete: async (request: proto.DeleteRequest, signal) => {
            await provider.delete({
                ...operation(request, signal),
                id: request.getId(),
                state: properties(request.getProperties()),
            });
            return new Empty();
        },
    };
}

interface Named {
    getUrn(): string;
    getType(): string;
    getName(): string;
}

function resource(request: Named) {
    return { urn: request.getUrn(), type: request.getType(), name: request.getName() };
}

function operation(request: Named & { getTimeout(): number }, signal: AbortSignal) {
    return { ...resource(request), timeout: request.getTimeout(), signal };
}

function properties(value: Struct | undefined): Properties {
    return value?.toJavaScript() ?? {};
}

function struct(value: Properties): Struct {
    return Struct.fromJavaScript(value);
}

function checkResponse(
    inputs: Properties,
    failures: readonly { property: string; reason: string }[],
): proto.CheckResponse {
    const response = new proto.CheckResponse();
    response.setInputs(struct(inputs));
    for (const { property, reason } of failures) {
        const failed = new proto.CheckFailure();
        failed.setProperty(property);
        failed.setReason(reason);
        response.addFailures(failed);
    }
    return response;
}

const kinds: Record<Change, [number, number]> = {
    add: [proto.PropertyDiff.Kind.ADD, proto.PropertyDiff.Kind.ADD_REPLACE],
    delete: [proto.PropertyDiff.Kind.DELETE, proto.PropertyDiff.Kind.DELETE_REPLACE],
    update: [proto.PropertyDiff.Kind.UPDATE, proto.PropertyDiff.Kind.UPDATE_REPLACE],
};

function diffResponse(result: DiffResult): proto.DiffResponse {
    const { DIFF_SOME, DIFF_NONE } = proto.DiffResponse.DiffChanges;
    const response = new proto.DiffResponse();
    const changed = result.differences.length > 0 || result.replaces.length > 0;
    response.setChanges(changed ? DIFF_SOME : DIFF_NONE);
    response.setReplacesList([...result.replaces]);
    response.setDeletebeforereplace(result.deleteBeforeReplace ?? false);
    response.setHasdetaileddiff(true);
    const tops = new Set<string>();
    for (const { path, change } of result.differences) {
        const text = propertyPath(path);
        const entry = new proto.PropertyDiff();
        entry.setKind(kinds[change][result.replaces.includes(text) ? 1 : 0]);
        entry.setInputdiff(change === "delete");
        response.getDetaileddiffMap().set(text, entry);
        tops.add(String(path[0]));
    }
    response.setDiffsList([...tops]);
    return response;
}

function failure(error: Error): Partial<grpc.StatusObject> {
    return { code: grpc.status.UNKNOWN, details: error.message };
}
