import assert from "node:assert/strict";
import type { Bench } from "./bench";

/**
 * Asserts what has to hold after every fault: config.xml is whole, what is not ours is
 * byte-identical, no temporary file is left and the agent's lock is free.
 */
export async function assertUnharmed(
    bench: Bench,
    foreign = bench.foreignAtStart,
    owners: readonly string[] = [],
): Promise<void> {
    const input = [
        "/usr/bin/php -r 'exit(simplexml_load_file(\"/cf/conf/config.xml\") ? 0 : 9);' || exit 9",
        "flock --nonblock /var/run/metallb-pfsense.lock true || exit 8",
        "cat /cf/conf/config.xml",
    ].join("\n");
    const { code, stderr } = await bench.firewall.run(["bash"], { input, check: false });
    assert.equal(code, 0, code === 8 ? "the lock is held" : `config.xml is damaged: ${stderr}`);
    assert.equal(await bench.foreign(...owners), foreign);
}

/** Asserts that what FRR runs (or is recorded to run) is the generated file with these neighbours. */
export async function assertRunning(bench: Bench, ...peers: readonly string[]): Promise<void> {
    const running = await bench.firewall.vtysh("show running-config");
    const found = [...running.matchAll(/^ neighbor (\S+) remote-as/gm)].map((line) => line[1]!);
    assert.deepEqual(found.sort(), ["192.168.34.50", ...peers].sort());
}
