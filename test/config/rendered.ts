import { parseAllDocuments } from "yaml";
import { metallbKinds } from "../../config/objects";
import type { Plan } from "../../config/plan";
import { renderGitops, renderPlan } from "../../config/render";
import { planFromStack } from "../../config/stack";
import { named, readStack, stacksIn } from "../../commands/stacks";

export type RenderedObject = Readonly<Record<string, unknown>> & {
    readonly apiVersion: string;
    readonly kind: string;
};

/** The plan of every example, by its name. */
export function examplePlans(): Readonly<Record<string, Plan>> {
    return Object.fromEntries(
        stacksIn("examples").map(({ stack, file }) => {
            const target = named(file);
            const read = readStack(target);
            const { plan } = planFromStack(read.document, { stack: target.stack, ...read });
            if (!plan) throw new Error(`${file} has errors`);
            return [stack, plan];
        }),
    );
}

/** MetalLB's objects of a plan as a way of rendering writes them down, by default as both do. */
export function renderedObjects(plan: Plan, ways = [renderPlan, renderGitops]): RenderedObject[] {
    const kinds: readonly string[] = Object.values(metallbKinds);
    return ways.flatMap((render) =>
        Object.entries(render(plan))
            .filter(([path]) => path.endsWith(".yaml"))
            .flatMap(([, text]) => parseAllDocuments(text))
            .map((one) => one.toJS() as RenderedObject)
            .filter(({ kind }) => kinds.includes(kind)),
    );
}
