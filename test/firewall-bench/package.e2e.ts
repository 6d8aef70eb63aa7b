import assert from "node:assert/strict";
import { Bench } from "./bench";
import { withoutRevision } from "./config-xml";
import { nodes, wantedState } from "./wanted";

const sentence = "the FRR package installed";
const request = { wanted: { ...wantedState(2), installPackage: true as const } };

describe("firewall bench: the FRR package is missing and asked for", () => {
    let bench: Bench;
    let start: string;

    before(async () => {
        bench = await Bench.start("package", { start: { frr: "absent" }, daemons: "real" });
        start = await bench.config();
    });
    after(() => bench.stop());

    it("is told by a look, which installs nothing", async () => {
        const told = await bench.act("observe", request);
        assert.equal(told.outcome, "observed", told.message);
        assert.deepEqual(told.changes, [sentence, ...changes]);
        assert.equal(told.effect, "restart");
        assert.equal(await bench.config(), start);
    });

    it("cannot be had: pfSense's own words, and nothing is changed", async () => {
        bench.faults({ pkg_install: { return: false } });
        const { code, result, stderr } = await bench.agent({ ...request, action: "apply" });
        bench.faults({});
        assert.deepEqual([code, result.outcome], [1, "failed"]);
        assert.equal(
            result.message,
            `pfSense could not install the FRR package: ${nowhere}; nothing else was changed`,
        );
        assert.equal(stderr, `FRR package: ${nowhere}\n`);
        assert.equal(await bench.config(), start);
    });

    it("is installed with its progress on standard error, and used at once", async () => {
        const { result, stderr } = await bench.agent({ ...request, action: "apply" }, "ssh");
        assert.equal(result.outcome, "changed", result.message);
        assert.deepEqual(result.changes, [sentence, ...changes]);
        assert.deepEqual(stderr.trim().split("\n"), [
            "FRR package: Updating pfSense repository catalogue...",
            "FRR package: pfSense repository is up to date.",
            "FRR package: [1/2] Fetching frr9-8.4.4.pkg: .......... done",
            "FRR package: [2/2] Fetching pfSense-pkg-frr-2.0.2_6.pkg: . done",
        ]);
        const running = await bench.firewall.vtysh("show running-config");
        for (const node of nodes) assert.ok(running.includes(` neighbor ${node} remote-as`), node);
        const again = await bench.agent({ ...request, action: "apply" });
        assert.deepEqual([again.result.outcome, again.stderr], ["unchanged", ""]);
    });

    it("stays when our entries go", async () => {
        const { outcome, message } = await bench.act("remove", request);
        assert.equal(outcome, "removed", message);
        const registered = `\t\t<package>
\t\t\t<name>frr</name>
\t\t\t<internal_name>frr</internal_name>
\t\t\t<version>2.0.2_6</version>
\t\t</package>
`;
        const left = withoutRevision(await bench.config());
        assert.ok(left.includes(registered), left);
        assert.equal(left.replace(registered, ""), withoutRevision(start));
    });
});

const nowhere =
    "pkg-static: No packages available to install matching 'pfSense-pkg-frr' have been found in the repositories";
const changes = [
    ...nodes.map((node) => `neighbour ${node} added`),
    "prefix list BENCH-IN added",
    "prefix list BENCH-OUT added",
    "global settings of FRR enabled",
    "BGP settings enabled",
];
