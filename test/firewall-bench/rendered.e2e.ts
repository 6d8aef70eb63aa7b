import assert from "node:assert/strict";
import { mkdirSync, rmSync } from "node:fs";
import { named, readStack, stacksIn } from "../../commands/stacks";
import { renderPlan } from "../../config/render";
import { planFromStack } from "../../config/stack";
import { Box } from "../../lab/box";
import { poll } from "../../lab/poll";
import { labState } from "../../lab/state";
import { startNetwork, startSpeaker } from "./network";
import { password } from "./wanted";

const planOf = (file: string) => {
    const target = named(file);
    const read = readStack(target);
    const secretKeys = ["sshKey", "bgpPassword"];
    return planFromStack(read.document, { stack: target.stack, ...read, secretKeys }).plan!;
};

/** The router's ends as `npm run render` writes them, with a password in the placeholder's place. */
const frrFiles = (file: string) =>
    Object.entries(renderPlan(planOf(file))).flatMap(([path, text]) =>
        path.endsWith("/frr.conf")
            ? [[path, text.replace(/<the value of \w+>/g, password)] as const]
            : [],
    );

interface Summary {
    ipv4Unicast: { peers: Record<string, { state: string; pfxRcd: number }> };
}

describe("firewall bench: rendered files", () => {
    let box: Box;
    const state = `${labState}-bench-${process.pid}-rendered`;

    before(async () => {
        mkdirSync(state, { recursive: true });
        box = await Box.start(state, { dieWithParent: true });
        await startNetwork(box);
    });
    after(async () => {
        await box.stop();
        rmSync(state, { recursive: true, force: true });
    });

    for (const { stack, file } of stacksIn("examples")) {
        if (frrFiles(file).length === 0) continue;
        it(`of ${stack} are taken by FRR`, async () => {
            for (const [path, input] of frrFiles(file)) {
                const { code, stdout, stderr } = await box.run(
                    ["bash", "-c", "cat > /run/rendered.conf; vtysh -C -f /run/rendered.conf"],
                    {},
                    { input, check: false },
                );
                assert.equal(code, 0, `${path}: ${stdout}${stderr}`);
            }
        });
    }

    it("of the dev stack lead to just the sessions and routes of its plan", async () => {
        const plan = planOf("Pulumi.dev.yaml");
        const [[path, input] = []] = frrFiles("Pulumi.dev.yaml");
        assert.equal(path, "routers/fw-a/frr.conf");
        await box.run(
            [
                "bash",
                "-ec",
                "mkdir -p /run/frr/fw; cat > /run/frr/fw/bgpd.conf; chown -R frr:frr /run/frr",
            ],
            {},
            { input: input! },
        );
        const argv = ["/usr/lib/frr/bgpd", "-N", "fw", "-Z", "-n", "-A", "127.0.0.1"];
        const where = { netns: "fw" };
        await box.spawn("rendered-fw", [...argv, "-f", "/run/frr/fw/bgpd.conf"], where);
        const nodes = plan.sessions.filter(({ router }) => router === "fw-a");
        for (const { nodeAddress } of nodes) {
            await startSpeaker(box, Number(nodeAddress.split(".").at(-1)), password);
        }
        const peers = await poll("the sessions", async () => {
            const command = ["vtysh", "-N", "fw", "-c", "show bgp summary json"];
            const { stdout } = await box.run(command, where);
            const { ipv4Unicast } = JSON.parse(stdout) as Summary;
            const found = Object.entries(ipv4Unicast.peers);
            return found.every(([, { state: word, pfxRcd }]) => word === "Established" && pfxRcd)
                ? Object.fromEntries(found.map(([address, { pfxRcd }]) => [address, pfxRcd]))
                : false;
        });
        // Each node announces two addresses of the pool and one network that is none.
        assert.deepEqual(
            peers,
            Object.fromEntries(nodes.map(({ nodeAddress }) => [nodeAddress, 2])),
        );
    });
});
