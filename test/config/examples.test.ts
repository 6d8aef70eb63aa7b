import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { findingText } from "../../config/findings";
import { withKeyTables } from "../../config/reference";
import { planFromStack } from "../../config/stack";
import { readStackFile } from "../../config/stack-file";
import { stackFileSchema, stackFileSchemaText } from "../../config/stack-schema";
import { summaryOf } from "../../config/summary";
import { summaryText } from "../../config/summary-text";
import { FOLDER } from "./fixtures";

const ROOT = join(__dirname, "..", "..");
const EXAMPLES = join(ROOT, "examples");

/** Everything that an example warns about; no other one may. */
const WARNINGS: Readonly<Record<string, readonly string[]>> = {
    recipe: [
        "bgp.asn: AS 64500 is kept for documentation, RFC 5398; private ones are 64512-65534",
        "bgp.routers.fw-a.asn: AS 64501 is kept for documentation, RFC 5398 (also bgp.routers.fw-b.asn); private ones are 64512-65534",
        "bgp.advertise.recipe.communities: with no-advertise (65535:65282) fw-a and fw-b do not tell each other, or any other router, these routes",
    ],
    "dual-stack-bfd": [
        "bgp.bfd: where BFD is off on fw, turning it on restarts FRR there: all its sessions drop once",
    ],
};

const SITUATIONS = [
    "air-gapped",
    "by-hand",
    "carp",
    "discover",
    "dual-stack-bfd",
    "existing-flux",
    "layer2",
    "monitoring",
    "recipe",
    "two-clusters-blue",
    "two-clusters-green",
    "two-pools",
    "two-vlans",
];

function planOf(example: string) {
    const text = readFileSync(join(EXAMPLES, `Pulumi.${example}.yaml`), "utf8");
    const file = readStackFile(Buffer.from(text));
    assert.deepEqual(file.problems, []);
    const secretKeys = example === "layer2" ? [] : secretsNamedIn(text);
    const { plan, errors, warnings } = planFromStack(file.document, { stack: example, secretKeys });
    assert.deepEqual(errors.map(findingText), []);
    assert.deepEqual(warnings.map(findingText), WARNINGS[example] ?? []);
    return plan!;
}

