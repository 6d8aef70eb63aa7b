import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { withKeyTables } from "../config/reference";
import { stackFileSchemaText } from "../config/stack-schema";

const reference = join(__dirname, "..", "docs", "config.md");

writeFileSync(join(__dirname, "..", "config", "stack.schema.json"), stackFileSchemaText());
writeFileSync(reference, withKeyTables(readFileSync(reference, "utf8")));
