import { existsSync, lstatSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Progress } from "./progress";
import { run } from "./run";

/** A Debian package, and the file whose presence makes it needless. */
export interface Package {
    readonly name: string;
    /** Absolute path, or the name of a program on the PATH. */
    readonly file: string;
    /** Left out where the release has no such package. */
    readonly optional?: true;
}

/**
 * What a site needs from Debian. The file counts, not the package: containerd, say, may as well
 * be Docker's own, which Debian's package would drive out.
 */
const sitePackages: readonly Package[] = [
    { name: "frr", file: "/usr/lib/frr/bgpd" },
    { name: "frr-pythontools", file: "/usr/lib/frr/frr-reload.py" },
    { name: "tini", file: "/usr/bin/tini" },
    { name: "php-cli", file: "php" },
    { name: "php-xml", file: "/usr/share/doc/php-xml/copyright" },
    { name: "openssh-server", file: "sshd" },
    { name: "openssh-client", file: "ssh" },
    { name: "containerd", file: "containerd" },
    { name: "runc", file: "runc" },
    { name: "containernetworking-plugins", file: "/usr/lib/cni/bridge" },
    { name: "nftables", file: "nft" },
    { name: "iproute2", file: "ip" },
    { name: "procps", file: "ps" },
    { name: "util-linux", file: "nsenter" },
    { name: "conntrack", file: "conntrack" },
    { name: "curl", file: "curl" },
    { name: "ca-certificates", file: "/etc/ssl/certs/ca-certificates.crt" },
];
const testPackages: readonly Package[] = [
    { name: "phpunit", file: "phpunit" },
    { name: "phpmd", file: "phpmd", optional: true },
    { name: "faketime", file: "faketime" },
    { name: "sudo", file: "sudo" },
    { name: "shellcheck", file: "shellcheck" },
];

const policyFile = "/usr/sbin/policy-rc.d";
/** Forbids package scripts to start a service (invoke-rc.d(8), exit status 101). */
const policy =
    "#!/bin/sh\n# For the time of an installation by the metallb-pfsense lab.\nexit 101\n";

/**
 * Installs the Debian packages that are missing, without starting or enabling any service they
 * bring and without removing any package.
 *
 * @param options.tests also those which only the tests use.
 * @throws Error with what apt-get said.
 */
export async function installPackages(
    progress: Progress,
    options: { readonly tests?: boolean } = {},
): Promise<void> {
    removePolicy();
    const missing = missingPackages([...sitePackages, ...(options.tests ? testPackages : [])]);
    if ((await obtainable(missing)).length === 0) return;
    const apt = [
        ...["apt-get", "--quiet", "--yes", "--no-remove", "--no-install-recommends"],
        // A machine that has just started may be upgrading itself.
        "--option=DPkg::Lock::Timeout=300",
    ];
    const env = { DEBIAN_FRONTEND: "noninteractive" };
    // Without fresh lists the packages may still be had, from an image's own or a local mirror.
    await run([...apt, "update"], { env }).catch(() => undefined);
    const wanted = await obtainable(missing);
    progress(`installing ${wanted.join(", ")}`);
    const before = enabledServices();
    await withoutServices(() => run([...apt, "install", ...wanted], { env }));
    const brought = enabledServices().filter((service) => !before.includes(service));
    for (const service of brought) await disable(service);
    progress(`installed ${wanted.join(", ")}`);
}

/** Without the optional ones this release does not have: Debian 13, for one, has no mess detector. */
async function obtainable(names: readonly string[]): Promise<string[]> {
    const optional = new Set(testPackages.filter((one) => one.optional).map(({ name }) => name));
    const exists = async (name: string) =>
        (await run(["apt-cache", "show", name]).catch(() => "")) !== "";
    const kept = await Promise.all(
        names.map(async (name) => !optional.has(name) || (await exists(name))),
    );
    return names.filter((_, index) => kept[index]);
}

/** The packages whose files are not there. */
export function missingPackages(
    packages: readonly Package[],
    path = `${process.env.PATH ?? ""}:/usr/sbin:/sbin`,
): string[] {
    const directories = path.split(":").filter(Boolean);
    const there = (file: string) =>
        file.startsWith("/")
            ? existsSync(file)
            : directories.some((directory) => existsSync(join(directory, file)));
    return packages.filter(({ file }) => !there(file)).map(({ name }) => name);
}

async function withoutServices(install: () => Promise<unknown>): Promise<void> {
    const own = lstatSync(policyFile, { throwIfNoEntry: false }) === undefined;
    if (own) writeFileSync(policyFile, policy, { mode: 0o755, flag: "wx" });
    // Ctrl-C reaches apt-get as well, whose end is then waited for; exit: somebody else's handler.
    const wait = () => undefined;
    process.on("SIGINT", wait).on("SIGTERM", wait).on("exit", removePolicy);
    try {
        await install();
    } finally {
        process.off("SIGINT", wait).off("SIGTERM", wait).off("exit", removePolicy);
        removePolicy();
    }
}

/** Takes away our own file, be it one that a killed run has left, and nobody else's. */
function removePolicy(): void {
    if (lstatSync(policyFile, { throwIfNoEntry: false })?.isFile() !== true) return;
    if (readFileSync(policyFile, "utf8") === policy) rmSync(policyFile, { force: true });
}

/** Everything that starts with the machine: links in /etc made by systemd and by update-rc.d. */
function enabledServices(): string[] {
    const list = (directory: string) => (existsSync(directory) ? readdirSync(directory) : []);
    const units = list("/etc/systemd/system")
        .filter((name) => name.endsWith(".wants"))
        .flatMap((name) => list(join("/etc/systemd/system", name)));
    const scripts = ["2", "3", "4", "5"]
        .flatMap((level) => list(`/etc/rc${level}.d`))
        .filter((name) => name.startsWith("S"))
        .map((name) => name.replace(/^S\d\d/, ""));
    return [...new Set([...units, ...scripts])];
}

async function disable(service: string): Promise<void> {
    const unit = /\.[a-z]+$/.test(service);
    await run(
        unit ? ["systemctl", "disable", "--quiet", service] : ["update-rc.d", service, "disable"],
    );
}
