import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { missingPackages } from "../../lab/artifacts/packages";
import {
    checkCgroups,
    checkControllers,
    checkMemory,
    checkNode,
    checkPlatform,
    checkUser,
} from "../../lab/artifacts/prerequisites";
import { withScratch } from "./scratch";

const osRelease = (id: string, version: string, pretty: string) =>
    `PRETTY_NAME="${pretty}"\nID=${id}\n${version && `VERSION_ID="${version}"\n`}`;

describe("prerequisites", () => {
    it("take Debian 12 and newer, testing and unstable", () => {
        const debian = (version: string) => osRelease("debian", version, `Debian ${version}`);
        for (const version of ["12", "13", ""]) {
            assert.equal(checkPlatform("linux", debian(version)), undefined);
        }
        const mend = "use a machine with Debian 12 or newer";
        assert.deepEqual(checkPlatform("linux", debian("11")), {
            what: "this is Debian 11, not Debian 12 or newer",
            mend,
        });
        assert.deepEqual(checkPlatform("linux", osRelease("fedora", "44", "Fedora 44")), {
            what: "this is Fedora 44, not Debian 12 or newer",
            mend,
        });
        assert.deepEqual(checkPlatform("linux", ""), {
            what: "this is an unknown Linux, not Debian 12 or newer",
            mend,
        });
        assert.deepEqual(checkPlatform("darwin", ""), {
            what: "this is darwin, not Linux",
            mend,
        });
    });

    it("take Node 20 and newer", () => {
        assert.equal(checkNode("20.19.0"), undefined);
        assert.equal(checkNode("100.0.0"), undefined);
        assert.deepEqual(checkNode("18.20.4"), {
            what: "this is Node 18.20.4",
            mend: "install Node 20 or newer, see https://nodejs.org",
        });
    });

    it("want root and 3.5 GB of memory", () => {
        assert.equal(checkUser(0), undefined);
        assert.deepEqual(checkUser(1000), {
            what: "this user is not root, who alone may make network namespaces and mounts",
            mend: "run the same command as root, for example with sudo",
        });
        assert.equal(checkMemory(4e9), undefined);
        assert.deepEqual(checkMemory(2.04e9), {
            what: "the machine has 2.0 GB of memory",
            mend: "the site and its build need 3.5 GB or more",
        });
    });

    describe("take cgroup v2, or v1 with the controllers a kubelet asks for:", () => {
        const v1 = (...sets: string[]) =>
            sets.map((set) => `cgroup /sys/fs/cgroup/${set} cgroup rw,${set} 0 0`).join("\n");
        const v2 = "cgroup2 /sys/fs/cgroup cgroup2 rw,nsdelegate 0 0\n";
        const kernel =
            "#subsys_name\thierarchy\ncpuset\t1\ncpu\t2\ncpuacct\t2\nmemory\t3\npids\t4\n";

        it("v2 alone", () => assert.equal(checkCgroups(v2, ""), undefined));
        it("all of v1", () =>
            assert.equal(
                checkCgroups(v1("cpu,cpuacct", "cpuset", "memory", "pids"), ""),
                undefined,
            ));
        it("not v1 without some, even beside an empty v2", () =>
            assert.deepEqual(checkCgroups(v2 + v1("cpu,cpuacct", "memory"), kernel), {
                what: "no cgroup v2, and of cgroup v1 these controllers are not mounted: cpuset, pids",
                mend: "mount them under /sys/fs/cgroup, or start the machine with cgroup v2",
            }));
        it("not a kernel without them", () =>
            assert.deepEqual(checkCgroups(v1("cpu,cpuacct", "cpuset", "pids"), "cpu\t1\n"), {
                what: "no cgroup v2, and of cgroup v1 these controllers are not mounted: memory",
                mend: "start the machine with a kernel that has them, or with cgroup v2",
            }));
    });

    it("want cgroup v2 to have every controller a kubelet asks for", () => {
        assert.equal(checkControllers("cpuset cpu io memory hugetlb pids rdma misc\n"), undefined);
        assert.equal(checkControllers(""), undefined);
        assert.deepEqual(checkControllers("cpu io pids\n"), {
            what: "cgroup v2 has no cpuset, memory here (/sys/fs/cgroup/cgroup.controllers)",
            mend:
                "take cgroup_disable=… and cgroup v1 mounts of these controllers away, or have " +
                "them delegated to this container",
        });
    });

    it("ask for the Debian packages whose files are not there", () =>
        withScratch((directory) => {
            const there = join(directory, "there");
            writeFileSync(there, "");
            const packages = [
                { name: "by-path", file: there },
                { name: "by-name", file: "there" },
                { name: "no-path", file: join(directory, "absent") },
                { name: "no-name", file: "absent" },
            ];
            assert.deepEqual(missingPackages(packages, `/nowhere:${directory}`), [
                "no-path",
                "no-name",
            ]);
        }));
});
