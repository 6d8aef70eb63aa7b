import { stackFileSchema } from "./stack-schema";

interface Node {
    readonly description?: string;
    readonly properties?: Readonly<Record<string, Node>>;
    readonly additionalProperties?: Node | boolean;
    readonly anyOf?: readonly Node[];
}

const BEGIN = "<!-- keys: written by npm run schema -->";
const END = "<!-- end of keys -->";

/** The document with the tables of all keys between its marks written anew from the schema. */
export function withKeyTables(document: string): string {
    const [before, rest] = document.split(BEGIN);
    const after = rest?.split(END)[1];
    if (after === undefined) throw new Error(`the marks ${BEGIN} and ${END} are missing`);
    return `${before}${BEGIN}\n\n${keyTables()}\n${END}${after}`;
}

function keyTables(): string {
    const { properties } = stackFileSchema() as { properties: { config: Node } };
    return Object.entries(properties.config.properties ?? {})
        .filter(([, node]) => node.properties && !("secure" in node.properties))
        .map(([key, node]) => {
            const name = key.slice(key.indexOf(":") + 1);
            return [
                `### ${name}`,
                "",
                "| key | meaning | default |",
                "|---|---|---|",
                ...rowsOf(node, ""),
                "",
            ].join("\n");
        })
        .join("\n");
}

function rowsOf({ properties, anyOf = [] }: Node, prefix: string): string[] {
    const own = Object.entries(properties ?? {}).flatMap(([key, node]) => [
        row(`${prefix}${key}`, node.description ?? ""),
        ...rowsOf(node, `${prefix}${key}.`),
        ...(typeof node.additionalProperties === "object"
            ? rowsOf(node.additionalProperties, `${prefix}${key}.<name>.`)
            : []),
    ]);
    return [...own, ...anyOf.flatMap((node) => rowsOf(node, prefix))];
}

/** A description ends with its default or with the word Required. */
function row(key: string, description: string): string {
    const [, meaning, preset] = /^(.*?)\.? (?:Default: (.*)|Required)\.$/.exec(description) ?? [];
    const cells = [`\`${key}\``, meaning ?? description, preset ?? "**required**"];
    return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}
