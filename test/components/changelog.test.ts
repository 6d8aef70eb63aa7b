import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { agentDigest } from "../../components/pfsense/agent";

describe("CHANGELOG.md", () => {
    it("names the digest of the agent, which a restricted SSH key needs", () => {
        const text = readFileSync(join(__dirname, "../../CHANGELOG.md"), "utf8");
        assert.equal(/^Agent: `([0-9a-f]*)`$/m.exec(text)?.[1], agentDigest());
    });
});
