import assert from "node:assert/strict";
import type { FirewallPlan, Plan } from "../../config/plan";
import { firewallsProtected } from "../../policy/firewalls-protected";
import type { Registration } from "../components/recorder";
import { judge } from "./judge";
import { planOf, resourcesOf } from "./made";

const recipe = planOf("recipe");
const told = (name: string, host: string, stack: string) =>
    `firewalls-protected: ${name}.removal: ${name} (${host}) is not protected, and ${stack} is a production stack: a destroy, or a router lost from the file, would end its sessions. Set routers.${name}.pfsense.protect: true in the stack file.`;
const both = (stack: string) => [
    told("fw-a", "192.168.33.2", stack),
    told("fw-b", "192.168.33.4", stack),
];

/** The recipe with a change of each firewall. */
const withEach = (change: Partial<FirewallPlan>): Plan => ({
    ...recipe,
    firewalls: Object.fromEntries(
        Object.entries(recipe.firewalls).map(([name, one]) => [name, { ...one, ...change }]),
    ),
});

describe("the policy firewalls-protected", () => {
    let made: readonly Registration[];
    before(async () => {
        made = await resourcesOf(recipe);
    });

    for (const stack of ["prod", "production", "home-prod", "home-production"]) {
        it(`wants both firewalls of the stack ${stack} protected`, async () => {
            assert.deepEqual(await judge(made, stack), both(stack));
        });
    }

    it("wants that of no other stack", async () => {
        for (const stack of ["dev", "products", "production2", "prod.dev"]) {
            assert.deepEqual(await judge(made, stack), [], stack);
        }
    });

    it("is content with protect: true, which the children that do it have as well", async () => {
        const safe = await resourcesOf(withEach({ protect: true }));
        assert.deepEqual(await judge(safe, "prod"), []);
        for (const wanted of [":PfSenseBgp fw-a", ":Command fw-a", ":Command fw-a.removal"]) {
            const found = safe.find(({ type, name }) => `${type} ${name}`.endsWith(wanted));
            assert.equal(found?.options.protect, true, wanted);
        }
    });

    it("lets a firewall go that is gone for good", async () => {
        assert.deepEqual(await judge(await resourcesOf(withEach({ gone: true })), "prod"), []);
    });

    it("takes the production stacks from the pack's config", async () => {
        const production = ["home", "site.1"];
        const said = async (stack: string) => judge(made, stack, { production });
        assert.deepEqual(await said("home"), both("home"));
        assert.deepEqual(await said("prod"), []);
        assert.deepEqual(await said("site-1"), [], "no other sign than * means anything");
        assert.deepEqual(firewallsProtected.configSchema.properties.production.default, [
            "prod",
            "production",
            "*-prod",
            "*-production",
        ]);
    });
});
