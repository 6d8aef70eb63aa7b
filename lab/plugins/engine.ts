import * as grpc from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb.js";

export type Severity = "info" | "warning" | "error";

const severities = {
    info: LogSeverity.INFO,
    warning: LogSeverity.WARNING,
    error: LogSeverity.ERROR,
};

/** What a plugin tells the engine beside its answers. */
export interface Log {
    /** A line that stays in the output of the run. */
    log(severity: Severity, urn: string, message: string): void;
    /** The state of a running operation: shown while it runs, then gone. */
    status(severity: Severity, urn: string, message: string): void;
}

/** The engine that started this plugin; one without an address listens to nothing. */
export class Engine implements Log {
    private client: InstanceType<typeof EngineClient> | undefined;

    constructor(address: string | undefined) {
        this.attach(address);
    }

    attach(address: string | undefined): void {
        this.client?.close();
        this.client = address
            ? new EngineClient(address, grpc.credentials.createInsecure())
            : undefined;
    }

    log(severity: Severity, urn: string, message: string): void {
        this.send(severity, urn, message, false);
    }

    status(severity: Severity, urn: string, message: string): void {
        this.send(severity, urn, message, true);
    }

    private send(severity: Severity, urn: string, message: string, ephemeral: boolean): void {
        const request = new LogRequest();
        request.setSeverity(severities[severity]);
        request.setUrn(urn);
        request.setMessage(message);
        request.setEphemeral(ephemeral);
        // A line that the engine does not take any more is no reason to fail the operation.
        this.client?.log(request, () => {});
    }
}