/** The comment at the top of an example names the secrets to set. */
function secretsNamedIn(text: string): string[] {
    const [, list] = /Secrets? to set: ([^\n]+(?:\n# [^\n]+)*)/.exec(text) ?? [];
    return list?.match(/\b(bgpPassword|sshKey|chartPassword|imagePassword)(-[a-z-]+)?\b/g) ?? [];
}

/** Compares with the committed text; UPDATE_GOLDEN=1 writes it anew. */
function sameAsCommitted(folder: string, name: string, actual: string): void {
    const file = join(FOLDER, folder, name);
    if (process.env.UPDATE_GOLDEN) {
        mkdirSync(join(FOLDER, folder), { recursive: true });
        writeFileSync(file, actual);
    }
    assert.equal(actual, readFileSync(file, "utf8"));
}

describe("the examples", () => {
    it("are one a situation", () => {
        const files = readdirSync(EXAMPLES).filter((file) => file.endsWith(".yaml"));
        assert.deepEqual(files.sort(), SITUATIONS.map((name) => `Pulumi.${name}.yaml`).sort());
    });

    for (const name of SITUATIONS) {
        it(`${name}: says what is committed, and nothing that is wrong`, () => {
            sameAsCommitted(
                "summaries",
                `${name}.txt`,
                `${summaryText(summaryOf(planOf(name)))}\n`,
            );
        });
    }

    for (const name of ["by-hand", "carp", "dual-stack-bfd", "recipe", "two-pools"]) {
        it(`${name}: gives the committed plan`, () => {
            const text = `${JSON.stringify(planOf(name), null, 2)}\n`;
            sameAsCommitted("plans", `${name}.json`, text);
        });
    }

    it("two clusters behind one firewall touch nothing of each other", () => {
        const [blue, green] = ["blue", "green"].map((one) => planOf(`two-clusters-${one}`));
        const [a, b] = [blue!.firewalls.fw!, green!.firewalls.fw!];
        assert.deepEqual(a.wanted.bgp, b.wanted.bgp);
        assert.equal(a.connection.host, b.connection.host);
        const namesOf = ({ wanted }: typeof a) => [
            ...wanted.prefixLists.map((list) => list.name),
            ...wanted.neighbours.map((neighbour) => neighbour.address),
        ];
        const shared = namesOf(a).filter((name) => namesOf(b).includes(name));
        assert.deepEqual(shared, []);
        assert.notEqual(blue!.owner, green!.owner);
    });

    it("take Flux from inside, or leave it alone", () => {
        assert.deepEqual(planOf("air-gapped").flux, {
            install: true,
            version: "2.9.5",
            manifest: {
                path: "mirror/flux-install.yaml",
                sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            },
            components: ["source-controller", "helm-controller"],
            registry: "registry.vault.internal/fluxcd",
        });
        assert.equal(planOf("existing-flux").flux.install, false);
    });
});

describe("the schema for editors", () => {
    const stacks = [
        ...SITUATIONS.map((name) => join(EXAMPLES, `Pulumi.${name}.yaml`)),
        ...readdirSync(ROOT)
            .filter((file) => /^Pulumi\..+\.yaml$/.test(file))
            .map((file) => join(ROOT, file)),
    ];

    it("is the committed one", () => {
        const committed = readFileSync(join(ROOT, "config", "stack.schema.json"), "utf8");
        assert.equal(stackFileSchemaText(), committed, "write it with: npm run schema");
    });

    it("gives the tables of keys in the reference", () => {
        const reference = readFileSync(join(ROOT, "docs", "config.md"), "utf8");
        assert.equal(withKeyTables(reference), reference, "write it with: npm run schema");
        assert.match(reference, /\| `asn` \| AS number of all nodes; .* \| \*\*required\*\* \|/);
    });

    it("is named on the first line of every stack file, and takes each of them", () => {
        const schema = z.fromJSONSchema(
            stackFileSchema() as Parameters<typeof z.fromJSONSchema>[0],
        );
        assert.ok(stacks.length > SITUATIONS.length);
        for (const file of stacks) {
            const text = readFileSync(file, "utf8");
            const line = text.split("\n")[0]!;
            const [, path] = /^# yaml-language-server: \$schema=(\S+)$/.exec(line) ?? [];
            assert.equal(join(file, "..", path ?? ""), join(ROOT, "config", "stack.schema.json"));
            assert.deepEqual(schema.safeParse(parse(text)).error?.issues ?? [], []);
        }
        const wrong = { config: { "metallb-pfsense:cluster": { context: "a", colour: "b" } } };
        assert.equal(schema.safeParse(wrong).success, false);
    });

    it("describes every key with its default, or that it is required", () => {
        const without: string[] = [];
        const visit = (schema: Node, path: string) => {
            for (const [key, inner] of Object.entries(schema.properties ?? {})) {
                const at = `${path}.${key}`;
                const required = (schema.required ?? []).includes(key);
                const text = inner.description ?? "";
                const enough = required ? /./ : /Default: |Required with /;
                if (!enough.test(text)) without.push(at);
                visit(inner, at);
            }
            const inner = [schema.additionalProperties, schema.items, ...(schema.anyOf ?? [])];
            for (const one of inner) if (typeof one === "object") visit(one, `${path}.*`);
        };
        const { properties } = stackFileSchema() as { properties: { config: Node } };
        visit(
            { properties: properties.config.properties, required: properties.config.required },
            "",
        );
        assert.deepEqual(without, []);
    });
});

interface Node {
    readonly description?: string;
    readonly required?: readonly string[];
    readonly properties?: Readonly<Record<string, Node>>;
    readonly additionalProperties?: Node | boolean;
    readonly items?: Node;
    readonly anyOf?: readonly Node[];
}
