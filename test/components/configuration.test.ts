import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import type { ClusterApi } from "../../components/cluster/api";
import { Configuration } from "../../components/metallb/configuration";

const state = (
    name: string,
    result: string,
    errorSummary?: string,
    at = "2026-01-01T00:00:00Z",
) => ({
    metadata: { name },
    status: { result, errorSummary, conditions: [{ lastTransitionTime: at }] },
});
const speaker = (nodeName: string, ready = "True", component = "speaker") => ({
    metadata: {
        labels: {
            "app.kubernetes.io/name": "metallb",
            "app.kubernetes.io/component": component,
        },
    },
    spec: { nodeName },
    status: { conditions: [{ type: "Ready", status: ready }] },
});
const controller = speaker("wn1", "True", "controller");
const valid = [state("controller", "Valid"), state("speaker-wn1", "Valid")];
const words = "peer 10.0.0.1 has bfd-profile set on native bgp mode";
const refuses = `MetalLB's speaker on wn1 refuses the configuration and goes on with the one before: ${words}`;

/** A cluster that has these states, look by look, and then the last of them. */
function cluster(
    looks: readonly (object[] | Error)[],
    pods: readonly object[] = [speaker("wn1"), controller],
) {
    const left = [...looks];
    const seen = { looks: 0 };
    const list = (_version: string, kind: string) => {
        if (kind === "Pod") return Promise.resolve(pods);
        seen.looks++;
        const found = left.length > 1 ? left.shift()! : left[0]!;
        return found instanceof Error ? Promise.reject(found) : Promise.resolve(found);
    };
    const patience = { look: 1, fresh: 60, refused: 40, silent: 30 };
    const api = { list } as unknown as ClusterApi;
    return { configuration: new Configuration(api, "metallb-system", patience), seen };
}

async function taken(looks: readonly (object[] | Error)[], pods?: readonly object[]) {
    const { configuration, seen } = cluster(looks, pods);
    try {
        await configuration.taken();
        return { looks: seen.looks };
    } catch (error) {
        assert.ok(pulumi.RunError.isInstance(error));
        return { failure: error.message };
    }
}

describe("MetalLB's own word for its configuration", () => {
    const invalid = [state("controller", "Valid"), state("speaker-wn1", "Invalid", ` ${words}\n`)];

    it("is asked once where controller and speakers have taken it", async () => {
        assert.deepEqual(await taken([valid]), { looks: 1 });
    });

    it("is waited for while it is refused, and ends the run with the reason", async () => {
        assert.deepEqual(await taken([invalid, invalid, valid]), { looks: 3 });
        assert.deepEqual(await taken([invalid]), { failure: refuses });
        assert.deepEqual(await taken([[state("controller", "Invalid")]], []), {
            failure:
                "MetalLB's controller refuses the configuration and goes on with the one before: it gives no reason",
        });
    });

    it("may be late where the API server is away, and ends the run where it stays away", async () => {
        const away = new Error("connect ECONNREFUSED\nand more");
        assert.deepEqual(await taken([away, away, valid]), { looks: 3 });
        assert.deepEqual(await taken([away]), {
            failure:
                "The cluster does not say whether MetalLB has taken the configuration: connect ECONNREFUSED",
        });
    });

    it("is missed of a speaker that is ready, and of no other", async () => {
        const pods = [speaker("wn1"), speaker("wn2"), speaker("wn3", "False"), controller];
        assert.deepEqual(await taken([valid], pods), {
            failure: "MetalLB's speaker on wn2 says nothing of the configuration",
        });
    });

    it("is not there before 0.15.3, and no fault while nobody has looked", async () => {
        assert.deepEqual(await taken([[]]), { looks: 1 });
        const unknown = [state("controller", "Unknown"), state("speaker-wn1", "Valid")];
        assert.deepEqual(await taken([unknown]), { looks: 1 });
    });

    it("counts once every speaker has looked since the last change, or after a while", async () => {
        const later = new Date(Date.now() + 1000).toISOString();
        const looked = [state("controller", "Valid"), state("speaker-wn1", "Valid", "", later)];
        const { configuration, seen } = cluster([valid, valid, looked]);
        configuration.noteChange();
        await configuration.taken();
        assert.equal(seen.looks, 3);

        const behind = cluster([valid]);
        behind.configuration.noteChange();
        const begun = Date.now();
        await behind.configuration.taken();
        assert.ok(Date.now() - begun >= 60);
    });

    it("is told in a preview as well", async () => {
        assert.deepEqual(await cluster([invalid]).configuration.problems(), [refuses]);
        assert.deepEqual(await cluster([[]]).configuration.problems(), []);
    });
});
