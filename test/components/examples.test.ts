import { stringify } from "yaml";
import { assertGolden } from "../golden";
import { exampleNames, planOf, resourcesOf } from "../policy/made";
import { type Registration, withoutSecrets } from "./recorder";

const waits = "pulumi.com/waitFor";

/** Which of the inputs are secrets, by their paths. */
function secretsIn(inputs: unknown, path = ""): string[] {
    if (inputs === "[secret]") return [path.slice(1)];
    if (typeof inputs !== "object" || inputs === null) return [];
    return Object.entries(inputs).flatMap(([key, inner]) => secretsIn(inner, `${path}.${key}`));
}

/** Everything of a resource but its contents, which test/golden/render has. */
function shapeOf({ type, name, parent, dependsOn, inputs, options }: Registration): object {
    const { annotations } = (inputs.metadata ?? {}) as { annotations?: Record<string, string> };
    const waited = annotations?.[waits];
    const secrets = secretsIn(withoutSecrets(inputs));
    return {
        resource: `${type} ${name}`,
        ...(parent !== undefined && { parent }),
        ...(dependsOn.length > 0 && { dependsOn }),
        ...(waited !== undefined && { waits: waited }),
        ...(secrets.length > 0 && { secrets }),
        ...(options.deleteBeforeReplace && { deleteBeforeReplace: true }),
        ...(options.createTimeout !== "" && { createTimeout: options.createTimeout }),
    };
}

describe("the resources of an example", () => {
    for (const example of exampleNames) {
        it(`are just those that are recorded for ${example}`, async () => {
            const shapes = (await resourcesOf(planOf(example))).map(shapeOf);
            assertGolden(`resources/${example}.yaml`, stringify(shapes, { lineWidth: 0 }));
        });
    }
});
