import { parseAgentResult, renderAgent } from "../../components/pfsense/agent";
import type { FirewallPlan } from "../../config/plan";
import type { Bench } from "./cluster";

const php = ["/usr/local/bin/php", "-q"];

/**
 * The firewalls' ends of all sessions, exactly as `up` makes them. A recipe or a script has nothing
 * that could, so a person has done it before their clock starts.
 */
export async function configureFirewalls(bench: Bench): Promise<void> {
    await eachFirewall(bench, [], ["changed", "unchanged"]);
}

/** Takes exactly these entries away again. */
export async function clearFirewalls(bench: Bench): Promise<void> {
    await eachFirewall(bench, ["--", "remove"], ["removed", "unchanged"]);
}

async function eachFirewall(
    { site, wanted: { plan, password } }: Bench,
    action: readonly string[],
    expected: readonly string[],
): Promise<void> {
    const one = async ([name, firewall]: [string, FirewallPlan]) => {
        const script = renderAgent({
            version: 1,
            action: "apply",
            reason: "bench:site, by hand",
            wanted: firewall.wanted,
            ...(firewall.password === undefined ? {} : { password }),
            deadline: 240,
        });
        const argv = [...php, ...action];
        const options = { input: script, timeoutMs: 260_000, check: false };
        const { stdout, stderr } = await site.firewalls[name]!.run(argv, options);
        const result = parseAgentResult(stdout);
        if (!expected.includes(result.outcome))
            throw new Error(`${name}: ${result.outcome}, ${result.message}\n${stderr}`);
    };
    await Promise.all(Object.entries(plan.firewalls).map(one));
}
