import { isObject, type Value } from "../values";

type Node = Value | undefined;
type Selector = (nodes: Node[]) => Node[];

/**
 * The part of JSONPath (RFC 9535) that `pulumi.com/waitFor` needs: members, positions, `*`, and
 * filters with comparisons, `&&`, `||`, `!` and parentheses.
 * @returns what the path selects in a value
 * @throws Error on what it does not understand
 */
export function compilePath(text: string): (value: Value) => Value[] {
    const parser = new Parser(text);
    const select = parser.path();
    parser.end();
    return (value) => select([value]).filter((node) => node !== undefined);
}

class Parser {
    private position = 0;

    constructor(private readonly text: string) {}

    end(): void {
        if (this.position < this.text.length) this.fail();
    }

    path(): Selector {
        if (this.peek("$")) this.position++;
        const steps: Selector[] = [];
        for (let step = this.step(); step; step = this.step()) steps.push(step);
        return (nodes) => steps.reduce((found, step) => step(found), nodes);
    }

    private step(): Selector | undefined {
        if (this.take(".")) {
            if (this.take("*")) return all;
            return member(this.match(/[\w-]+/y));
        }
        if (!this.take("[")) return undefined;
        const step = this.bracket();
        this.expect("]");
        return step;
    }

    private bracket(): Selector {
        if (this.take("*")) return all;
        if (this.take("?")) {
            const filter = this.or();
            return (nodes) => all(nodes).filter((node) => filter(node));
        }
        if (this.peek("'") || this.peek('"')) return member(this.quoted());
        const index = Number(this.match(/-?\d+/y));
        return (nodes) => nodes.flatMap((node) => (Array.isArray(node) ? [node.at(index)] : []));
    }

    private or(): (node: Node) => boolean {
        let left = this.and();
        while (this.take("||")) {
            const [first, second] = [left, this.and()];
            left = (node) => first(node) || second(node);
        }
        return left;
    }

    private and(): (node: Node) => boolean {
        let left = this.term();
        while (this.take("&&")) {
            const [first, second] = [left, this.term()];
            left = (node) => first(node) && second(node);
        }
        return left;
    }

    private term(): (node: Node) => boolean {
        if (this.take("!")) {
            const inner = this.term();
            return (node) => !inner(node);
        }
        if (this.take("(")) {
            const inner = this.or();
            this.expect(")");
            return inner;
        }
        const left = this.operand();
        const operator = ["==", "!="].find((sign) => this.take(sign));
        if (!operator) return (node) => left(node) !== undefined;
        const right = this.operand();
        return (node) => (left(node) === right(node)) === (operator === "==");
    }

    private operand(): (node: Node) => Node {
        this.space();
        if (this.take("@")) {
            const select = this.path();
            return (node) => select([node])[0];
        }
        const literal = this.literal();
        return () => literal;
    }

    private literal(): Value {
        if (this.peek("'") || this.peek('"')) return this.quoted();
        return JSON.parse(this.match(/true|false|null|-?\d+(\.\d+)?/y)) as Value;
    }

    private quoted(): string {
        return this.match(/'[^']*'|"[^"]*"/y).slice(1, -1);
    }

    private space(): void {
        while (this.text[this.position] === " ") this.position++;
    }

    private peek(sign: string): boolean {
        this.space();
        return this.text.startsWith(sign, this.position);
    }

    private take(sign: string): boolean {
        const found = this.peek(sign);
        if (found) this.position += sign.length;
        return found;
    }

    private expect(sign: string): void {
        if (!this.take(sign)) this.fail();
    }

    private match(pattern: RegExp): string {
        this.space();
        pattern.lastIndex = this.position;
        const found = pattern.exec(this.text)?.[0];
        if (found === undefined) this.fail();
        this.position += found.length;
        return found;
    }

    private fail(): never {
        throw new Error(
            `unexpected text at position ${this.position + 1} of JSONPath "${this.text}"`,
        );
    }
}

const all: Selector = (nodes) =>
    nodes.flatMap((node) => {
        if (Array.isArray(node)) return node;
        return isObject(node) ? Object.values(node) : [];
    });

function member(name: string): Selector {
    return (nodes) => nodes.map((node) => (isObject(node) ? node[name] : undefined));
}
