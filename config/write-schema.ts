import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { withKeyTables } from "./reference";
import { stackFileSchemaText } from "./stack-schema";

const reference = join(__dirname, "..", "docs", "config.md");

writeFileSync(join(__dirname, "stack.schema.json"), stackFileSchemaText());
writeFileSync(reference, withKeyTables(readFileSync(reference, "utf8")));
