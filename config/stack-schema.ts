import { z } from "zod";
import { stackSchema } from "./schema";

const secret = (what: string) => ({
    description: `${what} Set it with: pulumi config set --secret <key>.`,
    type: "object",
    properties: { secure: { type: "string", description: "The encrypted value." } },
    required: ["secure"],
    additionalProperties: false,
});

/** JSON Schema of a whole Pulumi.<stack>.yaml, for editors that complete and check while typing. */
export function stackFileSchema(): object {
    const { $schema, definitions, properties, required } = z.toJSONSchema(stackSchema, {
        io: "input",
        target: "draft-7",
    }) as unknown as {
        $schema: string;
        definitions: object;
        properties: Record<string, object>;
        required: string[];
    };
    const prefixed = Object.entries(properties).map(([key, value]) => [
        `metallb-pfsense:${key}`,
        value,
    ]);
    return {
        $schema,
        title: "Stack config of metallb-pfsense",
        description:
            "Pulumi.<stack>.yaml: one cluster, its MetalLB and the firewalls it peers with.",
        type: "object",
        properties: {
            config: {
                description: "The stack's settings.",
                type: "object",
                properties: {
                    ...(Object.fromEntries(prefixed) as Record<string, object>),
                    "metallb-pfsense:bgpPassword": secret(
                        "Password of every BGP session, 1-80 characters. Default: no password.",
                    ),
                    "metallb-pfsense:sshKey": secret(
                        "Private SSH key for every firewall. Required with pfsense.",
                    ),
                    "metallb-pfsense:sshKeyPassphrase": secret(
                        "Passphrase of the SSH key. Default: a key without one.",
                    ),
                    "metallb-pfsense:chartPassword": secret(
                        "Password of metallb.chart.user. Required with that.",
                    ),
                    "metallb-pfsense:imagePassword": secret(
                        "Password of metallb.images.login. Required with that.",
                    ),
                },
                patternProperties: {
                    "^metallb-pfsense:bgpPassword-.+$": secret(
                        "Password of the sessions with one router. Default: bgpPassword.",
                    ),
                    "^metallb-pfsense:sshKey-.+$": secret(
                        "Private SSH key for one firewall. Default: sshKey.",
                    ),
                    "^metallb-pfsense:sshKeyPassphrase-.+$": secret(
                        "Passphrase of one firewall's SSH key. Default: sshKeyPassphrase.",
                    ),
                    "^(?!metallb-pfsense:)": {
                        description: "A setting of the engine or a provider.",
                    },
                },
                required: required.map((key) => `metallb-pfsense:${key}`),
                additionalProperties: false,
            },
        },
        required: ["config"],
        definitions,
    };
}

/** The schema as it is committed. */
export const stackFileSchemaText = (): string => `${JSON.stringify(stackFileSchema(), null, 4)}\n`;
