import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { policies } from "../../policy/policies";
import { judge, remedied } from "./judge";
import { exampleNames, planOf, resourcesOf } from "./made";

describe("the policy pack", () => {
    it("gives every policy a name, a level and a description", () => {
        assert.deepEqual(
            policies.map(({ name, enforcementLevel }) => [name, enforcementLevel]),
            [
                ["pinned-versions", "mandatory"],
                ["metallb-after-release", "mandatory"],
                ["neighbours-filtered", "mandatory"],
                ["no-plain-secret", "remediate"],
                ["firewalls-protected", "mandatory"],
            ],
        );
        for (const { description } of policies) assert.match(description, /^[A-Z].{30,}\.$/);
    });

    it("has the versions of the project: it is found in the packages of the whole", () => {
        const json = (file: string) =>
            JSON.parse(readFileSync(file, "utf8")) as {
                version: string;
                dependencies: Record<string, string>;
            };
        const [whole, pack] = [json("package.json"), json("policy/package.json")];
        const { version, runtime } = parse(readFileSync("policy/PulumiPolicy.yaml", "utf8")) as {
            version: string;
            runtime: string;
        };
        assert.deepEqual(
            [pack.version, version, runtime],
            [whole.version, whole.version, "nodejs"],
        );
        for (const [name, pinned] of Object.entries(pack.dependencies)) {
            assert.equal(pinned, whole.dependencies[name], name);
        }
    });

    for (const name of exampleNames) {
        it(`has nothing to say about the example ${name}, and nothing to mend`, async () => {
            const made = await resourcesOf(planOf(name));
            assert.deepEqual(await judge(made), []);
            for (const one of made) assert.equal(await remedied(one), undefined, one.name);
        });
    }
});
