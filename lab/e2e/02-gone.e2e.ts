import assert from "node:assert/strict";
import type { Site } from "../bring-up";
import { setLink } from "../network";
import * as network from "../site";
import {
    assertHolds,
    changesNothing,
    nodeAddresses,
    poll,
    sessions,
    theSite,
    told,
    up,
} from "./support";

const [fwA, fwB] = network.firewalls;
const router = ["config", "metallb-pfsense:bgp", "routers"];

describe("a firewall that does not answer", () => {
    let site: Site;
    let stackFile: string;
    const link = (state: "up" | "down") => setLink(site.box, fwB!.name, state);

    before(async () => {
        site = await theSite();
        stackFile = site.stack.read();
        await link("down");
    });
    after(async () => {
        await link("up");
        site.stack.write(stackFile);
        await up(site);
    });

    it("does not stop a change of the other one, and is named at the end", async () => {
        site.stack.edit((stack) => stack.setIn([...router, fwA!.name, "maximumPrefix"], 77));
        const outcome = await site.stack.up();
        assert.equal(outcome.ok, false, outcome.text);
        const text = told(outcome) + outcome.text;
        assert.match(
            text,
            /fw-b: .+; is it gone for good, set pfsense\.gone: true for this router/,
        );
        assert.doesNotMatch(text, /unhandled|\n {4}at .*\.(ts|js):\d+/);
        const config = await site.firewalls[fwA!.name]!.configXml();
        assert.equal(config.match(/<maximumprefix_num>77</g)?.length, nodeAddresses.length);
    });

    it("is taken out in two steps when it is gone for good", async () => {
        site.stack.edit((stack) => stack.setIn([...router, fwB!.name, "pfsense", "gone"], true));
        const preview = await site.stack.preview();
        assertHolds(told(preview), "fw-b is gone: nothing is done to it.");
        const { outputs } = await up(site);
        assert.equal(
            (outputs.sessions as string[]).at(-1),
            "fw-b: not checked: the firewall is gone",
        );
        site.stack.edit((stack) => stack.deleteIn([...router, fwB!.name]));
        await up(site);
        await changesNothing(site);
    });

    it("is as the file says when it is there again and in the file", async () => {
        await link("up");
        site.stack.write(stackFile);
        await up(site);
        const seen = await sessions(site, fwB!.name);
        for (const node of nodeAddresses) assert.equal(seen[node]?.state, "Established");
        await poll("the session of the firewall's own neighbour", async () => {
            const { [network.core.address]: core } = await sessions(site, fwB!.name);
            return core?.state === "Established";
        });
    });
});
