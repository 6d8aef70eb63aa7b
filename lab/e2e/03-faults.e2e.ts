import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Site } from "../bring-up";
import { runCommand } from "../box";
import { look } from "./before";
import { assertHolds, poll, sessions, theSite, told, up } from "./support";
import { key } from "../stack/stack";

const pfsense = (field: string) => key("bgp", "routers", "fw-a", "pfsense", field);

describe("bad input gets a clear error and nothing is changed", () => {
    let site: Site;
    let stackFile: string;
    before(async () => {
        site = await theSite();
        stackFile = site.stack.read();
    });
    afterEach(() => site.stack.write(stackFile));

    after(async () => {
        const outcome = await site.stack.up();
        assert.ok(outcome.ok, outcome.text);
    });

    /**
     * Runs an `up` that has to fail with these words and to leave both firewalls as they were.
     * @param foretold what the preview before it says, which goes through
     */
    async function refused(
        words: readonly string[],
        change: () => void | Promise<void>,
        foretold?: string,
    ): Promise<void> {
        const before = await look(site);
        await change();
        if (foretold !== undefined) {
            const preview = await site.stack.preview();
            assert.ok(preview.ok, preview.text);
            assertHolds(told(preview), foretold);
        }
        const outcome = await site.stack.up();
        assert.equal(outcome.ok, false, `the run went through:\n${outcome.text}`);
        assertHolds(told(outcome), ...words);
        assert.doesNotMatch(told(outcome), /\n {4}at .*\.(ts|js):\d+/, "a stack trace for people");
        assert.deepEqual((await look(site)).configs, before.configs);
        const kept = (await sessions(site, "fw-a"))["192.168.33.21"]!;
        assert.equal(kept.state, "Established");
    }

    const set = (path: readonly string[], value: unknown) =>
        site.stack.edit((stack) => stack.setIn(path, value));
    /** A change that makes the agent run: the node's name is its neighbour's description. */
    const renameNode = () =>
        site.stack.edit((stack) => {
            stack.deleteIn(key("bgp", "nodes", "wn2"));
            stack.setIn(key("bgp", "nodes", "worker2"), "192.168.33.22");
        });
    const onFirewall = async (script: string) => {
        await site.firewalls["fw-a"]!.run(["sh", "-ec", script]);
    };

    it("unreachable firewall", async () => {
        const change = () => set(pfsense("host"), "192.168.33.99");
        await refused(
            [
                "after 1 failed attempts: dial tcp 192.168.33.99:22",
                "fw-a could not be asked what this would do to it",
            ],
            change,
            "fw-a could not be asked what this would do to it",
        );
    });

    it("wrong host key", async () => {
        const other = site.firewalls["fw-b"]!.hostKey;
        const change = () => set(pfsense("hostKey"), other);
        const words = "its host key is not the one of the config";
        await refused(["host key mismatch", words], change, words);
    });

    it("wrong SSH key", async () => {
        const file = join(site.box.stateDir, "pki", "stranger");
        const make = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", file];
        await runCommand(make, "ssh-keygen");
        const stranger = readFileSync(file, "utf8");
        const change = () => site.stack.setSecrets({ "sshKey-fw-a": stranger });
        const words = "it does not take the SSH key of admin";
        await refused(["unable to authenticate", words], change, words);
    });

    it("FRR package missing on the firewall", async () => {
        await onFirewall("mv /usr/local/pkg/frr.inc /usr/local/pkg/frr.inc.away");
        try {
            await refused(["FRR package"], renameNode, "fw-a would refuse this:");
        } finally {
            await onFirewall("mv /usr/local/pkg/frr.inc.away /usr/local/pkg/frr.inc");
        }
    });

    it("raw FRR configuration in use on the firewall", async () => {
        const raw =
            "<frrglobalraw><config><frr>cm91dGVyIGJncCA2NDUwMQo=</frr></config></frrglobalraw>";
        const insert = `sed -i 's#</installedpackages>#${raw}</installedpackages>#' /cf/conf/config.xml`;
        await onFirewall(`cp -p /cf/conf/config.xml /tmp/config.saved; ${insert}`);
        try {
            await refused(["raw"], renameNode, "fw-a would refuse this:");
        } finally {
            await onFirewall("cp -p /tmp/config.saved /cf/conf/config.xml");
        }
    });

    it("cluster unreachable", async () => {
        const file = join(site.box.stateDir, "pki", "unreachable.kubeconfig");
        const copy = `sed 's/192.168.33.10:6443/192.168.33.10:6999/' ${site.kubectl.kubeconfig} > ${file}`;
        await runCommand(["sh", "-ec", copy], "copy the kubeconfig");
        await refused(["unreachable"], () => {
            set(key("cluster", "kubeconfig"), file);
            set(key("metallb", "pools", "metallb-pool", "autoAssign"), false);
        });
    });

    it("credentials that the cluster does not take", async () => {
        const file = join(site.box.stateDir, "pki", "stranger.kubeconfig");
        const copy = `sed 's/client-\\(certificate\\|key\\)/another-\\1/' ${site.kubectl.kubeconfig} > ${file}`;
        await runCommand(["sh", "-ec", copy], "copy the kubeconfig");
        const words =
            "configured Kubernetes cluster is unreachable: unable to load schema information";
        await refused([words], () => {
            set(key("cluster", "kubeconfig"), file);
            set(key("metallb", "pools", "metallb-pool", "autoAssign"), false);
        });
    });

    it("chart version that does not exist", async () => {
        const words = [
            "version 0.99.0, cannot be had: there is none of that version",
            "metallb-helmchart",
        ];
        const begun = Date.now();
        await refused(words, () => set(key("metallb", "version"), "0.99.0"));
        assert.ok(Date.now() - begun < 60_000, `it took ${Date.now() - begun} ms`);
    });

    it("values that the chart does not take: said when Flux has tried twice, and mended", async () => {
        const words = ["MetalLB is not ready after", "/controller/logLevel", "Flux goes on trying"];
        const begun = Date.now();
        await refused(words, () =>
            set(key("metallb", "values"), { controller: { logLevel: "loud" } }),
        );
        assert.ok(Date.now() - begun < 120_000, `it took ${Date.now() - begun} ms`);
        // A run that changes nothing says the same.
        await refused(words, () => undefined);
        site.stack.write(stackFile);
        await up(site);
    });

    it("a release that somebody has suspended: said at once, with the way back", async () => {
        const suspend = async (value: boolean) => {
            const patch = JSON.stringify({ spec: { suspend: value } });
            const release = ["helmrelease", "metallb", "-n", "metallb-system"];
            // As Flux's own command does it: what kubectl sets, the plugin takes over and takes back.
            const how = ["--type=merge", "--field-manager=flux", "-p", patch];
            await site.kubectl.run(["patch", ...release, ...how]);
        };
        await suspend(true);
        try {
            await refused(["HelmRelease metallb is suspended", '"suspend":false'], () =>
                set(key("metallb", "values"), { controller: { logLevel: "debug" } }),
            );
        } finally {
            site.stack.write(stackFile);
            await suspend(false);
        }
        await up(site);
    });

    it("a peer of somebody else's that MetalLB's speakers refuse: foretold, and no proof until it is gone", async () => {
        const metadata = { name: "stranger", namespace: "metallb-system" };
        const secret = { apiVersion: "v1", kind: "Secret", metadata, type: "Opaque" };
        const peer = {
            apiVersion: "metallb.io/v1beta2",
            kind: "BGPPeer",
            metadata,
            spec: {
                ...{ myASN: 64500, peerASN: 64999, peerAddress: "10.99.0.1" },
                passwordSecret: { name: "stranger" },
            },
        };
        const list = { apiVersion: "v1", kind: "List", items: [secret, peer] };
        const words =
            "MetalLB's speaker on wn1 refuses the configuration and goes on with the one before: ";
        const refuse = async () => {
            await site.kubectl.apply(JSON.stringify(list));
            const state = ["configurationstate", "speaker-wn1", "-n", "metallb-system"];
            const result = ["-o", "jsonpath={.status.result}"];
            await poll("a speaker to refuse it", async () => {
                return (await site.kubectl.run(["get", ...state, ...result])).stdout === "Invalid";
            });
        };
        const gone = ["delete", "bgppeer,secret", "stranger", "-n", "metallb-system"];
        try {
            await refused([words, "peer stranger secret type mismatch"], refuse, words);
        } finally {
            await site.kubectl.run(gone);
        }
        await up(site);
    });

    it("a config that cannot be right, with every problem at once", async () => {
        await refused(["192.168.32.0/33", "adresses"], () => {
            set(key("metallb", "pools", "metallb-pool", "addresses"), ["192.168.32.0/33"]);
            set(key("metallb", "pools", "metallb-pool", "adresses"), ["192.168.32.0/24"]);
        });
    });

    it("a password that only one end knows: the check names the sessions", async () => {
        const secret = [
            "patch",
            "secret",
            "bgp-peer-192.168.33.2-v4",
            "-n",
            "metallb-system",
            "--type=merge",
            "-p",
        ];
        const patch = (password: string) =>
            site.kubectl.run([...secret, JSON.stringify({ stringData: { password } })]);
        interface Secret {
            data: { password: string };
        }
        const { data } = await site.kubectl.get<Secret>([
            "secret",
            "bgp-peer-192.168.33.2-v4",
            "-n",
            "metallb-system",
        ]);
        await patch("not-the-one");
        set(key("bgp", "check", "deadline"), 20);
        const outcome = await site.stack.up();
        await patch(Buffer.from(data.password, "base64").toString());
        assert.equal(outcome.ok, false);
        assertHolds(told(outcome), "192.168.33.21", "192.168.33.22", "fw-a");
        assert.ok(!told(outcome).includes(Buffer.from(data.password, "base64").toString()));
    });
});
