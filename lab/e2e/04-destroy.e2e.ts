import assert from "node:assert/strict";
import type { Site } from "../bring-up";
import { demoAddress } from "../report";
import type { Span } from "../stack/protocol";
import { coreSession, look, theStart } from "./before";
import {
    assertHolds,
    elsewhere,
    firewallNames,
    fluxAlone,
    sessions,
    theSite,
    told,
    up,
} from "./support";

describe("destroy", () => {
    let site: Site;
    let spans: readonly Span[] = [];
    const span = (name: string) => {
        const found = spans.find((one) => one.name === name);
        assert.ok(found, `no step of ${name}`);
        return found;
    };
    before(async () => {
        site = await theSite();
    });
    it("takes away exactly what up has brought: cluster and firewalls are as before", async () => {
        // The order of a destroy is that of the last up, and one that crosses backends has its own.
        await up(site);
        // By somebody else than who has made it: no program runs that could say where the cluster is.
        const env = { KUBECONFIG: elsewhere(site) };
        const outcome = await site.stack.destroy(undefined, { env });
        assert.ok(outcome.ok, outcome.text);
        const { configs, cluster } = await look(site);
        assert.deepEqual(configs, theStart().configs);
        assert.deepEqual(cluster, theStart().cluster);
        spans = outcome.spans;
    });

    it("takes one firewall after the other, each while Kubernetes holds a namespace for its seconds", () => {
        const [first, second] = [span("fw-b.removal"), span("fw-a.removal")];
        assert.ok(first.to <= second.from, "both at once");
        const beside = [span("metallb-namespace"), span("flux-namespace-flux-system")];
        for (const [at, removal] of [first, second].entries()) {
            const namespace = beside[at]!;
            const overlap = removal.from < namespace.to && namespace.from < removal.to;
            assert.ok(overlap, `${removal.name} is not beside ${namespace.name}`);
        }
    });

    it("leaves the Service pending and no route behind", async () => {
        assert.equal(await demoAddress(site.kubectl), undefined);
        for (const name of firewallNames) {
            const seen = await sessions(site, name);
            assert.deepEqual(Object.keys(seen), ["192.168.34.50"]);
        }
    });

    it("has never reset the session of the firewalls' own neighbour", async () => {
        for (const name of firewallNames) {
            const { state, established } = await coreSession(site, name);
            const times = theStart().coreEstablished[name];
            assert.deepEqual({ state, established }, { state: "Established", established: times });
        }
    });

    it("takes no namespace over that somebody else has made, and shares it when told to", async () => {
        const stackFile = site.stack.read();
        await site.kubectl.run(["create", "namespace", "metallb-system"]);
        const labels = async () => {
            const get = ["get", "namespace", "metallb-system", "-o", "jsonpath={.metadata.labels}"];
            return (await site.kubectl.run(get)).stdout;
        };
        const enforce = '"pod-security.kubernetes.io/enforce":"privileged"';
        try {
            const preview = await site.stack.preview();
            const words = "The namespace metallb-system is there already and not of this program:";
            assertHolds(told(preview), `An up would refuse this: ${words}`);
            const refused = await site.stack.up(undefined, { target: fluxAlone });
            assert.equal(refused.ok, false, refused.text);
            assertHolds(told(refused), `Nothing was changed:\n  ${words}`);
            site.stack.edit((stack) =>
                stack.setIn(["config", "metallb-pfsense:metallb", "createNamespace"], false),
            );
            const shared = await site.stack.up(undefined, { target: fluxAlone });
            assert.ok(shared.ok, told(shared) + shared.text);
            assertHolds(await labels(), enforce);
            const unchanged = await site.stack.up(undefined, { target: fluxAlone });
            assert.ok(unchanged.ok, told(unchanged) + unchanged.text);
            const destroyed = await site.stack.destroy();
            assert.ok(destroyed.ok, destroyed.text);
            assert.ok(!(await labels()).includes(enforce));
        } finally {
            site.stack.write(stackFile);
            await site.kubectl.run(["delete", "namespace", "metallb-system"]);
        }
    });

    it("leaves a stack that a part of can be made alone", async () => {
        const outcome = await site.stack.up(undefined, { target: fluxAlone });
        assert.ok(outcome.ok, told(outcome) + outcome.text);
        const made = outcome.steps.map(({ type, name }) => `${type} ${name}`);
        assert.ok(made.includes("kubernetes:core/v1:Namespace metallb-namespace"), made.join("\n"));
        assert.ok(!made.some((step) => step.startsWith("command:")), made.join("\n"));
        const destroyed = await site.stack.destroy();
        assert.ok(destroyed.ok, destroyed.text);
    });
});
