import fc from "fast-check";
import type { Properties } from "../../lab/plugins/values";

/** Property runs; PROPERTY_RUNS raises them. */
export const numRuns = Number(process.env.PROPERTY_RUNS ?? 100);

/** Any properties, without the one key that JavaScript objects take for something else. */
export const properties: fc.Arbitrary<Properties> = fc
    .dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }), { noNullPrototype: true })
    .map((value) => JSON.parse(JSON.stringify(value)) as Properties)
    .filter((value) => !JSON.stringify(value).includes("__proto__"));
