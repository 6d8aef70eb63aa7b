import { get } from "node:http";

/**
 * Child of the benchmark in the client's network: asks an address until the demo answers, and prints
 * the time of that answer in milliseconds since 1970. `ask.ts ADDRESS`
 */
const address = process.argv[2]!;
/** Milliseconds between two requests, each of which waits for its own answer at most `patience`. */
const pause = 50;
const patience = 1000;

let done = false;

function ask(): void {
    const request = get({ host: address, agent: false, timeout: patience }, (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (piece: string) => (text += piece));
        response.on("error", () => undefined);
        response.on("end", () => {
            if (done || !text.startsWith("hello from web-")) return;
            done = true;
            process.stdout.write(`answered ${Date.now()}\n`, () => process.exit(0));
        });
    });
    request.on("timeout", () => request.destroy());
    request.on("error", () => undefined);
}

process.stdout.write("asking\n");
ask();
setInterval(ask, pause);
