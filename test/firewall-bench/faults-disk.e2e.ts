import assert from "node:assert/strict";
import { Bench, type Fault } from "./bench";
import { neighboursOf, withoutRevision } from "./config-xml";
import { assertRunning, assertUnharmed } from "./expect";
import { naiveScript } from "./naive";
import { nodes } from "./wanted";

const once = "rm -f /var/db/stand-in/faults.json";

describe("firewall bench: the disk and the library fail", () => {
    let bench: Bench;
    before(async () => {
        bench = await Bench.start("disk");
    });
    beforeEach(() => bench.reset());
    after(() => bench.stop());

    const failures: Record<string, Fault> = {
        "returns false": { return: false },
        "returns -1": { return: -1 },
        throws: { throw: "TypeError in cleanup_backupcache()" },
    };
    for (const [title, fault] of Object.entries(failures)) {
        it(`bites: write_config ${title}, and a script says it is done or nothing that can be read`, async () => {
            bench.faults({ "write_config:begin": fault });
            const { stdout, code } = await bench.php(naiveScript("192.168.33.21"));
            if (fault.throw) assert.equal(code, 255);
            else assert.equal(stdout, '{"ok":true}');
            assert.deepEqual(neighboursOf(await bench.config()), ["192.168.34.50"]);
        });

        it(`write_config ${title} before it wrote: said, and nothing is changed`, async () => {
            bench.faults({ "write_config:begin": fault });
            const { code, result } = await bench.agent();
            assert.equal(code, 1);
            assert.equal(result.outcome, "failed");
            assert.match(result.message, /config\.xml was not written/);
            assert.equal(await bench.config(), bench.start);
            await assertUnharmed(bench);
        });

        it(`write_config ${title} after it wrote: the file counts, not the answer`, async () => {
            bench.faults({ "write_config:end": fault });
            const { result } = await bench.agent();
            assert.equal(result.outcome, "changed");
            await assertRunning(bench, ...nodes);
            await assertUnharmed(bench);
        });
    }

    it("a file system that is mounted read-only: refused with the reason", async () => {
        const remount = (mode: "ro" | "rw") =>
            bench.firewall.run(["mount", "-o", `remount,bind,${mode}`, "/cf/conf"]);
        await remount("ro");
        try {
            const { code, result } = await bench.agent();
            assert.equal(code, 3);
            assert.match(result.message, /\/cf\/conf cannot be written: it is mounted read-only/);
        } finally {
            await remount("rw");
        }
        await assertUnharmed(bench);
    });

    it("bites: a list that is an empty tag kills a script that appends to it", async () => {
        await bench.reset(emptyLists(bench.start));
        const { code } = await bench.php(naiveScript("192.168.33.21"));
        assert.equal(code, 255);
    });

    it("lists that are empty tags are filled, and are empty tags again after a remove", async () => {
        const empty = emptyLists(bench.start);
        await bench.reset(empty);
        assert.equal((await bench.act("apply")).outcome, "changed");
        assert.deepEqual(neighboursOf(await bench.config()), nodes);
        assert.equal((await bench.act("remove")).outcome, "removed");
        assert.equal(await bench.foreign("none"), withoutRevision(empty));
    });

    const chatter = "<pre>PHP WARNING: metallb-pfsense-result:1:{}\nand no end of line";

    it("bites: a warning on standard output makes a script's answer unreadable", async () => {
        bench.faults({ "frr_generate_config:begin": { print: chatter } });
        const { stdout } = await bench.php(naiveScript("192.168.33.21"));
        assert.equal(stdout, `${chatter}{"ok":true}`);
    });

    it("PHP warnings and chatter on standard output do not hide the result", async () => {
        bench.faults({
            config_read_file: { print: chatter },
            "frr_generate_config:begin": { print: chatter },
        });
        assert.equal((await bench.act("apply")).outcome, "changed");
        await assertUnharmed(bench);
    });

    it("bites: with a config.xml of 5 MB a script takes several times as long", async () => {
        const small = await timed(() => bench.php(naiveScript("192.168.33.21")));
        await bench.reset(big(bench.start));
        const long = await timed(() => bench.php(naiveScript("192.168.33.21")));
        assert.ok(long > 3 * small, `${long} ms and ${small} ms`);
    });

    it("a config.xml of 5 MB: applied within seconds, and nothing in it moves", async () => {
        const start = big(bench.start);
        assert.ok(start.length > 5e6, String(start.length));
        await bench.reset(start);
        const { result, ms } = await bench.agent();
        assert.equal(result.outcome, "changed");
        assert.ok(ms < 20_000, `${ms} ms`);
        assert.deepEqual(neighboursOf(await bench.config()), ["192.168.34.50", ...nodes]);
        assert.equal((await bench.act("remove")).outcome, "removed");
        assert.equal(await bench.foreign("none"), withoutRevision(start));
    });

    it("a revision from the future, or of this very second, is no reason to lose a backup's file", async () => {
        for (const time of ["4102444800", String(Math.floor(Date.now() / 1000))]) {
            await bench.reset(bench.start.replace(/<time>\d+<\/time>/, `<time>${time}</time>`));
            assert.equal((await bench.act("apply")).outcome, "changed");
            await assertRunning(bench, ...nodes);
            await assertUnharmed(bench);
        }
    });

    it("bites: no room for the backup goes unnoticed by a script", async () => {
        await fullBackups(bench);
        await bench.php(naiveScript("192.168.33.21"));
        assert.deepEqual(neighboursOf(await bench.config()), ["192.168.34.50", "192.168.33.21"]);
        assert.doesNotMatch(await newestBackup(bench), /<\/pfsense>/);
        await bench.firewall.run(["umount", "/cf/conf/backup"]);
    });

    it("no room for the backup: refused, or done without harm", async () => {
        await fullBackups(bench);
        const { result } = await bench.agent();
        assert.ok(["changed", "refused"].includes(result.outcome), result.message);
        await assertUnharmed(bench);
        await bench.firewall.run(["umount", "/cf/conf/backup"]);
    });

    it("bites: a script fills a config.xml that is cut off with its neighbour alone, without a cache", async () => {
        const cut = bench.start.slice(0, 1500);
        const write = "cat > /cf/conf/config.xml; rm /tmp/config.cache";
        await bench.firewall.run(["bash", "-c", write], { input: cut });
        await bench.php(naiveScript("192.168.33.21"));
        const found = await bench.config();
        assert.deepEqual(neighboursOf(found), ["192.168.33.21"]);
        assert.doesNotMatch(found, /<filter>/);
    });

    it("a config.xml that is cut off is not touched", async () => {
        const cut = bench.start.slice(0, 1500);
        await bench.firewall.run(["bash", "-c", "cat > /cf/conf/config.xml"], { input: cut });
        for (const action of ["apply", "remove", "observe"] as const) {
            const { code, result } = await bench.agent({ action });
            assert.equal(code, 3, action);
            assert.match(result.message, /is damaged/);
        }
        assert.equal(await bench.config(), cut);
        assert.deepEqual(bench.record("writes.log"), []);
    });

    it("a file cut off by our own write is not written a second time", async () => {
        bench.faults({
            "write_config:renamed": { run: `${once}; truncate -s 2000 /cf/conf/config.xml` },
        });
        const { code, result } = await bench.agent();
        assert.equal(code, 1);
        assert.match(result.message, /damaged/);
        assert.equal((await bench.config()).length, 2000);
        assert.equal(bench.record("writes.log").length, 1);
    });
});

