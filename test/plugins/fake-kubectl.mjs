#!/usr/bin/env node
// Plays `kubectl proxy` in front of a small API: namespaced Foos of example.com/v1, without schema.
import { createServer } from "node:http";

const socket = process.argv.find((argument) => argument.startsWith("--unix-socket=")).slice(14);
const base = "/apis/example.com/v1";
const foos = new Map();
let version = 0;

const failure = (code, reason, message) => [code, { kind: "Status", code, reason, message }];

function answer(method, path, query, body) {
    if (path === "/version") return [200, {}];
    if (path === base) {
        const resources = [{ name: "foos", kind: "Foo", namespaced: true }];
        return [200, { resources }];
    }
    const match = new RegExp(`^${base}/namespaces/([^/]+)/foos(?:/(.+))?$`).exec(path);
    if (!match) return failure(404, "NotFound", `the server could not find ${path}`);
    const name = match[2] ?? body.metadata.name;
    const known = foos.get(name);
    if (method === "POST" && known)
        return failure(409, "AlreadyExists", `foos.example.com "${name}" already exists`);
    if (method !== "POST" && !known)
        return failure(404, "NotFound", `foos.example.com "${name}" not found`);
    if (method === "GET") return [200, known];
    if (method === "DELETE") return [200, foos.delete(name) && {}];
    if (body.spec?.n < 1) return failure(422, "Invalid", `Foo.example.com "${name}" is invalid`);
    const metadata = { ...body.metadata, uid: name, resourceVersion: String(++version) };
    const made = { ...body, metadata, spec: { n: 3, ...body.spec }, status: { query } };
    if (!query.includes("dryRun")) foos.set(name, made);
    return [200, made];
}

const server = createServer((request, response) => {
    let text = "";
    request.on("data", (part) => (text += part));
    request.on("end", () => {
        const { pathname, search } = new URL(request.url, "http://localhost");
        const body = text === "" ? undefined : JSON.parse(text);
        const [code, result] = answer(request.method, pathname, search, body);
        response.writeHead(code, { "content-type": "application/json" });
        response.end(JSON.stringify(result));
    });
});
server.listen(socket, () => console.log(`Starting to serve on ${socket}`));
