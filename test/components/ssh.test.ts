import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AgentProtocol, Server, utils, type Connection } from "ssh2";
import { runOverSsh, type SshKey } from "../../components/pfsense/ssh";

const hostKeys = { firewall: keyPair(), jump: keyPair() };
// One in 256 of its ed25519 keys cannot be read again (mscdex/ssh2#1513).
const person = utils.generateKeyPairSync("ecdsa", {
    bits: 256,
    passphrase: "open sesame",
    cipher: "aes256-ctr",
    rounds: 16,
});
const key: SshKey = { privateKey: person.private, passphrase: "open sesame" };

function keyPair() {
    const { private: privateKey, public: publicKey } = utils.generateKeyPairSync("ecdsa", {
        bits: 256,
    });
    return { privateKey, line: publicKey.split(" ").slice(0, 2).join(" ") };
}

/** An SSH server that takes one person's key. */
function server(own: keyof typeof hostKeys, serve: (client: Connection) => void): Server {
    const wanted = utils.parseKey(person.public);
    assert.ok(!(wanted instanceof Error));
    return new Server({ hostKeys: [hostKeys[own].privateKey] }, (client) => {
        client.on("authentication", (context) => {
            const known =
                context.method === "publickey" &&
                context.key.data.equals(wanted.getPublicSSH()) &&
                (!context.signature ||
                    wanted.verify(context.blob!, context.signature, context.hashAlgo) === true);
            if (known) context.accept();
            else context.reject(["publickey"]);
        });
        client.on("ready", () => serve(client)).on("error", () => undefined);
    });
}

/** An agent that holds the person's key. */
const sshAgent = () =>
    createServer((socket) => {
        const known = utils.parseKey(person.private, "open sesame");
        assert.ok(!(known instanceof Error));
        const protocol = new AgentProtocol(false);
        protocol.on("identities", (request) => protocol.getIdentitiesReply(request, [known]));
        protocol.on("sign", (request, _key, data) => protocol.signReply(request, known.sign(data)));
        socket.pipe(protocol).pipe(socket);
    });

const listening = (one: Server) =>
    new Promise<number>((resolve) =>
        one.listen(0, "127.0.0.1", () => resolve((one.address() as AddressInfo).port)),
    );

describe("a command on a firewall over SSH", () => {
    const led: string[] = [];
    const firewall = server("firewall", (client) =>
        client.on("session", (accept) =>
            accept().on("exec", (acceptExec, _reject, { command }) => {
                const channel = acceptExec();
                let input = "";
                channel
                    .on("data", (chunk: Buffer) => (input += chunk.toString()))
                    .on("end", () => {
                        channel.write(`${command} < ${input}`);
                        channel.exit(0);
                        channel.end();
                    });
            }),
        ),
    );
    const jump = server("jump", (client) =>
        client.on("tcpip", (accept, reject, { destIP, destPort }) => {
            led.push(`${destIP}:${destPort}`);
            const socket = connect(destPort, destIP)
                .on("connect", () => {
                    const channel = accept();
                    socket.pipe(channel).pipe(socket);
                })
                .on("error", () => reject());
        }),
    );
    let port: number;
    let jumpPort: number;
    before(async () => {
        [port, jumpPort] = await Promise.all([listening(firewall), listening(jump)]);
    });
    beforeEach(() => led.splice(0));
    after(() => {
        firewall.close();
        jump.close();
    });

    const host = "127.0.0.1";
    const target = (change: object = {}) => ({
        host,
        port,
        user: "admin",
        hostKey: hostKeys.firewall.line,
        command: "php -q",
        ...change,
    });
    const by = (change: object = {}) => ({
        jump: { host, port: jumpPort, user: "ops", hostKey: hostKeys.jump.line, ...change },
    });
    const run = (change: object, own = key) => runOverSsh(target(change), own, "<?php", 5_000);

    it("takes a key with a passphrase", async () => {
        assert.equal(await run({}), "php -q < <?php");
        assert.deepEqual(led, []);
        await assert.rejects(run({}, { privateKey: person.private }), /passphrase/i);
    });

    describe("by an SSH agent", () => {
        const kept = process.env.SSH_AUTH_SOCK;
        const folder = mkdtempSync(join(tmpdir(), "agent-"));
        const agent = sshAgent();
        before((done) => void agent.listen(join(folder, "socket"), done));
        afterEach(() => {
            if (kept === undefined) delete process.env.SSH_AUTH_SOCK;
            else process.env.SSH_AUTH_SOCK = kept;
        });
        after(() => {
            agent.close();
            rmSync(folder, { recursive: true });
        });

        it("logs in to the jump host and to the firewall", async () => {
            process.env.SSH_AUTH_SOCK = join(folder, "socket");
            assert.equal(await run(by(), {}), "php -q < <?php");
        });

        it("says that there is none, or that it does not answer", async () => {
            delete process.env.SSH_AUTH_SOCK;
            await assert.rejects(run({}, {}), {
                message:
                    "there is no SSH agent here (SSH_AUTH_SOCK is not set): start one, then ssh-add the key",
            });
            process.env.SSH_AUTH_SOCK = join(folder, "gone");
            await assert.rejects(run({}, {}), {
                message: `the SSH agent at ${join(folder, "gone")} does not answer: Failed to connect to agent`,
            });
        });
    });

    it("goes by a jump host, each with its own host key", async () => {
        assert.equal(await run(by()), "php -q < <?php");
        assert.deepEqual(led, [`${host}:${port}`]);
    });

    it("names the one of both that has another host key", async () => {
        const words = "its host key is not the one of the config";
        const wrong = { hostKey: keyPair().line };
        await assert.rejects(run(by(wrong)), { message: `the jump host ${host}: ${words}` });
        assert.deepEqual(led, []);
        await assert.rejects(run({ ...by(), ...wrong }), { message: words });
    });

    it("says that the jump host does not lead there", async () => {
        await assert.rejects(
            run({ ...by(), port: 1 }),
            /^Error: the jump host 127\.0\.0\.1 does not lead to 127\.0\.0\.1:1: /,
        );
    });
});
