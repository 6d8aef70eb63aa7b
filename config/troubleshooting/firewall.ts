import type { Trouble } from "./trouble";

const refusals = "test/agent/RefusalsTest.php";
const frr = "test/firewall-bench/faults-frr.e2e.ts";

/** What a firewall's agent refuses, and what it finds in its state. */
export const firewallTroubles: readonly Trouble[] = [
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
];
