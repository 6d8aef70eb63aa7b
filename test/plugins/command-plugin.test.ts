import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeCommandPlugin } from "../../lab/plugins";
import { makeSecret, strip, unknownValue, type Properties } from "../../lab/plugins/values";
import { PluginClient } from "./client";

/** Plays ssh: notes how it was called and what the key file holds, then obeys `refuse`. */
const ssh = (notes: string) => `#!/bin/sh
NOTES=${notes}
echo "$*" >> "$NOTES/argv"
while [ $# -gt 1 ]; do case $1 in
    -E) log=$2; shift;;
    IdentityFile=*) cat "\${1#*=}" > "$NOTES/key"; stat -c %a "\${1#*=}" > "$NOTES/mode";;
esac; shift; done
if [ -e "$NOTES/refuse" ]; then cat "$NOTES/refuse" > "$log"; exit 255; fi
echo 'Authenticated to 192.0.2.1 using "publickey".' > "$log"
exec sh -c "$1"
`;
const blob = "AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

describe("stand-in for the command plugin", () => {
    let folder: string;
    const note = (name: string) => join(folder, name);
    let plugin: PluginClient;

    const inputs = (more: Properties = {}): Properties => ({
        connection: {
            host: "192.0.2.1",
            hostKey: `ssh-ed25519 ${blob}`,
            privateKey: "-----BEGIN KEY",
            dialErrorLimit: 1,
        },
        create: "cat",
        stdin: makeSecret("hello\n"),
        logging: "none",
        ...more,
    });

    before(async () => {
        folder = mkdtempSync(join(tmpdir(), "command-plugin-"));
        await writeCommandPlugin(folder);
        writeFileSync(note("ssh"), ssh(folder));
        chmodSync(note("ssh"), 0o755);
        const env = { PATH: `${folder}:${process.env.PATH}`, TMPDIR: folder };
        const path = note("pulumi-resource-command");
        plugin = await PluginClient.start(path, "command:remote:Command", env);
    });

    after(async () => {
        await plugin.stop();
        rmSync(folder, { recursive: true });
    });

    afterEach(() => {
        for (const name of ["argv", "key", "mode", "refuse"]) rmSync(note(name), { force: true });
    });

    it("fills in a connection's defaults and keeps all of it secret", async () => {
        const { connection } = await plugin.check(inputs({ connection: { host: "h" } }));
        const expected = {
            host: "h",
            user: "root",
            port: 22,
            dialErrorLimit: 10,
            perDialTimeout: 15,
        };
        assert.deepEqual(connection, makeSecret(expected));
    });

    it("runs nothing at preview", async () => {
        const made = await plugin.create(await plugin.check(inputs()), true);
        assert.deepEqual([made.state.stdout, made.state.stderr], [unknownValue, unknownValue]);
        assert.deepEqual(
            readdirSync(folder).filter((name) => name === "argv"),
            [],
        );
    });

    it("gives ssh stdin and a private key file, and removes the file", async () => {
        const checked = await plugin.check(inputs());
        const { state } = await plugin.create(checked);
        assert.deepEqual(state, { ...checked, stdout: "hello", stderr: "" });
        assert.equal(readFileSync(note("key"), "utf8"), "-----BEGIN KEY\n");
        assert.equal(readFileSync(note("mode"), "utf8"), "600\n");
        const argv = readFileSync(note("argv"), "utf8");
        assert.match(
            argv,
            /^-F none .*StrictHostKeyChecking=yes.* -p 22 -l root -- 192\.0\.2\.1 cat\n$/,
        );
        assert.doesNotMatch(argv, /hello|BEGIN/);
        assert.deepEqual(
            readdirSync(folder).filter((name) => name.startsWith("pulumi-command-")),
            [],
        );
    });

    it("tells what a failed command said, on both streams", async () => {
        const script = "echo bad input; exit 3";
        await assert.rejects(plugin.create(await plugin.check(inputs({ create: script }))), {
            message: `Process exited with status 3: running "${script}":\nbad input\n`,
        });
    });

    it("dials again as often as the limit says, and names the reason", async () => {
        const reasons = {
            "Host key verification failed.": "ssh: handshake failed: ssh: host key mismatch",
            "root@h: Permission denied (publickey).":
                "ssh: handshake failed: ssh: unable to authenticate, attempted methods [none publickey], no supported methods remain",
            "ssh: connect to host 192.0.2.1 port 22: Connection refused":
                "dial tcp 192.0.2.1:22: connect: connection refused",
        };
        for (const [said, expected] of Object.entries(reasons)) {
            writeFileSync(note("refuse"), `${said}\n`);
            const created = plugin.create(await plugin.check(inputs()));
            await assert.rejects(created, { message: `after 1 failed attempts: ${expected}` });
        }
        assert.equal(readFileSync(note("argv"), "utf8").split("\n").length - 1, 6);
    });

    it("refuses a host key that is none, before it dials", async () => {
        const connection = { host: "h", hostKey: "SHA256:abc", privateKey: "-----BEGIN" };
        await assert.rejects(plugin.create(inputs({ connection })), {
            message: "failed to parse host key: ssh: no key found",
        });
    });

    it("updates on any change and replaces on triggers", async () => {
        const before = await plugin.check(inputs());
        const after = await plugin.check(inputs({ stdin: makeSecret("more"), update: "tac" }));
        const updated = { changes: ["stdin", "update"], replaces: [], deleteBeforeReplace: false };
        assert.deepEqual(await plugin.diff(before, before, after), updated);
        assert.deepEqual((await plugin.diff(before, before, before)).changes, []);
        const triggered = { ...before, triggers: ["x"] };
        assert.deepEqual((await plugin.diff(before, before, triggered)).replaces, ["triggers"]);
        const state = await plugin.update("id", { ...before, stdout: "old", stderr: "" }, after);
        assert.equal(state.stdout, "more");
    });

    it("deletes with the connection and stdin of the state", async () => {
        const file = note("deleted");
        const state = await plugin.check(inputs({ delete: `cat > ${file}` }));
        await plugin.delete("id", { ...state, stdout: "", stderr: "" });
        assert.equal(readFileSync(file, "utf8"), strip(state.stdin!));
    });

    it("gives back the state on refresh", async () => {
        const state = { ...inputs(), stdout: "as it was", stderr: "" };
        assert.deepEqual(await plugin.read("id", state, inputs()), { id: "id", inputs: inputs() });
    });
});
