import { readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { keyOf } from "./cache";
import { debianRoot } from "./debian-root";
import { buildImage, type Image, type LayeredImage } from "./images";
import { moduleDirectory, pinnedVersion } from "./modules";
import type { Progress } from "./progress";
import type { TarEntry } from "./tar";
import type { Tools } from "./tools";

const module = "github.com/metallb/frr-k8s";
/** As the chart frr-k8s 0.0.25 names it; what is in it is this machine's FRR. */
const frrReference = "quay.io/frrouting/frr:10.4.3";
const frrPackages = [
    ...["frr", "frr-pythontools", "python3", "tini", "libpam-modules", "bash", "coreutils"],
    ...["grep", "sed", "util-linux", "procps", "iproute2"],
];

/** The ids that the chart's init container runs as; it prepares FRR's files in their name. */
const frrUser = [100, 101] as const;
const passwd = "root:x:0:0::/:/bin/sh\nfrr:x:100:101::/nonexistent:/usr/sbin/nologin\n";
const group = "root:x:0:\nfrr:x:101:\nfrrvty:x:102:frr\n";
const shadow = "root:*:19000::::::\nfrr:*:19000::::::\n";
/** FRR's own image starts its daemons by a script of this name. */
const start = `#!/bin/bash
log_success_msg() { echo "$@"; }
log_warning_msg() { echo "$@" >&2; }
log_failure_msg() { echo "$@" >&2; }
. /usr/lib/frr/frrcommon.sh
exec /usr/lib/frr/watchfrr $(daemon_list)
`;

/** The images of MetalLB's default backend: frr-k8s, and FRR as this machine has it. */
export async function buildFrrImages(tools: Tools, progress: Progress): Promise<Image[]> {
    const [manager, frr] = [await frrK8sImage(tools), await frrImage()];
    return [await buildImage(manager, progress), await buildImage(frr, progress)];
}

async function frrK8sImage(tools: Tools): Promise<LayeredImage> {
    // Init containers copy its files by a shell.
    const root = await debianRoot(["dash", "coreutils"]);
    const source = await moduleDirectory("frr-k8s", module);
    const reloader = readFileSync(join(source, "cmd/reloader/frr-reloader.sh"));
    const programs = {
        "frr-k8s": tools.frrK8s,
        "frr-metrics": tools.frrMetrics,
        "frr-status": tools.frrStatus,
        statuscleaner: tools.frrStatusCleaner,
    };
    return {
        reference: `quay.io/metallb/frr-k8s:${pinnedVersion("frr-k8s", module)}`,
        user: "",
        layer: [
            ...root.entries,
            ...etc("root:x:0:0::/:/bin/sh\n", "root:x:0:\n"),
            ...Object.entries(programs).map(([name, path]): TarEntry => ({
                kind: "file",
                name,
                path,
                mode: 0o755,
            })),
            { kind: "text", name: "frr-reloader.sh", text: reloader, mode: 0o755 },
        ],
        key: keyOf(
            root.key,
            reloader,
            ...Object.values(programs).map((path) => join(basename(dirname(path)), basename(path))),
        ),
    };
}

async function frrImage(): Promise<LayeredImage> {
    const root = await debianRoot(frrPackages);
    const own = ["etc/passwd", "etc/group", "etc/shadow", "usr/bin/sh"];
    const layer: TarEntry[] = [
        ...root.entries.filter(({ name }) => !own.includes(name)),
        ...etc(passwd, group),
        { kind: "text", name: "etc/shadow", text: shadow, mode: 0o600 },
        { kind: "link", name: "usr/bin/sh", target: "bash" },
        { kind: "link", name: "usr/sbin/tini", target: "../bin/tini" },
        { kind: "text", name: "usr/lib/frr/docker-start", text: start, mode: 0o755 },
        // watchfrr keeps its files in /var/run, which a volume is mounted in.
        { kind: "directory", name: "run" },
        { kind: "directory", name: "var" },
        { kind: "link", name: "var/run", target: "../run" },
        ...["var/lib", "var/tmp", "var/log"].map((name): TarEntry => ({
            kind: "directory",
            name,
            mode: 0o1777,
        })),
        ...["etc/frr", "var/lib/frr", "var/tmp/frr"].map((name): TarEntry => ({
            kind: "directory",
            name,
            owner: frrUser,
        })),
    ];
    const key = keyOf(root.key, passwd, group, shadow, start);
    return { reference: frrReference, user: "", entrypoint: ["/sbin/tini", "--"], layer, key };
}

const etc = (users: string, groups: string): TarEntry[] => [
    { kind: "directory", name: "tmp", mode: 0o1777 },
    { kind: "directory", name: "etc" },
    { kind: "text", name: "etc/passwd", text: users },
    { kind: "text", name: "etc/group", text: groups },
];
