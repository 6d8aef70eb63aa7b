import type { z } from "zod";
import type { Findings } from "./findings";

/** Turns the schema's issues into findings with path and reason. */
export function explainIssues(error: z.ZodError, _document: unknown, findings: Findings): void {
    for (const issue of error.issues) {
        findings.error(issue.path.map(String).join(".") || "stack config", issue.message);
    }
}
