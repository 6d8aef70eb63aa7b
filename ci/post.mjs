#!/usr/bin/env node
// post.mjs comment FILE: puts the text on the pull or merge request of this run, in place of the
//                        comment of an earlier run.
// post.mjs issue FILE:   puts the text into the open issue about drift, or into a new one; an empty
//                        text closes the open one.
// On GitHub with GITHUB_TOKEN, and for a comment NUMBER of the pull request; on GitLab with
// GITLAB_TOKEN. Needs no package, so that the job with the right to write installs none.
import { readFileSync } from "node:fs";

const env = process.env;
const TITLE = "Drift: what runs differs from the stack files";
const MARKS = {
    comment: "<!-- metallb-pfsense: preview -->",
    issue: "<!-- metallb-pfsense: drift -->",
};

/** Where comments and issues of this run are, and what their fields are called. */
const forges = {
    github: {
        url: `${env.GITHUB_API_URL}/repos/${env.GITHUB_REPOSITORY}`,
        headers: () => ({ authorization: `Bearer ${given("GITHUB_TOKEN")}` }),
        me: async () => "github-actions[bot]",
        authorOf: ({ user }) => user?.login,
        update: "PATCH",
        comment: () => ({
            list: `/issues/${given("NUMBER")}/comments?`,
            make: `/issues/${given("NUMBER")}/comments`,
            at: ({ id }) => `/issues/comments/${id}`,
            text: "body",
        }),
        issue: () => ({
            list: "/issues?state=open&labels=drift&",
            make: "/issues",
            at: ({ number }) => `/issues/${number}`,
            comments: ({ number }) => `/issues/${number}/comments`,
            text: "body",
            labels: ["drift"],
            close: { state: "closed", state_reason: "completed" },
        }),
    },
    gitlab: {
        url: `${env.CI_API_V4_URL}/projects/${env.CI_PROJECT_ID}`,
        headers: () => ({ "private-token": given("GITLAB_TOKEN") }),
        me: async () => (await call("GET", `${env.CI_API_V4_URL}/user`)).username,
        authorOf: ({ author }) => author?.username,
        update: "PUT",
        comment: () => ({
            list: `/merge_requests/${given("CI_MERGE_REQUEST_IID")}/notes?`,
            make: `/merge_requests/${given("CI_MERGE_REQUEST_IID")}/notes`,
            at: ({ id }) => `/merge_requests/${given("CI_MERGE_REQUEST_IID")}/notes/${id}`,
            text: "body",
        }),
        issue: () => ({
            list: "/issues?state=opened&labels=drift&",
            make: "/issues",
            at: ({ iid }) => `/issues/${iid}`,
            comments: ({ iid }) => `/issues/${iid}/notes`,
            text: "description",
            labels: "drift",
            close: { state_event: "close" },
        }),
    },
};
const forge = env.GITLAB_CI === "true" ? forges.gitlab : forges.github;

function given(name) {
    if (!env[name]) throw new Error(`${name} is not set`);
    return env[name];
}

async function call(method, address, body) {
    const url = address.startsWith("/") ? forge.url + address : address;
    const headers = { ...forge.headers(), "content-type": "application/json" };
    const answer = await fetch(url, { method, headers, body: body && JSON.stringify(body) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${text.slice(0, 500)}`);
    return JSON.parse(text);
}

/** The entry that an earlier run has made: anybody may write the mark, so the author counts, too. */
async function earlier({ list, text }, mark) {
    const me = await forge.me();
    for (let page = 1; ; page++) {
        const entries = await call("GET", `${list}per_page=100&page=${page}`);
        const found = entries.find(
            (entry) => forge.authorOf(entry) === me && entry[text]?.startsWith(mark),
        );
        if (found || entries.length < 100) return found;
    }
}

async function main([kind, file]) {
    if (!(kind in MARKS) || file === undefined) throw new Error("post.mjs comment|issue FILE");
    const where = forge[kind]();
    const content = readFileSync(file, "utf8");
    const found = await earlier(where, MARKS[kind]);
    if (content.trim() === "") {
        if (!found) return "nothing to tell";
        const last = "Nothing differs any more: every stack was compared.";
        await call("POST", where.comments(found), { body: last });
        await call(forge.update, where.at(found), where.close);
        return `closed ${where.at(found)}`;
    }
    const body = { [where.text]: content };
    if (found) {
        if (found[where.text].trim() === content.trim()) return `unchanged: ${where.at(found)}`;
        await call(forge.update, where.at(found), body);
        return `updated ${where.at(found)}`;
    }
    const titled = kind === "issue" ? { title: TITLE, labels: where.labels } : {};
    return `made ${where.at(await call("POST", where.make, { ...titled, ...body }))}`;
}

main(process.argv.slice(2)).then(console.log, (error) => {
    const { message, cause } = error;
    console.error(`post.mjs: ${message}${cause?.message ? `: ${cause.message}` : ""}`);
    process.exitCode = 1;
});
