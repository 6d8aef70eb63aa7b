import assert from "node:assert/strict";
import { namespaceProblems, sharedMark } from "../../config/namespaces";

const ours = ["pulumi-kubernetes-1a2b3c4d", "kube-controller-manager"];
const theirs = ["kubectl-create", "kustomize-controller"];
const now = (name: string, managers: readonly string[], annotations = {}) => ({
    name,
    managers,
    annotations,
});
const own = { namespace: "networking" };
const shared = { ...own, createNamespace: false as const };

describe("the namespaces of a cluster", () => {
    it("are no problem when they are not there, or are this program's own", () => {
        assert.deepEqual(namespaceProblems(own, { install: true }, []), []);
        const all = [now("networking", ours), now("flux-system", ours), now("other", theirs)];
        assert.deepEqual(namespaceProblems(own, { install: true }, all), []);
    });

    it("of others are not taken over, which a destroy would delete", () => {
        const all = [now("networking", theirs), now("flux-system", theirs)];
        assert.deepEqual(namespaceProblems(own, { install: true }, all), [
            "The namespace networking is there already and not of this program: set metallb.createNamespace: false, which sets its pod-security labels and never deletes it, or take another metallb.namespace.",
            "The namespace flux-system is there already and not of this program: where Flux runs in it, set flux: { install: false }; else delete it.",
        ]);
        assert.deepEqual(namespaceProblems(shared, { install: false }, all), []);
    });

    it("that are shared stay shared, and own ones own", () => {
        const labelled = now("networking", [...theirs, ...ours], { [sharedMark]: "shared" });
        assert.deepEqual(namespaceProblems(shared, { install: false }, [labelled]), []);
        assert.equal(namespaceProblems(own, { install: false }, [labelled]).length, 1);
        assert.deepEqual(namespaceProblems(shared, { install: false }, [now("networking", ours)]), [
            "The namespace networking is this program's own, and metallb.createNamespace: false would delete it: leave it out.",
        ]);
        assert.deepEqual(namespaceProblems(shared, { install: false }, []), [
            "The namespace networking is not there: make it, or leave metallb.createNamespace out.",
        ]);
    });
});
