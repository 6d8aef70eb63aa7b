import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import * as grpc from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import * as proto from "@pulumi/pulumi/proto/provider_pb.js";
import { Struct } from "google-protobuf/google/protobuf/struct_pb.js";
import type { Properties } from "../../lab/plugins/values";

/** Drives a plugin as the engine does: starts it, reads its port, speaks gRPC. */
export class PluginClient {
    private constructor(
        private readonly process: ChildProcess,
        private readonly client: InstanceType<typeof ResourceProviderClient>,
        private readonly type: string,
    ) {}

    static async start(path: string, type: string, env: NodeJS.ProcessEnv): Promise<PluginClient> {
        const child = spawn(path, [], { env, stdio: ["ignore", "pipe", "inherit"] });
        const [port] = (await once(createInterface(child.stdout), "line")) as [string];
        const client = new ResourceProviderClient(
            `127.0.0.1:${port}`,
            grpc.credentials.createInsecure(),
        );
        return new PluginClient(child, client, type);
    }

    async stop(): Promise<void> {
        this.client.close();
        this.process.kill("SIGTERM");
        if (this.process.exitCode === null) await once(this.process, "exit");
    }

    async check(news: Properties): Promise<Properties> {
        const request = named(new proto.CheckRequest(), this.type);
        request.setNews(struct(news));
        const response = await this.call<proto.CheckResponse>("check", request);
        return properties(response.getInputs());
    }

    async diff(state: Properties, oldInputs: Properties, news: Properties) {
        const request = named(new proto.DiffRequest(), this.type);
        request.setOlds(struct(state));
        request.setOldInputs(struct(oldInputs));
        request.setNews(struct(news));
        const response = await this.call<proto.DiffResponse>("diff", request);
        return {
            changes: response
                .getDetaileddiffMap()
                .getEntryList()
                .map(([path]) => path)
                .sort(),
            replaces: response.getReplacesList(),
            deleteBeforeReplace: response.getDeletebeforereplace(),
        };
    }

    async create(inputs: Properties, preview = false) {
        const request = named(new proto.CreateRequest(), this.type);
        request.setProperties(struct(inputs));
        request.setPreview(preview);
        const response = await this.call<proto.CreateResponse>("create", request);
        return { id: response.getId(), state: properties(response.getProperties()) };
    }

    async update(id: string, state: Properties, news: Properties): Promise<Properties> {
        const request = named(new proto.UpdateRequest(), this.type);
        request.setId(id);
        request.setOlds(struct(state));
        request.setNews(struct(news));
        const response = await this.call<proto.UpdateResponse>("update", request);
        return properties(response.getProperties());
    }

    /** @returns id and inputs of what was found; no id: it is gone */
    async read(id: string, state: Properties, inputs: Properties) {
        const request = named(new proto.ReadRequest(), this.type);
        request.setId(id);
        request.setProperties(struct(state));
        request.setInputs(struct(inputs));
        const response = await this.call<proto.ReadResponse>("read", request);
        return { id: response.getId(), inputs: properties(response.getInputs()) };
    }

    async delete(id: string, state: Properties): Promise<void> {
        const request = named(new proto.DeleteRequest(), this.type);
        request.setId(id);
        request.setProperties(struct(state));
        await this.call("delete", request);
    }

    private call<R>(method: string, request: unknown): Promise<R> {
        type Method = (
            request: unknown,
            callback: (error: grpc.ServiceError | null, response: R) => void,
        ) => void;
        const client = this.client as unknown as Record<string, Method>;
        return new Promise((resolve, reject) =>
            client[method]!(request, (error, response) =>
                error ? reject(new Error(error.details)) : resolve(response),
            ),
        );
    }
}

function named<R extends { setUrn(v: string): R; setType(v: string): R; setName(v: string): R }>(
    request: R,
    type: string,
): R {
    return request.setUrn("urn:x").setType(type).setName("x");
}

const struct = (value: Properties) => Struct.fromJavaScript(value);
const properties = (value: Struct | undefined) => value?.toJavaScript() ?? {};
