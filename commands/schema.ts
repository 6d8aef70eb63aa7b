import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { withKeyTables } from "../config/reference";
import { stackFileSchemaText } from "../config/stack-schema";
import { withTroubles } from "../config/troubleshooting";

const reference = join(__dirname, "..", "docs", "config.md");

writeFileSync(join(__dirname, "..", "config", "stack.schema.json"), stackFileSchemaText());
writeFileSync(reference, withKeyTables(readFileSync(reference, "utf8")));
for (const page of ["README.md", "docs/firewall.md"]) {
    const file = join(__dirname, "..", page);
    writeFileSync(file, withTroubles(readFileSync(file, "utf8")));
}
