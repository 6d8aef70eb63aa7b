import assert from "node:assert/strict";
import type { Site } from "../bring-up";
import { demoAddress } from "../report";
import { key } from "../stack/stack";
import {
    assertHolds,
    changesNothing,
    firewallNames,
    podsOf,
    poll,
    theSite,
    told,
    up,
} from "./support";
import { nobodyMissed, startTraffic } from "./traffic";

interface Made {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata: { readonly name: string; readonly namespace: string };
    readonly spec: object;
}

const namespaced = ["-n", "metallb-system"];

/** A release that Helm has installed and Flux knows nothing of, as `helm install` leaves it. */
describe("MetalLB of Helm's", () => {
    let site: Site;
    let stackFile: string;
    before(async () => {
        site = await theSite();
        stackFile = site.stack.read();
    });

    /** What is left is Helm's own Secret of the release, and everything that it has installed. */
    const forgottenByFlux = async () => {
        const suspend = ["--type=merge", "-p", '{"spec":{"suspend":true}}'];
        await site.kubectl.run([...namespaced, "patch", "helmrelease", "metallb", ...suspend]);
        const sources = ["helmcharts,helmrepositories", "--all"];
        await site.kubectl.run([...namespaced, "delete", "helmrelease", "metallb"]);
        await site.kubectl.run([...namespaced, "delete", ...sources]);
        const labels = ["helm.toolkit.fluxcd.io/name-", "helm.toolkit.fluxcd.io/namespace-"];
        const installed = "deployments,daemonsets";
        await site.kubectl.run([...namespaced, "label", installed, "--all", ...labels]);
    };

    /** Pools, peers and advertisements as `kubectl apply` leaves them. */
    const madeByKubectl = async () => {
        const kinds = "ipaddresspools,bgppeers,bgpadvertisements";
        const { items } = await site.kubectl.get<{ items: Made[] }>([...namespaced, kinds]);
        assert.equal(items.length, 4);
        for (const { apiVersion, kind, metadata, spec } of items) {
            const { name, namespace } = metadata;
            const nobody = '[{"op":"replace","path":"/metadata/managedFields","value":[{}]}]';
            const object = `${kind.toLowerCase()}s/${name}`;
            await site.kubectl.run([...namespaced, "patch", object, "--type=json", "-p", nobody]);
            const mine = { apiVersion, kind, metadata: { name, namespace }, spec };
            await site.kubectl.apply(JSON.stringify(mine));
        }
    };

    it("is left alone, until the file says adopt: then Flux goes on with it, and no pod notices", async () => {
        const before = await podsOf(site);
        const traffic = await startTraffic(site, (await demoAddress(site.kubectl))!);
        await forgottenByFlux();
        const what =
            "MetalLB is there already (Helm release metallb in the namespace metallb-system)";
        const refused = await site.stack.up(undefined, { refresh: true });
        assert.ok(!refused.ok);
        assertHolds(told(refused), `${what}, not of this program. metallb.adopt: true`);

        site.stack.edit((stack) => stack.setIn(key("metallb", "adopt"), true));
        const outcome = await site.stack.up(undefined, { refresh: true });
        assert.ok(outcome.ok, told(outcome) + outcome.text);
        assertHolds(told(outcome), `${what} and is taken over: Flux goes on with that release`);
        await poll("Flux's labels", async () => {
            const name = "jsonpath={.metadata.labels.helm\\.toolkit\\.fluxcd\\.io/name}";
            const controller = ["get", "deployment", "metallb-controller", "-o", name];
            return (await site.kubectl.run([...namespaced, ...controller])).stdout === "metallb";
        });
        site.stack.write(stackFile);
        await up(site);
        assert.deepEqual(await podsOf(site), before);
        await nobodyMissed(traffic);
        await changesNothing(site);
    });

    it("is taken over by a stack that begins anew, with Flux, pools, peers and firewalls of others'", async () => {
        const before = await podsOf(site);
        const traffic = await startTraffic(site, (await demoAddress(site.kubectl))!);
        const remember = await site.stack.keep();
        await site.stack.forget();
        await forgottenByFlux();
        await madeByKubectl();
        const adopted = () =>
            site.stack.edit((stack) => {
                stack.setIn(key("metallb", "adopt"), true);
                for (const name of firewallNames) {
                    stack.setIn(key("bgp", "routers", name, "pfsense", "adopt"), true);
                }
            });
        adopted();
        site.stack.edit((stack) => stack.setIn(key("flux", "install"), false));
        await up(site);
        await changesNothing(site);

        await remember();
        site.stack.write(stackFile);
        adopted();
        await up(site);
        site.stack.write(stackFile);
        await up(site);
        assert.deepEqual(await podsOf(site), before);
        await nobodyMissed(traffic);
        await changesNothing(site);
    });
});
