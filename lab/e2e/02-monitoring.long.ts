import assert from "node:assert/strict";
import type { Site } from "../bring-up";
import * as network from "../site";
import { type Alert, Alerts, type Judgement } from "./alerts";
import { nodeAddresses, poll, sessions, theSite } from "./support";

const [, wn2] = nodeAddresses as [string, string];
/** A pool of one address that nothing announces, and the service that has it. */
const tiny = [
    {
        apiVersion: "metallb.io/v1beta1",
        kind: "IPAddressPool",
        metadata: { name: "tiny", namespace: "metallb-system" },
        spec: { addresses: ["192.168.35.7/32"], autoAssign: false },
    },
    {
        apiVersion: "v1",
        kind: "Service",
        metadata: {
            name: "tiny",
            namespace: "demo",
            annotations: { "metallb.io/address-pool": "tiny" },
        },
        spec: { type: "LoadBalancer", ports: [{ port: 80 }] },
    },
]
    .map((object) => JSON.stringify(object))
    .join("\n---\n");

const labelsOf = (alerts: readonly Alert[]) => alerts.map(({ labels }) => labels);
const names = (alerts: readonly Alert[]) => alerts.map(({ labels }) => labels.alertname!).sort();

/** The alerts of the dev stack, judged by Prometheus's own code on what the pods say of themselves. */
describe("alerts", () => {
    let site: Site;
    let alerts: Alerts;

    before(async function () {
        this.timeout(900_000);
        site = await theSite();
        alerts = await Alerts.start(site);
    });
    after(() => alerts.end());

    /** Judges until exactly these alerts are active: a metric follows what it tells of by a moment. */
    const active = (...wanted: string[]): Promise<Judgement> =>
        poll(`the alerts ${wanted.join() || "(none)"}`, async () => {
            const found = await alerts.judge();
            const seen = names(found.minutes.at(-1)!);
            if (seen.join() !== wanted.join()) throw new Error(`active are ${seen.join()}`);
            return found;
        });

    it("none while everything is as it should be, and each looks at something", async () => {
        const { selected, minutes } = await active();
        assert.deepEqual(
            minutes.map(({ length }) => length),
            [0, 0, 0, 0, 0, 0],
        );
        const here = 'namespace="metallb-system"';
        const speakers = network.nodes.length;
        const pools = {
            [`metallb_allocator_ipv4_addresses_in_use_total{${here}}`]: 1,
            [`metallb_allocator_ipv4_addresses_total{${here}}`]: 1,
            [`metallb_allocator_ipv6_addresses_in_use_total{${here}}`]: 1,
            [`metallb_allocator_ipv6_addresses_total{${here}}`]: 1,
        };
        assert.deepEqual(selected, {
            MetalLBSessionDown: {
                [`metallb_bgp_session_up{${here}}`]: speakers * network.firewalls.length,
            },
            MetalLBPoolNearlyFull: pools,
            MetalLBConfigStale: { [`metallb_k8s_client_config_stale_bool{${here}}`]: speakers + 1 },
            MetalLBConfigNotLoaded: {
                [`metallb_k8s_client_config_loaded_bool{${here}}`]: speakers + 1,
            },
            MetalLBSpeakerMissing: {
                [`metallb_k8s_client_config_loaded_bool{container="speaker",${here}}`]: speakers,
            },
            MetalLBControllerMissing: { [`metallb_allocator_addresses_total{${here}}`]: 1 },
        });
    });

    it("of a session that its firewall has shut, and of no other", async () => {
        const firewall = site.firewalls["fw-a"]!;
        const shut = (word: string) =>
            firewall.run([
                "/usr/local/bin/vtysh",
                ...["configure terminal", `router bgp ${network.firewallAsn}`].flatMap(command),
                ...command(`${word}neighbor ${wn2} shutdown`),
            ]);
        await shut("");
        try {
            const { minutes } = await active("MetalLBSessionDown");
            const speaker = (await alerts.targets()).find(({ url }) => url.includes(wn2))!;
            const labels = {
                ...speaker.labels,
                alertname: "MetalLBSessionDown",
                peer: `${network.firewalls[0]!.address}:179`,
                severity: "critical",
            };
            const states = minutes.map((found) => found.map(({ state }) => state).join());
            assert.deepEqual(states, [...Array<string>(5).fill("pending"), "firing"]);
            assert.deepEqual(labelsOf(minutes.at(-1)!), [labels]);
            const { pod, instance, peer } = labels;
            assert.deepEqual(minutes.at(-1)![0]!.annotations, {
                summary: `No BGP session with ${peer}`,
                description: `${pod} (${instance}) has had no BGP session with ${peer} for 5 minutes. pulumi up says which end is not as it should be.`,
            });
        } finally {
            await shut("no ");
        }
        await poll("the session to come back", async () => {
            return (await sessions(site, "fw-a"))[wn2]?.state === "Established";
        });
        await active();
    });

    it("of a pool that has no address left", async () => {
        await site.kubectl.apply(tiny);
        try {
            const { minutes } = await active("MetalLBPoolNearlyFull");
            const [found] = minutes.at(-1)!;
            const { alertname, family, pool, severity } = found!.labels;
            assert.deepEqual(
                [found!.state, alertname, family, pool, severity],
                ["firing", "MetalLBPoolNearlyFull", "ipv4", "tiny", "warning"],
            );
            assert.equal(found!.annotations.summary, "Pool tiny has few IPv4 addresses left");
            assert.match(found!.annotations.description!, /^100% of the pool's IPv4 addresses/);
        } finally {
            const [, service] = tiny.split("\n---\n");
            // Its service goes first: the webhook keeps a pool whose address is in use.
            for (const input of [service!, tiny]) {
                const argv = ["delete", "--ignore-not-found", "-f", "-"];
                await site.kubectl.run(argv, { input });
            }
        }
        await active();
    });

    it("of pods that Prometheus cannot read: silence is not health", async () => {
        const targets = await alerts.targets();
        const without = async (container: string, address = "") => {
            const left = targets.filter(
                ({ url, labels }) => labels.container !== container || !url.includes(address),
            );
            assert.equal(targets.length - left.length, 1);
            return names((await alerts.judge(left)).minutes.at(-1)!);
        };
        assert.deepEqual(await without("speaker", wn2), ["MetalLBSpeakerMissing"]);
        assert.deepEqual(await without("controller"), ["MetalLBControllerMissing"]);
        const blind = await alerts.judge([]);
        assert.deepEqual(names(blind.minutes.at(-1)!), [
            "MetalLBControllerMissing",
            "MetalLBSpeakerMissing",
        ]);
    });

    it("of nobody without an account that may read metrics", async () => {
        const { url } = (await alerts.targets())[0]!;
        const argv = ["curl", "-sk", "-o", "/dev/null", "-w", "%{http_code}", url];
        const { stdout } = await site.box.run(argv, { netns: network.controlPlane.name });
        assert.match(stdout, /^40[13]$/);
    });
});

const command = (text: string) => ["-c", text];
