import { parseArgs } from "node:util";
import { down } from "./down";
import { execute } from "./execute";
import { installPackages } from "./artifacts/prerequisites";
import { test } from "./test";
import { up } from "./up";

const usage = `A whole site on this machine: two nodes, Flux, MetalLB, two firewalls, a client behind them.

  npm run lab                 start the site, run pulumi up, show what it does; leave it running
  npm run lab:down            end it and leave nothing behind
  npm run lab:review          twenty changes, promised and measured: the tables of docs/review.md
  npm run lab:long            an upgrade of MetalLB, a chart from a registry, alerts: not on every CI run
  npm run lab:test            the same site as end-to-end tests, brought down afterwards
  npm run lab:exec -- HOST COMMAND…
                              run a command on cp (kubectl, pulumi), client, wn1, wn2, fw-a or fw-b

Needs root on Debian 12 or newer, Node 20 or newer, Go 1.26 or newer.
Environment: LAB_STATE (state folder, default /var/lib/metallb-pfsense-lab).
`;

/** Runs one command of the lab; the text of an error is its message, never a stack. */
async function main(): Promise<number> {
    const { values, positionals } = parseArgs({
        options: { help: { type: "boolean", short: "h" } },
        allowPositionals: true,
        strict: process.argv[2] !== "exec",
    });
    const [command, ...rest] = positionals;
    if (values.help && command !== "exec") {
        process.stdout.write(usage);
        return 0;
    }
    switch (command ?? "") {
        case "up":
            return up();
        case "down":
            return down();
        case "exec":
            return execute(process.argv.slice(3).filter((word, at) => at > 0 || word !== "--"));
        case "packages":
            await installPackages((line) => console.log(line), { tests: true });
            return 0;
        case "test":
            return test(rest);
        default:
            process.stderr.write(usage);
            return 2;
    }
}

main().then(
    (code) => process.exit(code),
    (error: Error) => {
        process.stderr.write(`\n${error.message}\n`);
        process.exit(1);
    },
);
