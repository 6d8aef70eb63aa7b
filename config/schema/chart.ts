import { z } from "zod";
import { label, names, text } from "./values";

const official = "https://metallb.github.io/metallb";

/** Where the chart comes from. */
export const chart = z
    .strictObject({
        repository: z
            .string()
            .regex(/^(https?|oci):\/\/[^\s/]+\S*$/, {
                error: "is no address of a repository; write https://… or oci://…",
            })
            .describe(
                `Helm repository (https://…) or OCI reference of the chart (oci://…). Default: ${official}.`,
            ),
        digest: z
            .string()
            .regex(/^sha256:[0-9a-f]{64}$/, {
                error: "is no digest: sha256: and 64 lower-case hexadecimal digits, as helm push prints it",
            })
            .optional()
            .describe(
                "Digest of the chart in an OCI registry: nothing else is ever taken, whatever the version's tag says later. Default: what the tag says.",
            ),
        user: text()
            .optional()
            .describe(
                "User of the repository; the password is the secret `chartPassword`. Default: no login.",
            ),
        ca: z
            .string()
            .regex(
                /^\s*(-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----\s*)+$/,
                {
                    error: "is no certificate in PEM form, -----BEGIN CERTIFICATE----- and nothing else",
                },
            )
            .optional()
            .describe(
                "Certificate of the authority behind that of the repository, as PEM. Default: those that Flux's image knows.",
            ),
    })
    .default({ repository: official })
    .describe(`Where the chart comes from. Default: ${official}.`);

const login = z.strictObject({
    registry: z
        .string()
        .regex(/^[A-Za-z0-9.-]+(:\d+)?$/, {
            error: "is no registry: a host, with :port where it has one, without https:// and path",
        })
        .describe("Host of the registry, with its port where the image names have one. Required."),
    user: text().describe("User; the password is the secret `imagePassword`. Required."),
});

/** How the nodes get MetalLB's images; their names are values of the chart. */
export const images = z
    .strictObject({
        login: login
            .optional()
            .describe("Login of a registry, for which a Secret is made. Default: none."),
        pullSecrets: names()
            .optional()
            .describe(
                "Secrets with logins that are in MetalLB's namespace already, by name. Default: none.",
            ),
    })
    .optional()
    .describe(
        "Logins for MetalLB's images, frr-k8s's too; where they are is said by `values`. Default: none.",
    );

/** As whom helm-controller makes what the chart holds. */
export const serviceAccount = () =>
    label()
        .optional()
        .describe(
            "Service account in MetalLB's namespace as which Flux installs it, where Flux may not do so by itself (multi-tenancy lockdown). Default: Flux's own.",
        );
