import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import type { Site } from "../bring-up";
import * as network from "../site";
import { root } from "../stack/stack";
import { theSite } from "./support";

/** A person's first command, against this site's cluster and firewalls. */
describe("npm run init", () => {
    let site: Site;
    let folder: string;

    before(async () => {
        site = await theSite();
        folder = mkdtempSync(join(tmpdir(), "init-"));
        cpSync(join(root, "Pulumi.yaml"), join(folder, "Pulumi.yaml"));
        symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
    });
    after(() => rmSync(folder, { recursive: true }));

    const run = (script: string, ...argv: string[]) => {
        const program = [process.execPath, "--import", "tsx", join(root, "commands", script)];
        const env = {
            ...site.stack.environment(),
            KUBECONFIG: site.kubectl.kubeconfig,
            PULUMI_BACKEND_URL: `file://${folder}`,
        };
        const where = { netns: network.controlPlane.name, cwd: folder, env };
        return site.box.run([...program, ...argv], where, { check: false });
    };

    it("writes a stack that check takes, from what the cluster and the firewalls say", async () => {
        const key = join(site.box.stateDir, "pki", "ssh");
        const routers = network.firewalls.flatMap(({ name, address }) => [
            "--router",
            `${name}=${address}`,
        ]);
        const options = ["--ssh-key", key, "--accept-host-keys", "--yes"];
        const made = await run("init/index.ts", "first", ...routers, ...options);
        assert.equal(made.code, 0, made.stdout + made.stderr);
        const text = readFileSync(join(folder, "Pulumi.first.yaml"), "utf8");
        assert.equal(text.match(/secure: /g)?.length, 2);
        assert.doesNotMatch(text + made.stdout, /PRIVATE KEY/);
        const { config } = parse(text) as { config: Record<string, unknown> };
        const { bgpPassword, sshKey, ...rest } = Object.fromEntries(
            Object.entries(config).map(([name, value]) => [name.replace(/^.*:/, ""), value]),
        );
        assert.ok(bgpPassword && sshKey);
        const connected = ["192.168.34.0/24", "192.168.33.0/24"];
        assert.deepEqual(rest, {
            "disable-default-providers": ["kubernetes"],
            cluster: { context: "lab" },
            metallb: { pools: { public: { addresses: ["192.168.32.0/24"] } } },
            bgp: {
                asn: 64512,
                nodes: Object.fromEntries(
                    network.nodes.map(({ name, address, address6 }) => [name, [address, address6]]),
                ),
                routers: Object.fromEntries(
                    network.firewalls.map(({ name, address }) => [
                        name,
                        {
                            address,
                            asn: network.firewallAsn,
                            connected,
                            pfsense: { hostKey: site.firewalls[name]!.hostKey },
                        },
                    ]),
                ),
                advertise: { public: { pools: ["public"] } },
            },
        });
        const check = await run("check.ts", "first");
        assert.equal(check.code, 0, check.stdout + check.stderr);
    });

    it("changes nothing where an answer is missing", async () => {
        const { code, stdout } = await run("init/index.ts", "second");
        assert.equal(code, 2);
        assert.match(stdout, /these are missing:\n {2}--router NAME=ADDRESS/);
    });
});
