import { z } from "zod";

const BARE_VERSION = /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/;
const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
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

/** Name of a node, which must be a valid label too: peers select their nodes by it. */
export const nodeName = () =>
    z.string().regex(NODE_NAME, {
        error: "is no node name: 1-63 lower-case letters, digits, dots and hyphens, with a letter or digit at both ends",
    });

export const alias = () =>
    z.string().regex(ALIAS, {
        error: "is no alias: 1-63 letters, digits, dots, hyphens and underscores, beginning with a letter",
    });

/** One address, or one of each family. */
export const addresses = () =>
    z.union([z.string(), z.array(z.string()).min(1).max(2)], {
        error: "is no address and no list of one address of each family",
    });

/** Plain number, or text for AS-dot. */
export const asNumber = () =>
    z.union([z.number(), z.string()], { error: "is no AS number (1-4294967295)" });

export const names = () => z.array(z.string()).min(1);

/** Kubernetes label selectors, one or the other. */
export const selectors = () => z.array(z.record(z.string(), z.json())).min(1);

export const text = () => z.string().min(1);
