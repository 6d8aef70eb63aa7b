import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Box } from "./box";
import type { Pki } from "./pki";
import * as site from "./site";

/** The site's OCI registry, which holds MetalLB's chart and lets nobody in without the login. */
export interface Registry {
    /** Host and port, as they stand in a reference. */
    readonly host: string;
    readonly user: string;
    readonly password: string;
    /** PEM of the authority behind its certificate. */
    readonly ca: string;
    /** Digest of the chart under this tag. */
    digest(tag: string): Promise<string>;
}

const user = "flux";

/** @param charts folder of packaged charts, all of which it holds as charts/<name>:<version> */
export async function startRegistry(
    box: Box,
    pki: Pki,
    program: string,
    charts: string,
): Promise<Registry> {
    const host = `${site.repository.address}:${site.registryPort}`;
    const password = randomBytes(12).toString("hex");
    const login = join(pki.directory, "registry.login");
    writeFileSync(login, `${user}:${password}\n`, { mode: 0o600 });
    const pair = [pki.certificate("registry"), pki.key("registry")];
    const where = { netns: site.repository.name };
    await box.spawn("registry", [program, charts, host, ...pair, login], where);
    const digest = async (tag: string): Promise<string> => {
        const url = `https://${host}/v2/charts/metallb/manifests/${tag}`;
        const argv = ["curl", "-sS", "--fail", "--head", "--cacert", pki.authority, "-K", "-", url];
        const { stdout } = await box.run(argv, where, { input: `user = "${user}:${password}"` });
        const [, found] = /^docker-content-digest: (\S+)/im.exec(stdout) ?? [];
        if (found === undefined) throw new Error(`the registry names no digest:\n${stdout}`);
        return found;
    };
    return { host, user, password, ca: readFileSync(pki.authority, "utf8"), digest };
}
