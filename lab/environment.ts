/**
 * What goes into a box of a person's environment. Folders and sockets of a login (`XDG_RUNTIME_DIR`,
 * `DBUS_SESSION_BUS_ADDRESS`, `SSH_AUTH_SOCK`) are not there, and a proxy is not reachable.
 */
const kept = ["PATH", "LANG", "LC_ALL", "TERM", "TZ", "FORCE_COLOR", "NO_COLOR"];

/** What kubectl remembers of the API goes with the box, and not into the home of the person. */
const kubectlCache = "/run/kubectl";

/** The environment of every process in a box, the same in a login, under sudo and in a unit. */
export function boxEnvironment(own: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
    const taken = kept.flatMap((name) => (own[name] === undefined ? [] : [[name, own[name]]]));
    return {
        HOME: "/root",
        KUBECACHEDIR: kubectlCache,
        ...(Object.fromEntries(taken) as NodeJS.ProcessEnv),
    };
}
