import type { Trouble } from "./trouble";

const states = "test/firewall-bench/states.e2e.ts";

/** What a session that does not come up looks like. */
export const sessionsTroubles: readonly Trouble[] = [
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
];
