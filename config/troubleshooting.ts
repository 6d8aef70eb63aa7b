/**
 * What people meet, by its exact words: the one list behind the tables of README and docs/firewall.md
 * (`npm run schema` writes them). A test holds every row against the test that provokes it.
 */
export interface Trouble {
    /** The text as a person sees it, in Markdown; "…" for what differs. */
    readonly text: string;
    /** Pieces of it that are always the same. */
    readonly says: readonly string[];
    /** The test that provokes it and asserts these words. */
    readonly shownBy: string;
    readonly why?: string;
    readonly mend: string;
}

const config = "test/config/secrets.test.ts";
const discover = "test/components/discover.test.ts";
const cluster = "test/components/cluster.test.ts";
const flux = "test/components/flux.test.ts";
const metallb = "test/components/metallb.test.ts";
const moves = "test/components/pool-moves.test.ts";
const ssh = "test/components/ssh.test.ts";
const faults = "lab/e2e/03-faults.e2e.ts";
const refusals = "test/agent/RefusalsTest.php";
const frr = "test/firewall-bench/faults-frr.e2e.ts";
const states = "test/firewall-bench/states.e2e.ts";

/** Tables by their name in the documents. */
export const troubles: Readonly<Record<string, readonly Trouble[]>> = {
    "before anything runs": [
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
            mend: "take one of those listed, or set `cluster.kubeconfig`",
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
    ],
    "the cluster": [
        {
            text: "`configured Kubernetes cluster is unreachable: unable to load schema information …`",
            says: [
                "configured Kubernetes cluster is unreachable: unable to load schema information",
            ],
            shownBy: faults,
            why: "port open, credentials refused",
            mend: "`kubectl --context X auth whoami`",
        },
        {
            text: "`The namespace … is there already and not of this program: …`",
            says: ["is there already and not of this program:"],
            shownBy: "lab/e2e/04-destroy.e2e.ts",
            why: "a destroy would delete it, with everything in it",
            mend: "MetalLB's: `metallb.createNamespace: false`, which only labels it. Flux's: `flux: { install: false }`",
        },
        {
            text: "`The chart …, version …, cannot be had: …`",
            says: ["cannot be had"],
            shownBy: "test/config/chart.test.ts",
            why: "repository or registry do not give it: version, digest, login, certificate, or no way there from Flux's pods",
            mend: "the sentence names the key; what Flux itself says stands behind it. The installed release was not touched",
        },
        {
            text: "`flux.install is false, and the cluster does not serve …`, `… does not know …`",
            says: ["flux.install is false, and the"],
            shownBy: "test/config/foreign.test.ts",
            why: "the Flux that is there is older than 2.7, or lacks source-controller or helm-controller",
            mend: "upgrade it by the way it came; a field that the API server does not know it drops, and a failed upgrade would then uninstall MetalLB",
        },
        {
            text: "`The chart …, version …, cannot be had: …`",
            says: ["cannot be had"],
            shownBy: faults,
            why: "repository, version, digest, login or certificate, as the sentence says; Flux has tried for half a minute",
            mend: "correct the key it names. The installed release was not touched",
        },
        {
            text: "`MetalLB is not ready after … s. …`",
            says: ["MetalLB is not ready after"],
            shownBy: faults,
            why: "Flux has failed twice (values that the chart does not take), or a pod has not run for two minutes (image, node, a crash); its own words and Kubernetes' events follow",
            mend: "correct it and run `pulumi up` again; after pods that did not run, Flux takes up to five minutes to give the try before up",
        },
        {
            text: "`Flux is not ready after … s. …`",
            says: ["Flux is not ready after"],
            shownBy: "test/components/flux-ready.test.ts",
            why: "a controller of Flux's has not run for two minutes, as this run or the one before has it (image, node, a crash); its own words and Kubernetes' events follow",
            mend: "what it names (`flux.registry`, `flux.version`), and run `pulumi up` again. The installed MetalLB was not touched",
        },
        {
            text: "`MetalLB's … refuses the configuration and goes on with the one before: …`",
            says: ["refuses the configuration and goes on with the one before"],
            shownBy: faults,
            why: "an object that MetalLB took in does not go with the others, or with its backend; often one that somebody else has made",
            mend: "what its own words name: `kubectl get -A bgppeers,ipaddresspools,bgpadvertisements,configurationstates`. Sessions and addresses stay as they were until then",
        },
        {
            text: '`failed calling webhook "….metallb.io" …`',
            says: ['failed calling webhook "'],
            shownBy: metallb,
            why: "MetalLB's webhook does not answer: for up to three minutes after an installation it is waited for (`retrying create …` is that); a preview asks it, too",
            mend: "`kubectl -n metallb-system get pods`. After three minutes: CNI or firewall between control plane and nodes on port 9443; `no_proxy` must hold `.svc`",
        },
        {
            text: '`admission webhook "….metallb.io" denied the request: …`',
            says: ['.metallb.io" denied the request:'],
            shownBy: metallb,
            why: "MetalLB refuses the object",
            mend: "its own words say why; what could be known before is checked by `npm run check`.",
        },
        {
            text: "`peer … is not in the cluster any more: …`",
            says: ["is not in the cluster any more: somebody has deleted it"],
            shownBy: "lab/e2e/02-second-day.e2e.ts",
            why: "the file changes an object that somebody has deleted, or an `up` was cut short between two steps of one change",
            mend: "`pulumi up --refresh` makes it again; `pulumi preview --refresh` shows that",
        },
        {
            text: "`the stack is currently locked by 1 lock(s)`",
            says: ["the stack is currently locked by"],
            shownBy: "lab/e2e/04-interrupted.e2e.ts",
            why: "another `up` is under way, or one was killed",
            mend: "look for it; if it is not there any more, `pulumi cancel` and run the same again: it ends what the killed one has begun, an `up` as well as a `destroy`",
        },
        {
            text: "`service … loses this address of pool …`",
            says: ["loses this address of pool"],
            shownBy: moves,
            why: "no pool of the file has the address any more",
            mend: "leave it in a pool, or `metallb.renumber: [pool]`: the service gets another address, and the old one does not come back by itself",
        },
        {
            text: "`The pool … in the cluster, which this program has not made, has addresses of …`",
            says: ["in the cluster, which this program has not made, has addresses of"],
            shownBy: moves,
            why: "a pool made by hand or by another tool overlaps",
            mend: "delete it there, or take other addresses",
        },
    ],
    "the firewall, on the way in": [
        {
            text: "`fw-a could not be asked what this would do to it: …`",
            says: ["could not be asked what this would do to it"],
            shownBy: faults,
            why: "the reason stands behind it, in a preview and in an `up`",
            mend: "the rows below; where a preview is made without a way to the firewalls: `bgp.check.preview: false`",
        },
        {
            text: "`fw-a would refuse this:` in a preview",
            says: ["would refuse this:"],
            shownBy: faults,
            why: "the firewall's own state forbids it",
            mend: "each line says what to do there ([docs/firewall.md](docs/firewall.md#refusals-and-what-to-do))",
        },
        {
            text: "`after 1 failed attempts: dial tcp …`",
            says: ["after 1 failed attempts: dial tcp"],
            shownBy: faults,
            why: "no way to the SSH port",
            mend: "secure shell enabled? rule on that interface? after several wrong keys sshguard blocks you for minutes: Diagnostics > Tables > sshguard",
        },
        {
            text: "`its host key is not the one of the config` (the plugin: `ssh: host key mismatch`)",
            says: ["its host key is not the one of the config", "host key mismatch"],
            shownBy: faults,
            why: "the firewall has another key than `hostKey` says",
            mend: "a new installation? compare on its console, then correct `hostKey`",
        },
        {
            text: "`it does not take the SSH key of …` (the plugin: `unable to authenticate`)",
            says: ["it does not take the SSH key of", "unable to authenticate"],
            shownBy: faults,
            why: "the key is not that user's",
            mend: "System > User Manager > the user > Authorized SSH Keys",
        },
        {
            text: "`there is no SSH agent here (SSH_AUTH_SOCK is not set)`",
            says: ["there is no SSH agent here (SSH_AUTH_SOCK is not set)"],
            shownBy: ssh,
            why: "`pfsense.sshAgent: true`, and this shell has none",
            mend: "`eval $(ssh-agent)` and `ssh-add`; over SSH `ssh -A`",
        },
        {
            text: "`the firewall gave no result: …`",
            says: ["the firewall gave no result:"],
            shownBy: "test/components/agent.test.ts",
            why: "the command runs something else than PHP: another shell, a forced command",
            mend: "log in as that user and run `php -v`; a menu or banner on the shell of `admin` is fine, another shell is not. The next `up` sees what is missing there and applies it",
        },
    ],
    "the firewall, its state": [
        {
            text: '`This user is not root: set the command to "sudo -n …"`',
            says: ["not root"],
            shownBy: "test/firewall-bench/refusals.e2e.ts",
            mend: "package `sudo`, the user with NOPASSWD for `/usr/local/bin/php`, and `pfsense.sudo: true`",
        },
        {
            text: "`The FRR package is missing`",
            says: ["FRR package is missing"],
            shownBy: "test/firewall-bench/refusals.e2e.ts",
            mend: "System > Package Manager > Available Packages > frr, or `pfsense.installPackage: true`",
        },
        {
            text: '`FRR runs on raw configuration ("frr")`',
            says: ["FRR runs on raw configuration"],
            shownBy: refusals,
            mend: "it hides every neighbour of the forms: clear Services > FRR Global/Zebra > Raw Config and enter its content in the forms",
        },
        {
            text: '`BGP on this firewall is AS "…" and the stack says …`',
            says: ["BGP on this firewall is AS"],
            shownBy: refusals,
            mend: "write the firewall's AS number into the stack config",
        },
        {
            text: "`FRR is configured but switched off`",
            says: ["FRR is configured but switched off"],
            shownBy: refusals,
            mend: "tick Enable on the page it names",
        },
        {
            text: "`Neighbours are configured although BGP is not`",
            says: ["Neighbours are configured although BGP is not"],
            shownBy: refusals,
            mend: "fill in Services > FRR BGP, or delete the leftovers",
        },
        {
            text: "`BFD peers are configured although BFD is off`",
            says: ["BFD peers are configured although BFD is off"],
            shownBy: "test/agent/BfdTest.php",
            mend: "tick Enable in Services > FRR BFD, or delete the leftovers",
        },
        {
            text: "`Neighbour … exists and is not of this stack`, the same of a BFD peer",
            says: ["exists and is not of this stack: delete it, or set adopt: true"],
            shownBy: refusals,
            mend: "delete it, or `adopt: true` once",
        },
        {
            text: "`Neighbour … belongs to the stack …`",
            says: ["belongs to the stack"],
            shownBy: refusals,
            mend: "one node address, one stack: take it out of one of them",
        },
        {
            text: '`Prefix list "…" exists and is not of this stack`, the same of an alias',
            says: ["exists and is not of this stack: rename or delete it"],
            shownBy: refusals,
            mend: "rename or delete it",
        },
        {
            text: "`The mark … is used here by another stack, …`",
            says: ["is used here by another stack"],
            shownBy: "test/agent/IdentityTest.php",
            mend: "another `cluster.name` for one of them; `adopt: true` where it is the same stack with a new state",
        },
        {
            text: "`This firewall is the router … of this stack already`",
            says: ["This firewall is the router", "of this stack already"],
            shownBy: "test/agent/IdentityTest.php",
            mend: "`sharesFirewall` for a second address, or one router less",
        },
        {
            text: '`Interface "…" of the update source is disabled here`',
            says: ["of the update source is disabled here"],
            shownBy: "test/firewall-bench/pfsense-library.e2e.ts",
            mend: "enable it, or take another `updateSource`; the FRR package would leave the line out without a word",
        },
        {
            text: '`Virtual address "…" of the update source does not exist here`',
            says: ["of the update source does not exist here"],
            shownBy: refusals,
            mend: "use one of those it lists, `_vip<id>|<address>`",
        },
        {
            text: "`… is a CARP address, behind which stands the one firewall or the other`",
            says: ["is a CARP address, behind which stands the one firewall or the other"],
            shownBy: refusals,
            mend: "give each firewall its own address; `allowCarp: true` where FRR is bound to the VIP on purpose",
        },
        {
            text: "`FRR's configuration has a syntax error already: line …`",
            says: ["syntax error already"],
            shownBy: frr,
            mend: "mend the entry in Services > FRR; FRR loads nothing while it is there",
        },
        {
            text: "`config.xml is damaged`",
            says: ["config.xml is damaged"],
            shownBy: "test/agent/ReportTest.php",
            mend: "restore a backup; the agent does not write over it",
        },
        {
            text: "`The disk of /cf/conf has … KiB left and … are needed`",
            says: ["KiB left and"],
            shownBy: "test/firewall-bench/faults-disk.e2e.ts",
            mend: "make room (old packages, logs, boot environments)",
        },
        {
            text: "`/cf/conf cannot be written`",
            says: ["/cf/conf cannot be written"],
            shownBy: "test/firewall-bench/faults-disk.e2e.ts",
            mend: "mount it writable, or give it back to root; pfSense cannot save there either",
        },
        {
            text: "`pfSense cannot write this config again: <…> holds a letter outside ASCII`",
            says: ["pfSense cannot write this config again"],
            shownBy: "test/firewall-bench/pfsense-library.e2e.ts",
            mend: "replace the letter: up to 2.8 pfSense writes it as an entity that it cannot read, and goes back to a backup",
        },
        {
            text: "`Another run of this agent has been at work`",
            says: ["Another run of this agent"],
            shownBy: "test/firewall-bench/faults-writers.e2e.ts",
            mend: "wait; the lock ends with its process, there is nothing to delete",
        },
        {
            text: "`FRR did not take the change over: …`, `FRR refuses …`",
            says: ["did not take the change over", "FRR refuses"],
            shownBy: frr,
            mend: "our own entries were taken back; Status > System Logs > Routing has FRR's words",
        },
    ],
    "the sessions": [
        {
            text: "`Connect`, `Active`",
            says: ["(Connect|Active)"],
            shownBy: states,
            why: "TCP 179 is blocked, the node does not dial, or password or AS number differ at the two ends (the node hangs up, so FRR knows no better)",
            mend: "rule on the firewall's interface (`passRule` writes it); `kubectl -n metallb-system logs -l app.kubernetes.io/component=speaker`; `pulumi up --refresh` where one end was changed by hand",
        },
        {
            text: "`Idle (PfxCt)`",
            says: ["Idle (PfxCt)"],
            shownBy: states,
            why: "more routes than the pools can produce",
            mend: "a second announcer in the cluster? `vtysh -c 'show bgp summary'`",
        },
        {
            text: "`Established`, too few prefixes",
            says: ["is Established with 2 prefixes"],
            shownBy: states,
            why: "no service has an address yet, or the pool is not advertised",
            mend: "`check.prefixes`, `kubectl get service -A`",
        },
        {
            text: "`… is to be drained and still carries … prefixes`",
            says: ["is to be drained and still carries"],
            shownBy: "test/components/session-check.test.ts",
            why: "an advertisement that this program has not made, or a speaker that refuses the newest configuration",
            mend: "`kubectl -n metallb-system get bgpadvertisements,configurationstates`; do not switch that node or firewall off",
        },
        {
            text: "`Neighbour … is to be shut and still carries … prefixes`",
            says: ["is to be shut and still carries"],
            shownBy: "test/agent/SessionsTest.php",
            why: "`maintenance: shut` on a node or a router that no `up` has drained",
            mend: "`maintenance: true` and `up` first",
        },
        {
            text: "`no session that is not in maintenance carries a prefix, …`",
            says: ["no session that is not in maintenance carries a prefix"],
            shownBy: "test/components/session-check.test.ts",
            why: "the services have `externalTrafficPolicy: Local`, and their pods run on the drained node only",
            mend: "more replicas, or `kubectl drain` first; until then take `maintenance` back",
        },
        {
            text: "`not checked`",
            says: ["not checked:"],
            shownBy: "test/components/session-check.test.ts",
            why: "CARP backup, `check.deadline: 0`, or a firewall that is gone",
            mend: "the line below the table says which",
        },
        {
            text: "`unknown to FRR`",
            says: ["unknown to FRR"],
            shownBy: states,
            why: "FRR was not running or did not take the neighbour over",
            mend: "Status > Services > FRR bgpd",
        },
    ],
};

const end = "<!-- end of table -->";
const begin = (name: string) => `<!-- table: ${name}, written by npm run schema -->`;

/** The document with every table of troubles between its marks written anew. */
export function withTroubles(document: string): string {
    return Object.entries(troubles).reduce((text, [name, rows]) => {
        const [before, rest] = text.split(begin(name));
        const after = rest?.slice(rest.indexOf(end));
        return after === undefined ? text : `${before}${begin(name)}\n\n${table(rows)}\n${after}`;
    }, document);
}

function table(rows: readonly Trouble[]): string {
    const withWhy = rows.some(({ why }) => why !== undefined);
    const cells = (...words: readonly string[]) =>
        `| ${words.map((word) => word.replaceAll("|", "\\|")).join(" | ")} |\n`;
    return [
        withWhy ? cells("text", "why", "what to do") : cells("text", "what to do"),
        withWhy ? "|---|---|---|\n" : "|---|---|\n",
        ...rows.map(({ text, why = "", mend }) =>
            withWhy ? cells(text, why, mend) : cells(text, mend),
        ),
    ].join("");
}
