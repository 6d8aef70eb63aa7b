import assert from "node:assert/strict";
import { holderProblems, markOf } from "../../config/stack-mark";

const stack = { id: "1a", name: "organization/metallb-pfsense/home" };
const other = { id: "2b", name: "organization/metallb-pfsense/prod" };
const plan = { namespace: "metallb-system" };

describe("whose MetalLB it is", () => {
    it("is this stack's where there is none, or its own, or one of before the mark", () => {
        for (const release of [
            undefined,
            { byPlugin: true, mark: markOf(stack) },
            {
                byPlugin: true,
                mark: markOf({ ...stack, name: "organization/metallb-pfsense/old" }),
            },
            { byPlugin: true },
        ]) {
            assert.deepEqual(holderProblems(plan, release, stack), []);
        }
    });

    it("is another stack's, until that is lost", () => {
        const release = { byPlugin: true, mark: markOf(other) };
        assert.deepEqual(holderProblems(plan, release, stack), [
            "MetalLB in the namespace metallb-system is held by the stack organization/metallb-pfsense/prod: change it there. Was the state of that stack lost, metallb.adopt: true takes it over.",
        ]);
        assert.deepEqual(holderProblems({ ...plan, adopt: true }, release, stack), []);
    });

    it("is somebody else's, whatever the stack says", () => {
        assert.deepEqual(holderProblems({ ...plan, adopt: true }, { byPlugin: false }, stack), [
            "The HelmRelease metallb in the namespace metallb-system is there already and not of this program: remove it where it is kept, or take another metallb.namespace and remove the MetalLB that is there.",
        ]);
    });
});
