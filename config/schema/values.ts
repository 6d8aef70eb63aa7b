import { z } from "zod";

const BARE_VERSION = /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/;
const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const LABEL_VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;
const LABEL_KEY =
    /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const NODE_NAME = /^(?=.{1,63}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const ALIAS = /^[A-Za-z][A-Za-z0-9_.-]{0,62}$/;

/** Release number; the error stands behind the value in a message, as with all of these. */
export const version = () =>
    z.string().regex(BARE_VERSION, { error: "is no version; write it like 1.2.3, without a v" });

/** Name of a Kubernetes object that this program makes. */
export const label = () =>
    z.string().regex(LABEL, {
        error: "is no name: 1-63 lower-case letters, digits and hyphens, with a letter or digit at both ends",
    });

/** Key of a label of any Kubernetes object, with or without a domain in front. */
export const labelKey = () =>
    z.string().regex(LABEL_KEY, {
        error: "is no key of a label: 1-63 letters, digits, dots, hyphens and underscores, with a letter or digit at both ends, a domain and / in front of it at most",
    });

export const labelValue = () =>
    z.string().regex(LABEL_VALUE, {
        error: "is no value of a label: up to 63 letters, digits, dots, hyphens and underscores, with a letter or digit at both ends",
    });

/** Name of a node, which must be a valid label too: peers select their nodes by it. */
export const nodeName = () =>
    z.string().regex(NODE_NAME, {
        error: "is no node name: 1-63 lower-case letters, digits, dots and hyphens, with a letter or digit at both ends",
    });

export const alias = () =>
    z.string().regex(ALIAS, {
        error: "is no alias: 1-63 letters, digits, dots, hyphens and underscores, beginning with a letter",
    });

/** As an editor can tell it: the program's own check reads every address to the letter. */
const IPV4 = "\\d{1,3}(\\.\\d{1,3}){3}";
const IPV6 = "[0-9A-Fa-f]*:[0-9A-Fa-f:.]*";
const ADDRESS = `(${IPV4}|${IPV6})`;

const marked = (pattern: string, ...examples: readonly string[]) =>
    z.string().meta({ pattern: `^${pattern}$`, examples: [...examples] });

/** One address, or one of each family. */
export const addresses = () => {
    const one = marked(ADDRESS, "192.168.33.2");
    return z.union([one, z.array(one).min(1).max(2)], {
        error: "is no address and no list of one address of each family",
    });
};

/** A network in CIDR form. */
export const network = () => marked(`${ADDRESS}/\\d{1,3}`, "192.168.33.0/24");

/** Addresses of a pool: a network, or the first and the last. */
export const range = () =>
    marked(
        `${ADDRESS}(/\\d{1,3}| *- *${ADDRESS})`,
        "192.168.32.0/24",
        "192.168.32.10-192.168.32.19",
    );

/** An SSH host key, with or without what ssh-keyscan prints in front of it. */
export const hostKey = () =>
    marked(
        "(\\S+\\s+)?(ssh-ed25519|ecdsa-sha2-nistp(256|384|521))\\s+\\S+(\\s+.*)?",
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI…",
    );

/** Plain number, or text for AS-dot. */
export const asNumber = () =>
    z.union(
        [
            z
                .number()
                .meta({ type: "integer", minimum: 1, maximum: 4294967295, examples: [64512] }),
            marked("\\d+(\\.\\d+)?", "1.10"),
        ],
        { error: "is no AS number (1-4294967295)" },
    );

export const names = () => z.array(z.string()).min(1);

/** Kubernetes label selector; what stands in it is judged by config/rules/selectors.ts. */
export const selector = () => z.record(z.string(), z.json());

/** Label selectors, one or the other. */
export const selectors = () => z.array(selector()).min(1);

export const text = () => z.string().min(1);
