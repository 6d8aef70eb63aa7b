import assert from "node:assert/strict";
import { boxEnvironment } from "../../lab/environment";

describe("a box's environment", () => {
    it("has nothing of a login, an agent, a proxy or a cluster", () => {
        const login = {
            PATH: "/usr/bin:/bin",
            LANG: "de_DE.UTF-8",
            HOME: "/home/somebody",
            XDG_RUNTIME_DIR: "/run/user/0",
            DBUS_SESSION_BUS_ADDRESS: "unix:path=/run/user/0/bus",
            SSH_AUTH_SOCK: "/tmp/agent",
            https_proxy: "http://192.0.2.1:3128",
            KUBECONFIG: "/home/somebody/.kube/config",
        };
        assert.deepEqual(boxEnvironment(login), {
            HOME: "/root",
            KUBECACHEDIR: "/run/kubectl",
            PATH: "/usr/bin:/bin",
            LANG: "de_DE.UTF-8",
        });
    });
});
