import { spawn } from "node:child_process";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

/**
 * Child of the benchmark in the repository's network: serves the Git repositories of a folder by the
 * smart HTTP protocol, which is `git http-backend` as a CGI program. `git-http.ts FOLDER ADDRESS PORT`
 */
const [folder = "", address = "", port = ""] = process.argv.slice(2);

function serve(request: IncomingMessage, response: ServerResponse): void {
    const { pathname, searchParams } = new URL(request.url ?? "/", `http://${address}`);
    const { headers } = request;
    const variables: Record<string, string | undefined> = {
        GIT_PROJECT_ROOT: folder,
        GIT_HTTP_EXPORT_ALL: "1",
        GIT_PROTOCOL: headers["git-protocol"] as string | undefined,
        REQUEST_METHOD: request.method,
        PATH_INFO: decodeURIComponent(pathname),
        QUERY_STRING: searchParams.toString(),
        CONTENT_TYPE: headers["content-type"],
        CONTENT_LENGTH: headers["content-length"],
        HTTP_CONTENT_ENCODING: headers["content-encoding"],
        REMOTE_ADDR: request.socket.remoteAddress,
    };
    const given = Object.entries(variables).filter(([, value]) => value !== undefined);
    const env = { PATH: process.env.PATH, HOME: "/root", ...Object.fromEntries(given) };
    const child = spawn("git", ["http-backend"], { env, stdio: ["pipe", "pipe", "inherit"] });
    request.pipe(child.stdin).on("error", () => undefined);
    const pieces: Buffer[] = [];
    child.stdout.on("data", (piece: Buffer) => pieces.push(piece));
    child.on("error", () => response.writeHead(500).end());
    child.on("close", () => answer(Buffer.concat(pieces), response));
}

/** A CGI answer: header lines, an empty one, the body. */
function answer(output: Buffer, response: ServerResponse): void {
    const end = output.indexOf("\r\n\r\n");
    const lines = output.subarray(0, Math.max(end, 0)).toString().split("\r\n");
    for (const line of lines.filter(Boolean)) {
        const at = line.indexOf(":");
        const [name, value] = [line.slice(0, at), line.slice(at + 1).trim()];
        if (name.toLowerCase() === "status") response.statusCode = Number.parseInt(value, 10);
        else response.setHeader(name, value);
    }
    response.end(output.subarray(end + 4));
}

createServer(serve).listen(Number(port), address, () => console.log("serving"));
