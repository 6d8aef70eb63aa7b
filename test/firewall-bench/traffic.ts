import { readFileSync } from "node:fs";
import type { Box, Service } from "../../lab/box";
import { poll } from "../../lab/poll";

/** Answers every datagram on port 7 of the addresses a node announces. */
const echo = `
const socket = require("node:dgram").createSocket("udp4");
socket.on("message", (data, from) => socket.send(data, from.port, from.address));
socket.bind(7, () => console.log("listening"));
`;

/** Sends a datagram to both addresses every 20 ms from ever new ports; prints what stays unanswered. */
const client = `
const dgram = require("node:dgram");
let sent = 0, lost = 0;
setInterval(() => {
    for (const address of ["192.168.32.1", "192.168.32.2"]) {
        const socket = dgram.createSocket("udp4");
        const timer = setTimeout(() => { lost++; socket.close(); }, 1000);
        socket.on("message", () => { clearTimeout(timer); socket.close(); });
        socket.on("error", () => undefined);
        socket.send("x", 7, address);
        sent++;
    }
}, 20);
setInterval(() => console.log(JSON.stringify({ sent, lost })), 100);
`;

export interface Counts {
    readonly sent: number;
    readonly lost: number;
}

/** Traffic from the client through the firewall to the announced addresses. */
export class Traffic {
    private constructor(
        private readonly service: Service,
        private readonly echoes: readonly Service[],
    ) {}

    static async start(box: Box, nodes: readonly number[]): Promise<Traffic> {
        const echoes = await Promise.all(
            nodes.map((last) =>
                box.spawn(`echo-n${last}`, [process.execPath, "-e", echo], { netns: `n${last}` }),
            ),
        );
        const listens = ({ log }: Service) => readFileSync(log, "utf8").includes("listening");
        await poll("the nodes to listen", () => echoes.every(listens));
        const service = await box.spawn("traffic", [process.execPath, "-e", client], {
            netns: "client",
        });
        return new Traffic(service, echoes);
    }

    /** Counts up to now, after another second in which the last datagrams are answered or lost. */
    async counts(): Promise<Counts> {
        const from = this.last().sent;
        // 20 ms and two addresses: 100 datagrams a second.
        await poll("a second of traffic", () => this.last().sent >= from + 110);
        return this.last();
    }

    async stop(): Promise<void> {
        for (const service of [this.service, ...this.echoes]) await service.stop("SIGKILL");
    }

    private last(): Counts {
        const lines = readFileSync(this.service.log, "utf8").trim().split("\n");
        const line = lines.filter((text) => text.endsWith("}")).at(-1);
        return line === undefined ? { sent: 0, lost: 0 } : (JSON.parse(line) as Counts);
    }
}