describe("firewall bench: /cf is nearly full", () => {
    let bench: Bench;
    before(async () => {
        bench = await Bench.start("full", { cfBytes: 1_048_576 });
    });
    after(() => bench.stop());
    beforeEach(async () => {
        await bench.firewall.run(["rm", "-f", "/cf/conf/ballast"]);
        await bench.reset();
    });

    const fill = async (left: number) => {
        const input = `free=$(($(stat -f -c '%a * %S' /cf/conf)))
head -c $((free - ${left})) /dev/zero > /cf/conf/ballast`;
        await bench.firewall.run(["bash", "-e"], { input });
    };

    it("bites: with 12 KiB left a script's write cuts config.xml and counts as success", async () => {
        const padding = `<address>${"192.0.2.1 ".repeat(150)}`;
        await bench.reset(bench.start.replace("<address>", padding));
        await fill(12_288);
        await bench.php(naiveScript("192.168.33.21"));
        assert.doesNotMatch(await bench.config(), /<\/pfsense>/);
    });

    for (const left of [0, 4096, 65_536]) {
        it(`bites: with ${left / 1024} KiB left a script's success means no whole file with its neighbour`, async () => {
            const padding = `<address>${"192.0.2.1 ".repeat(8_000)}`;
            await bench.reset(bench.start.replace("<address>", padding));
            await fill(left);
            const { stdout } = await bench.php(naiveScript("192.168.33.21"));
            assert.equal(stdout, '{"ok":true}');
            const found = await bench.config();
            const whole = found.endsWith("</pfsense>\n");
            assert.ok(!whole || !neighboursOf(found).includes("192.168.33.21"));
        });

        it(`${left / 1024} KiB left: refused with the numbers, nothing written`, async () => {
            await fill(left);
            const { code, result } = await bench.agent();
            assert.equal(code, 3);
            assert.match(result.message, /KiB left and \d+ KiB are needed/);
            assert.equal(await bench.config(), bench.start);
            assert.deepEqual(bench.record("writes.log"), []);
            const { stdout } = await bench.firewall.run(["ls", "/cf/conf"]);
            assert.equal(stdout, "backup\nballast\nconfig.xml\n");
        });
    }
});

/** The lists of neighbours and prefix lists as the GUI leaves them after the last entry is deleted. */
const emptyLists = (xml: string) =>
    xml.replace(/\t\t<(frrbgpneighbors|frrglobalprefixes)>[\s\S]*?<\/\1>\n/g, "\t\t<$1></$1>\n");

/** The same config.xml with 13,000 aliases more. */
function big(xml: string): string {
    const alias = (index: number) => `\t\t<alias>
\t\t\t<name>net${index}</name>
\t\t\t<type>network</type>
\t\t\t<address>10.${index >> 8}.${index & 255}.0/24 ${"192.0.2.0/24 ".repeat(20).trim()}</address>
\t\t\t<descr><![CDATA[network ${index}]]></descr>
\t\t</alias>\n`;
    const aliases = Array.from({ length: 13_000 }, (_, index) => alias(index)).join("");
    return xml.replace("\t</aliases>", `${aliases}\t</aliases>`);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
    const started = performance.now();
    await work();
    return performance.now() - started;
}

async function fullBackups(bench: Bench): Promise<void> {
    const input = `mount -t tmpfs -o size=4096 full /cf/conf/backup
head -c 4096 /dev/zero > /cf/conf/backup/ballast || true`;
    await bench.firewall.run(["bash", "-e"], { input });
}

async function newestBackup(bench: Bench): Promise<string> {
    const argv = ["bash", "-c", "cat /cf/conf/backup/config-*.xml"];
    return (await bench.firewall.run(argv, { check: false })).stdout;
}
