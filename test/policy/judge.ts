import type { Policies } from "@pulumi/policy";
import * as server from "@pulumi/policy/server";
import * as proto from "@pulumi/pulumi/proto/analyzer_pb";
import { Struct, type JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb";
import { firewallsProtected } from "../../policy/firewalls-protected";
import { policies } from "../../policy/policies";
import type { Registration } from "../components/recorder";

type Handler<Request, Response> = (
    call: { request: Request },
    callback: (error: Error | null, response?: Response) => void,
) => void;
type MakeHandler<Request, Response> = (
    pack: string,
    version: string,
    level: string,
    all: readonly unknown[],
) => Handler<Request, Response>;

/** What serves a pack to the engine; the SDK's types hide it. */
const { makeAnalyzeRpcFun, makeAnalyzeStackRpcFun, makeRemediateRpcFun } = server as unknown as {
    makeAnalyzeRpcFun: MakeHandler<proto.AnalyzeRequest, proto.AnalyzeResponse>;
    makeAnalyzeStackRpcFun: MakeHandler<proto.AnalyzeStackRequest, proto.AnalyzeResponse>;
    makeRemediateRpcFun: MakeHandler<proto.AnalyzeRequest, proto.RemediateResponse>;
};

/** Config of the policy that has some. */
type Config = Readonly<Record<string, unknown>>;

const served =
    <Request, Response>(make: MakeHandler<Request, Response>) =>
    (request: Request, config?: Config): Promise<Response> =>
        new Promise((resolve, reject) => {
            const handle = make("metallb-pfsense", "0.1.0", "advisory", withConfig(config));
            handle({ request }, (error, response) => (error ? reject(error) : resolve(response!)));
        });
const analyze = served(makeAnalyzeRpcFun);
const analyzeStack = served(makeAnalyzeStackRpcFun);
const remediate = served(makeRemediateRpcFun);

/** The SDK keeps the config that the engine has sent to itself. */
function withConfig(config?: Config): Policies {
    if (!config) return [...policies];
    const getConfig = <T>() => config as T;
    const { validateResource, ...policy } = firewallsProtected;
    return [
        {
            ...policy,
            validateResource: (args, report) => validateResource({ ...args, getConfig }, report),
        },
    ];
}

/**
 * What the engine would be told about the resources of a stack, a violation a line, sorted.
 * @param config of firewalls-protected, which is then the only policy that is asked
 */
export async function judge(
    all: readonly Registration[],
    stack = "dev",
    config?: Config,
): Promise<string[]> {
    const urnOf = urns(all, stack);
    const one = await Promise.all(all.map((each) => analyze(requestOf(each, urnOf), config)));
    const whole = new proto.AnalyzeStackRequest();
    whole.setResourcesList(all.map((each) => resourceOf(each, all, urnOf)));
    const lines = [
        ...one.flatMap((response, index) => linesOf(response, urnOf(all[index]!))),
        ...linesOf(await analyzeStack(whole, config)),
    ];
    return lines.sort();
}

/** What the remediations make of one resource's inputs; undefined where they leave it alone. */
export async function remedied(resource: Registration): Promise<unknown> {
    const response = await remediate(requestOf(resource, urns([resource], "dev")));
    const [first, second] = response.getRemediationsList();
    if (second) throw new Error("more than one remediation");
    return first?.getProperties()?.toJavaScript();
}

function linesOf(response: proto.AnalyzeResponse, ofResource = ""): string[] {
    return response.getDiagnosticsList().map((one) => {
        const urn = one.getUrn() || ofResource;
        const level = one.getEnforcementlevel();
        const weak = level === proto.EnforcementLevel.MANDATORY ? "" : "(advisory) ";
        const said = one.getMessage().replace(`${one.getDescription()}\n`, "");
        return `${weak}${one.getPolicyname()}: ${urn.split("::").at(-1)}: ${said}`;
    });
}

type UrnOf = (resource: Registration) => string;

/** Names of resources as the engine forms them; a parent is known by its name only. */
function urns(all: readonly Registration[], stack: string): UrnOf {
    const typesOf = ({ type, parent }: Registration): string[] => {
        const holder = all.find((other) => other.name === parent && other.type !== type);
        return [...(holder ? typesOf(holder) : []), type];
    };
    return (resource) =>
        `urn:pulumi:${stack}::metallb-pfsense::${typesOf(resource).join("$")}::${resource.name}`;
}

const structOf = (inputs: Registration["inputs"]) =>
    Struct.fromJavaScript(inputs as Record<string, JavaScriptValue>);

function optionsOf({ options }: Registration): proto.AnalyzerResourceOptions {
    const message = new proto.AnalyzerResourceOptions();
    message.setProtect(options.protect ?? false);
    message.setIgnorechangesList([...options.ignoreChanges]);
    return message;
}

function requestOf(resource: Registration, urnOf: UrnOf): proto.AnalyzeRequest {
    const message = new proto.AnalyzeRequest();
    message.setType(resource.type);
    message.setName(resource.name);
    message.setUrn(urnOf(resource));
    message.setProperties(structOf(resource.inputs));
    message.setOptions(optionsOf(resource));
    return message;
}

/** As at the end of a run; in a preview an object's outputs are its inputs. */
function resourceOf(
    resource: Registration,
    all: readonly Registration[],
    urnOf: UrnOf,
): proto.AnalyzerResource {
    const message = new proto.AnalyzerResource();
    message.setType(resource.type);
    message.setName(resource.name);
    message.setUrn(urnOf(resource));
    message.setProperties(structOf(resource.inputs));
    message.setOptions(optionsOf(resource));
    const before = all.filter(({ name }) => resource.dependsOn.includes(name));
    message.setDependenciesList(before.map(urnOf));
    return message;
}
