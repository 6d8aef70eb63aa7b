import type { Trouble } from "./trouble";

const config = "test/config/secrets.test.ts";
const discover = "test/components/discover.test.ts";
const cluster = "test/components/cluster.test.ts";
const flux = "test/components/flux.test.ts";
const moves = "test/components/pool-moves.test.ts";

/** What ends a preview or an `up` before it changes anything. */
export const beforeAnythingTroubles: readonly Trouble[] = [
    {
        text: "`… errors in the stack config; nothing was changed:`",
        says: ["in the stack config; nothing was changed:"],
        shownBy: config,
        why: "the stack file",
        mend: "each line names the key, the value and the mend; `npm run check -- <stack>` repeats it in a second",
    },
    {
        text: "`sshKey: missing, so … cannot be reached`",
        says: ["sshKey: missing, so", "cannot be reached"],
        shownBy: "test/fixtures/rules/secrets.yaml",
        why: "no SSH key among the secrets",
        mend: "`pulumi config set --secret sshKey < private-key-file`, or `pfsense.sshAgent: true`",
    },
    {
        text: "`Pulumi CLI version … does not satisfy the version range`",
        says: ["Pulumi CLI version", "does not satisfy the version range"],
        shownBy: "lab/e2e/00-readme.e2e.ts",
        why: "CLI older than 3.244",
        mend: "update the CLI",
    },
    {
        text: "`The cluster of context X is unreachable: …`",
        says: ["The cluster of context", "is unreachable:"],
        shownBy: cluster,
        why: "the API server's port does not answer from here",
        mend: "VPN, firewall, `kubectl --context X version`. An `up` stops there; a preview only warns",
    },
    {
        text: "`The cluster of context X takes connections and is silent for 5 s.`",
        says: ["The cluster of context", "takes connections and is silent for"],
        shownBy: moves,
        why: "something listens there and no API server answers",
        mend: "load balancer or tunnel in between; `kubectl --context X version`. Ends a preview, too, which would wait without a limit",
    },
    {
        text: "`The kubeconfig … has no context X with a cluster (contexts: …)`",
        says: ["has no context", "with a cluster (contexts:"],
        shownBy: cluster,
        why: "`cluster.context` names another kubeconfig's context",
        mend: "take one of those listed, or name the file that has it in `KUBECONFIG` (`a:b`: all of them count)",
    },
    {
        text: "`The nodes could not be discovered. …`",
        says: ["The nodes could not be discovered."],
        shownBy: discover,
        why: "with `bgp.discover` a cluster that gives no answer would take every neighbour away; the reason stands behind it",
        mend: "the rows above; where the cluster is gone for longer, list the nodes in `bgp.nodes` in place of `bgp.discover`",
    },
    {
        text: "`bgp.discover: the cluster's answer would take … of the … nodes of the last up away …`",
        says: ["bgp.discover: the cluster's answer would take", "nodes of the last up away"],
        shownBy: discover,
        why: "labels were lost, the context is of another cluster, or most nodes have gone or changed their addresses",
        mend: "`kubectl get nodes --show-labels`; if it is right, name the nodes in `bgp.discover.gone` for one `up`",
    },
    {
        text: "`Flux's install manifest …: it cannot be read (…)`",
        says: ["Flux's install manifest", "it cannot be read ("],
        shownBy: flux,
        why: "no such release, or no way to GitHub from here",
        mend: "check `flux.version`, or download the file and set `flux.manifest.path`",
    },
    {
        text: "`Flux's install manifest …: its sha256 is …`",
        says: ["Flux's install manifest", "its sha256 is"],
        shownBy: flux,
        why: "the file is not the one that was pinned",
        mend: "trust neither: compare with the release page, then correct `flux.manifest.sha256`",
    },
];
