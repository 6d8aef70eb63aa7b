import { isGroup } from "./groups";
import type { z } from "zod";
import { NO_NODE } from "./schema/nodes";

type Issue = z.core.$ZodIssue;

/** What `bgp.nodes` lacks where nothing is discovered, which the schema cannot say of one key alone. */
export function nodesMissing(document: unknown): Issue[] {
    const bgp = isGroup(document) ? document.bgp : undefined;
    if (!isGroup(bgp) || bgp.discover !== undefined) return [];
    if (bgp.nodes === undefined) {
        const path = ["bgp", "nodes"];
        return [{ code: "invalid_type", expected: "record", path, message: "", input: undefined }];
    }
    if (!isGroup(bgp.nodes)) return [];
    return Object.entries(bgp.nodes).flatMap(([name, node]): Issue[] =>
        isGroup(node) && node.address === undefined
            ? [
                  {
                      code: "invalid_union",
                      errors: [],
                      path: ["bgp", "nodes", name],
                      message: NO_NODE,
                      input: node,
                  },
              ]
            : [],
    );
}
