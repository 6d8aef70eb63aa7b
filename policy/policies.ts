import type { Policies } from "@pulumi/policy";
import { firewallsProtected } from "./firewalls-protected";
import { metallbAfterRelease } from "./metallb-after-release";
import { neighboursFiltered } from "./neighbours-filtered";
import { noPlainSecret } from "./no-plain-secret";
import { pinnedVersions } from "./pinned-versions";

/** All policies of the pack. They know resources only, nothing of the program that makes them. */
export const policies = [
    pinnedVersions,
    metallbAfterRelease,
    neighboursFiltered,
    noPlainSecret,
    firewallsProtected,
] as const satisfies Policies;
