import assert from "node:assert/strict";
import type { KubernetesObject } from "@kubernetes/client-node";
import type { Site } from "../bring-up";
import { demoAddress } from "../report";
import { assertHolds, changesNothing, poll, theSite, told } from "./support";
import { key } from "../stack/stack";
import { startTraffic } from "./traffic";

const pools = key("metallb", "pools");
const announced = key("bgp", "advertise", "recipe", "pools");

interface Service {
    readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
}

/** Seconds that a client may miss an address that moves from one pool to another. */
const most = 3;

describe("pools", () => {
    let site: Site;
    let stackFile: string;
    let address: string;

    before(async () => {
        site = await theSite();
        stackFile = site.stack.read();
        address = (await demoAddress(site.kubectl))!;
        await asPosted();
    });

    /** Leaves what the plugin has applied as one from 4.29 on would have left it, posted. */
    const asPosted = async () => {
        const kinds = "ipaddresspools,bgppeers,bgpadvertisements,helmreleases";
        const { stdout } = await site.kubectl.run([
            ...["-n", "metallb-system", "get", kinds, "-o", "json", "--show-managed-fields"],
        ]);
        const { items } = JSON.parse(stdout) as { items: Required<KubernetesObject>[] };
        for (const { kind, metadata } of items) {
            const value = metadata.managedFields!.map((entry) =>
                entry.manager!.startsWith("pulumi-kubernetes-")
                    ? { ...entry, manager: "pulumi-kubernetes", operation: "Update" }
                    : entry,
            );
            const patch = [{ op: "replace", path: "/metadata/managedFields", value }];
            const object = ["-n", "metallb-system", "patch", kind, metadata.name!];
            await site.kubectl.run([...object, "--type=json", "-p", JSON.stringify(patch)]);
        }
    };

    const annotations = async () => {
        const service = ["--namespace", "demo", "service/web"];
        const { metadata } = await site.kubectl.get<Service>(service);
        return Object.keys(metadata.annotations ?? {}).filter(
            (name) => name.includes("loadBalancerIPs") || name.startsWith("metallb-pfsense"),
        );
    };
    const annotate = (value: string) =>
        site.kubectl.run(["-n", "demo", "annotate", "service/web", "--overwrite", value]);

    /** The service keeps its address, the preview says so and fails nothing, and little is lost. */
    const carried = async (from: string, to: string) => {
        const preview = await site.stack.preview();
        assert.ok(preview.ok, told(preview) + preview.text);
        assertHolds(
            told(preview),
            `service demo/web ${address} keeps its address, which moves from pool ${from} to pool ${to}; it may not answer for two seconds.`,
        );
        assert.doesNotMatch(preview.text, /Retry|failed/);
        const traffic = await startTraffic(site, address);
        const outcome = await site.stack.up();
        const { answered, longest, told: lost } = await traffic.stop();
        assert.ok(outcome.ok, told(outcome) + outcome.text);
        assert.doesNotMatch(outcome.text, /Retry/);
        assert.ok(answered > 20, lost);
        assert.ok(longest <= most, lost);
        console.log(`      ${lost.split("\n")[0]}`);
        assert.equal(await demoAddress(site.kubectl), address);
        assert.deepEqual(await annotations(), []);
        await changesNothing(site);
    };

    it("half of one goes to a new one, which comes first in the alphabet", async () => {
        site.stack.edit((stack) => {
            stack.setIn(pools, {
                "a-half": { addresses: ["192.168.32.0/25"] },
                "metallb-pool": { addresses: ["192.168.32.128/25"] },
            });
            stack.setIn(announced, ["a-half", "metallb-pool"]);
        });
        await carried("metallb-pool", "a-half");
    });

    it("one is renamed", async () => {
        site.stack.edit((stack) => {
            stack.deleteIn([...pools, "a-half"]);
            stack.setIn([...pools, "z-half"], { addresses: ["192.168.32.0/25"] });
            stack.setIn(announced, ["z-half", "metallb-pool"]);
        });
        await carried("a-half", "z-half");
    });

    it("two become one", async () => {
        site.stack.write(stackFile);
        await carried("z-half", "metallb-pool");
    });

    it("no address is taken from a service unless the file says so", async () => {
        site.stack.edit((stack) =>
            stack.setIn([...pools, "metallb-pool", "addresses"], ["192.168.32.128/25"]),
        );
        const sentence = `service demo/web ${address} loses this address of pool metallb-pool`;
        assertHolds(told(await site.stack.preview()), `An up would refuse this: ${sentence}`);
        const refused = await site.stack.up();
        assert.equal(refused.ok, false, refused.text);
        assertHolds(told(refused) + refused.text, "Nothing was changed:", sentence);
        assert.deepEqual(refused.steps, []);
        assert.equal(await demoAddress(site.kubectl), address);

        site.stack.edit((stack) => stack.setIn(key("metallb", "renumber"), ["metallb-pool"]));
        const outcome = await site.stack.up();
        assert.ok(outcome.ok, told(outcome) + outcome.text);
        assertHolds(told(outcome), `${sentence}.`);
        await poll("another address", async () => {
            const now = await demoAddress(site.kubectl);
            return now !== undefined && now !== address;
        });

        site.stack.write(stackFile);
        const back = await site.stack.up();
        assert.ok(back.ok, told(back) + back.text);
        await annotate(`metallb.io/loadBalancerIPs=${address}`);
        await poll("the first address", async () => (await demoAddress(site.kubectl)) === address);
        await annotate("metallb.io/loadBalancerIPs-");
    });
});
