import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stackFileSchemaText } from "./stack-schema";

writeFileSync(join(__dirname, "stack.schema.json"), stackFileSchemaText());
