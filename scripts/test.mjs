// Everything that `npm test` looks at, side by side: the tests speak as they run, the others when they
// have ended. What has not changed since the last run is not looked at again by linter and formatter.
import { spawn } from "node:child_process";

const begun = Date.now();
const seconds = (since) => `${((Date.now() - since) / 1000).toFixed(0)} s`;

/** @returns the script's name, how it ended, and its line of the summary */
function run(script, stdio) {
    const from = Date.now();
    const child = spawn("npm", ["run", "-s", script], { stdio: ["ignore", stdio, stdio] });
    const said = [];
    for (const stream of [child.stdout, child.stderr])
        stream?.on("data", (text) => said.push(text));
    return new Promise((resolve) => {
        child.on("close", (code) => {
            process.stdout.write(Buffer.concat(said));
            const line = `${code === 0 ? "✔" : "✖"} ${script}: ${seconds(from)}`;
            resolve({ code: code ?? 1, line });
        });
    });
}

async function others() {
    const ended = [];
    for (const script of ["lint:code", "typecheck", "lint:format", "test:php"]) {
        ended.push(await run(script, "pipe"));
    }
    return ended;
}

const all = (await Promise.all([run("test:unit", "inherit"), others()])).flat();
console.log(`${all.map(({ line }) => line).join("\n")}\nin ${seconds(begun)}`);
process.exit(all.some(({ code }) => code !== 0) ? 1 : 0);
