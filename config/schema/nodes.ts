import { z } from "zod";
import { addresses, nodeName, names, selector } from "./values";

/** What is said of a node that is no address and nothing else that may stand there. */
export const NO_NODE =
    "is no address, no list of one address of each family and no group with an `address`";

/** Drained, and with `shut` then also shut by the firewalls. */
export const maintenance = () =>
    z
        .union([z.boolean(), z.literal("shut")], { error: "is not true, false or shut" })
        .default(false);

const node = z.strictObject({
    address: addresses()
        .optional()
        .describe(
            "Address of the node, or a list with one of each family; to be given without `discover`. Default: its InternalIPs.",
        ),
    maintenance: maintenance().describe(
        "true: drain the node: it announces nothing, and its sessions stay and carry nothing. shut: the firewalls shut them, too, with a message; it has to be drained by an up before. Default: false.",
    ),
});

export const nodes = z.record(
    nodeName(),
    z.union([...addresses().options, node], { error: NO_NODE }),
);

export const discover = z.strictObject({
    selector: selector()
        .default({})
        .describe(
            "Label selector of the nodes that peer: matchLabels, matchExpressions. Default: every node.",
        ),
    gone: names()
        .default([])
        .describe(
            "Nodes that may go, or change their addresses, where they are more than half of those of the last `up`. Default: none.",
        ),
});
