import type { AccessNow } from "../../config/chart-now";
import type { MetalLbPlan } from "../../config/plan";
import type { ClusterApi } from "./api";

/** What others keep in MetalLB's namespace and the plan names; the cluster is only read. */
export async function accessNow(
    api: ClusterApi,
    { namespace, serviceAccount, pullSecrets = [] }: MetalLbPlan,
): Promise<AccessNow> {
    const missing = async (kind: string, names: readonly string[]) => {
        const found = await Promise.all(
            names.map(
                async (name) => [name, await api.find("v1", kind, { name, namespace })] as const,
            ),
        );
        return found.flatMap(([name, object]) => (object ? [] : [name]));
    };
    const [accounts, secrets] = await Promise.all([
        missing("ServiceAccount", serviceAccount === undefined ? [] : [serviceAccount]),
        missing("Secret", pullSecrets),
    ]);
    return { missingAccounts: accounts, missingSecrets: secrets };
}
