import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const SCRIPT = join(__dirname, "..", "..", "ci", "post.mjs");
const COMMENT = "<!-- metallb-pfsense: preview -->";
const ISSUE = "<!-- metallb-pfsense: drift -->";
const BOT = { user: { login: "github-actions[bot]" } };

/** What the forge answers to a request, by method and address; what it does not know is refused. */
type Answers = Readonly<Record<string, unknown>>;

describe("posting to a forge", () => {
    let folder: string;
    let server: Server;
    let answers: Answers;
    let requests: { readonly call: string; readonly body?: unknown; readonly token: string }[];

    before((done) => {
        folder = mkdtempSync(join(tmpdir(), "post-"));
        server = createServer((request, response) => {
            let text = "";
            request.on("data", (chunk: Buffer) => (text += chunk.toString()));
            request.on("end", () => {
                const call = `${request.method} ${request.url}`;
                const { authorization, "private-token": token } = request.headers;
                requests.push({
                    call,
                    ...(text && { body: JSON.parse(text) as unknown }),
                    token: authorization ?? String(token),
                });
                response.statusCode = call in answers ? 200 : 403;
                response.end(JSON.stringify(answers[call] ?? { message: "not accessible" }));
            });
        }).listen(0, "127.0.0.1", done);
    });
    after((done) => {
        rmSync(folder, { recursive: true });
        server.close(done);
    });

    function post(kind: string, content: string, env: NodeJS.ProcessEnv, given: Answers) {
        answers = given;
        requests = [];
        const file = join(folder, "text.md");
        writeFileSync(file, content);
        const child = spawn(process.execPath, [SCRIPT, kind, file], { env });
        let said = "";
        for (const stream of [child.stdout, child.stderr])
            stream.on("data", (chunk: Buffer) => (said += chunk.toString()));
        return new Promise<{ code: number | null; said: string }>((resolve) =>
            child.on("close", (code) => resolve({ code, said })),
        );
    }
    const address = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const github = () => ({
        GITHUB_API_URL: address(),
        GITHUB_REPOSITORY: "o/r",
        GITHUB_TOKEN: "t0ken",
        NUMBER: "7",
    });
    const gitlab = () => ({
        GITLAB_CI: "true",
        CI_API_V4_URL: address(),
        CI_PROJECT_ID: "42",
        CI_MERGE_REQUEST_IID: "7",
        GITLAB_TOKEN: "t0ken",
    });
    const calls = () =>
        requests.map(({ call, body }) => (body === undefined ? [call] : [call, body]));

    it("makes one comment on GitHub, though a stranger has written its mark", async () => {
        const list = "GET /repos/o/r/issues/7/comments?per_page=100&page=1";
        const outcome = await post("comment", `${COMMENT}\nnew`, github(), {
            [list]: [{ id: 1, body: `${COMMENT}\nforged`, user: { login: "mallory" } }],
            "POST /repos/o/r/issues/7/comments": { id: 2 },
        });
        assert.deepEqual(outcome, { code: 0, said: "made /issues/comments/2\n" });
        assert.deepEqual(calls(), [
            [list],
            ["POST /repos/o/r/issues/7/comments", { body: `${COMMENT}\nnew` }],
        ]);
        assert.deepEqual([...new Set(requests.map(({ token }) => token))], ["Bearer t0ken"]);
    });

    it("replaces it by the next run, wherever it stands among the others", async () => {
        const others = Array.from({ length: 100 }, (_, id) => ({ id, body: "talk", ...BOT }));
        const page = (number: number) =>
            `GET /repos/o/r/issues/7/comments?per_page=100&page=${number}`;
        const outcome = await post("comment", `${COMMENT}\nnew`, github(), {
            [page(1)]: others,
            [page(2)]: [{ id: 200, body: `${COMMENT}\nold`, ...BOT }],
            "PATCH /repos/o/r/issues/comments/200": {},
        });
        assert.deepEqual(outcome, { code: 0, said: "updated /issues/comments/200\n" });
        assert.deepEqual(calls(), [
            [page(1)],
            [page(2)],
            ["PATCH /repos/o/r/issues/comments/200", { body: `${COMMENT}\nnew` }],
        ]);
    });

    it("opens one issue on GitHub, keeps it while nothing changes, and closes it", async () => {
        const list = "GET /repos/o/r/issues?state=open&labels=drift&per_page=100&page=1";
        const open = { number: 9, body: `${ISSUE}\nhome differs`, ...BOT };
        const made = await post("issue", `${ISSUE}\nhome differs\n`, github(), {
            [list]: [],
            "POST /repos/o/r/issues": open,
        });
        assert.deepEqual(made, { code: 0, said: "made /issues/9\n" });
        assert.deepEqual(calls()[1], [
            "POST /repos/o/r/issues",
            {
                title: "Drift: what runs differs from the stack files",
                labels: ["drift"],
                body: `${ISSUE}\nhome differs\n`,
            },
        ]);
        const same = await post("issue", `${ISSUE}\nhome differs\n`, github(), { [list]: [open] });
        assert.deepEqual(same, { code: 0, said: "unchanged: /issues/9\n" });

        const closed = await post("issue", "", github(), {
            [list]: [open],
            "POST /repos/o/r/issues/9/comments": {},
            "PATCH /repos/o/r/issues/9": {},
        });
        assert.deepEqual(closed, { code: 0, said: "closed /issues/9\n" });
        assert.deepEqual(calls().slice(1), [
            [
                "POST /repos/o/r/issues/9/comments",
                { body: "Nothing differs any more: every stack was compared." },
            ],
            ["PATCH /repos/o/r/issues/9", { state: "closed", state_reason: "completed" }],
        ]);
        const nothing = await post("issue", "", github(), { [list]: [] });
        assert.deepEqual(nothing, { code: 0, said: "nothing to tell\n" });
    });

    it("does the same on GitLab", async () => {
        const me = { "GET /user": { username: "bot" } };
        const author = { author: { username: "bot" } };
        const notes = "/projects/42/merge_requests/7/notes";
        const comment = await post("comment", `${COMMENT}\nnew`, gitlab(), {
            ...me,
            [`GET ${notes}?per_page=100&page=1`]: [{ id: 5, body: `${COMMENT}\nold`, ...author }],
            [`PUT ${notes}/5`]: {},
        });
        assert.deepEqual(comment, { code: 0, said: "updated /merge_requests/7/notes/5\n" });
        assert.deepEqual(calls()[2], [`PUT ${notes}/5`, { body: `${COMMENT}\nnew` }]);
        assert.deepEqual([...new Set(requests.map(({ token }) => token))], ["t0ken"]);

        const list = "GET /projects/42/issues?state=opened&labels=drift&per_page=100&page=1";
        const made = await post("issue", `${ISSUE}\nhome differs`, gitlab(), {
            ...me,
            [list]: [],
            "POST /projects/42/issues": { iid: 3, id: 1003 },
        });
        assert.deepEqual(made, { code: 0, said: "made /issues/3\n" });
        assert.deepEqual(calls()[2]![1], {
            title: "Drift: what runs differs from the stack files",
            labels: "drift",
            description: `${ISSUE}\nhome differs`,
        });
        const closed = await post("issue", "", gitlab(), {
            ...me,
            [list]: [{ iid: 3, id: 1003, description: `${ISSUE}\nhome differs`, ...author }],
            "POST /projects/42/issues/3/notes": {},
            "PUT /projects/42/issues/3": {},
        });
        assert.deepEqual(closed, { code: 0, said: "closed /issues/3\n" });
        assert.deepEqual(calls()[3], ["PUT /projects/42/issues/3", { state_event: "close" }]);
    });

    it("says in one line what was refused or is missing, and never the token", async () => {
        const refused = await post("comment", "x", github(), {});
        assert.deepEqual(refused, {
            code: 1,
            said: `post.mjs: GET ${address()}/repos/o/r/issues/7/comments?per_page=100&page=1: 403 {"message":"not accessible"}\n`,
        });
        const without = { ...github(), GITHUB_TOKEN: "" };
        assert.deepEqual(await post("comment", "x", without, {}), {
            code: 1,
            said: "post.mjs: GITHUB_TOKEN is not set\n",
        });
        assert.deepEqual(await post("letter", "x", github(), {}), {
            code: 1,
            said: "post.mjs: post.mjs comment|issue FILE\n",
        });
        const silent = await post(
            "comment",
            "x",
            { ...github(), GITHUB_API_URL: "http://127.0.0.1:9" },
            {},
        );
        assert.equal(silent.code, 1);
        assert.match(silent.said, /^post\.mjs: (fetch failed|bad port).*\n$/);
    });
});
