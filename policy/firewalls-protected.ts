import type {
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
} from "@pulumi/policy";
import { member, routerRemovedBy } from "./resources";

/** Stacks of production where the pack's config names none. */
const usualNames = ["prod", "production", "*-prod", "*-production"];

/**
 * Nobody takes a production's sessions away by a `destroy` in the wrong folder.
 *
 * Which stacks are production stands in the pack's config and not in the stack's own file: whoever
 * may change the one need not be let change the other.
 */
export const firewallsProtected = {
    name: "firewalls-protected",
    description: "In a production stack the engine keeps every firewall from being deleted.",
    enforcementLevel: "mandatory",
    configSchema: {
        properties: {
            production: {
                type: "array",
                items: { type: "string" },
                default: usualNames,
                description: "Names of the production stacks; * stands for any characters.",
            },
        },
    },
    validateResource: (args: ResourceValidationArgs, report: ReportViolation) => {
        const { production = usualNames } = args.getConfig<{ production?: string[] }>();
        const [stack = ""] = args.urn.slice("urn:pulumi:".length).split("::");
        const router = routerRemovedBy(args);
        if (router === undefined || !production.some((pattern) => matches(pattern, stack))) return;
        // One that is gone for good is left alone by the program, and has to be let go.
        const gone = args.opts.ignoreChanges.includes("*");
        if (args.opts.protect || gone) return;
        const host = String(member(args.props, "connection", "host"));
        report(
            `${router} (${host}) is not protected, and ${stack} is a production stack: a destroy, or a router lost from the file, would end its sessions. Set routers.${router}.pfsense.protect: true in the stack file.`,
        );
    },
} satisfies ResourceValidationPolicy;

function matches(pattern: string, stack: string): boolean {
    const parts = pattern.split("*").map((part) => part.replace(/[\\^$.+?()[\]{}|]/g, "\\$&"));
    return new RegExp(`^${parts.join(".*")}$`).test(stack);
}
