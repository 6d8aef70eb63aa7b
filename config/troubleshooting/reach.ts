import type { Trouble } from "./trouble";

const ssh = "test/components/ssh.test.ts";
const faults = "lab/e2e/03-faults.e2e.ts";

/** What stands between this machine and a firewall. */
export const reachTroubles: readonly Trouble[] = [
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
];
