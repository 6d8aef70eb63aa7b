import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { accessSync, constants, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

const ROOT = join(__dirname, "..", "..");
const text = (path: string) => readFileSync(join(ROOT, path), "utf8");

interface Step {
    readonly uses?: string;
    readonly run?: string;
    readonly with?: Readonly<Record<string, unknown>>;
    readonly env?: Readonly<Record<string, string>>;
}
interface Job {
    readonly if?: string;
    readonly environment?: string;
    readonly permissions?: Readonly<Record<string, string>>;
    readonly steps: readonly Step[];
}
interface Workflow {
    readonly on: Readonly<Record<string, unknown>>;
    readonly permissions: object;
    readonly jobs: Readonly<Record<string, Job>>;
}
const github = (name: string) => parse(text(`.github/workflows/${name}.yml`)) as Workflow;

interface GitlabJob {
    readonly rules: readonly { readonly if: string; readonly when?: string }[];
    readonly environment?: { readonly name: string; readonly action: string };
    readonly script: readonly string[];
}
const gitlab = () => {
    const { ".metallb-pfsense": base, ...jobs } = parse(text("ci/gitlab.yml")) as {
        ".metallb-pfsense": { readonly image: string };
    } & Readonly<Record<string, GitlabJob>>;
    return { base, jobs: jobs as Readonly<Record<string, GitlabJob>> };
};

const OWN_BRANCH = "github.event.pull_request.head.repo.full_name == github.repository";
const FIRST = "npm ci --loglevel=notice --no-audit --no-fund";

describe("the workflows of GitHub", () => {
    const names = ["preview", "drift"];
    const steps = (workflow: Workflow) => Object.values(workflow.jobs).flatMap((job) => job.steps);

    it("run on pull requests without the target's rights, and by schedule", () => {
        assert.deepEqual(github("preview").on, { pull_request: null });
        assert.deepEqual(Object.keys(github("drift").on), ["schedule", "workflow_dispatch"]);
    });

    it("give every job the least rights, its environment and its guard", () => {
        const of = (name: string) =>
            Object.fromEntries(
                Object.entries(github(name).jobs).map(
                    ([job, { permissions, environment, ...of }]) => [
                        job,
                        { permissions, environment, if: of.if },
                    ],
                ),
            );
        for (const name of names) assert.deepEqual(github(name).permissions, {});
        assert.deepEqual(of("preview"), {
            check: { permissions: { contents: "read" }, environment: undefined, if: undefined },
            preview: {
                permissions: { contents: "read" },
                environment: "preview",
                if: OWN_BRANCH,
            },
            comment: {
                permissions: { contents: "read", "pull-requests": "write" },
                environment: undefined,
                if: `\${{ !cancelled() && ${OWN_BRANCH} }}`,
            },
        });
        assert.deepEqual(of("drift"), {
            compare: {
                permissions: { contents: "read" },
                environment: "drift",
                if: "github.event_name == 'schedule' || github.ref_name == github.event.repository.default_branch",
            },
            report: {
                permissions: { contents: "read", issues: "write" },
                environment: undefined,
                if: "${{ !cancelled() && needs.compare.result != 'skipped' }}",
            },
        });
    });

    it("hand secrets to the scripts that need them alone, in jobs with a guard", () => {
        const secrets = ["PULUMI_ACCESS_TOKEN", "PULUMI_CONFIG_PASSPHRASE", "KUBECONFIG"];
        for (const [name, job, script] of [
            ["preview", "preview", "ci/preview.sh out"],
            ["drift", "compare", "ci/drift.sh out"],
        ] as const) {
            const named = JSON.stringify(github(name)).match(/secrets\.\w+/g);
            assert.deepEqual(
                named,
                secrets.map((secret) => `secrets.${secret}`),
            );
            const { env } = github(name).jobs[job]!.steps.find(({ run }) => run === script)!;
            assert.deepEqual(env, {
                PULUMI_BACKEND_URL: "${{ vars.PULUMI_BACKEND_URL }}",
                PULUMI_ACCESS_TOKEN: "${{ secrets.PULUMI_ACCESS_TOKEN }}",
                PULUMI_CONFIG_PASSPHRASE: "${{ secrets.PULUMI_CONFIG_PASSPHRASE }}",
                KUBECONFIG_TEXT: "${{ secrets.KUBECONFIG }}",
            });
            assert.match(github(name).jobs[job]!.if!, /github\./);
        }
    });

    it("keep no token in the clone, and take actions by commit", () => {
        for (const step of names.flatMap((name) => steps(github(name)))) {
            if (step.uses === undefined) continue;
            assert.match(step.uses, /^[a-z]+\/[a-z-]+@[0-9a-f]{40}$/);
            if (step.uses.startsWith("actions/checkout@"))
                assert.equal(step.with?.["persist-credentials"], false);
        }
        const versions = names.flatMap((name) =>
            [...text(`.github/workflows/${name}.yml`).matchAll(/uses: (\S+) # (v[\d.]+)$/gm)].map(
                ([, action, version]) => `${action} ${version}`,
            ),
        );
        const all = names.flatMap((name) => steps(github(name))).filter(({ uses }) => uses);
        assert.equal(versions.length, all.length);
        assert.equal(new Set(versions).size, new Set(all.map(({ uses }) => uses)).size);
    });

    it("put nothing that a stranger writes into a command", () => {
        for (const { run } of names.flatMap((name) => steps(github(name))))
            assert.doesNotMatch(run ?? "", /\$\{\{/);
    });
});

describe("the jobs of GitLab", () => {
    const own =
        '$CI_PIPELINE_SOURCE == "merge_request_event" && $CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_MERGE_REQUEST_PROJECT_ID';
    const schedule = '$CI_PIPELINE_SOURCE == "schedule" && $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH';

    it("have their secrets by environment, and none in a fork's merge request", () => {
        const { jobs } = gitlab();
        assert.deepEqual(
            Object.entries(jobs).map(([name, { rules, environment }]) => [
                name.replace("metallb-pfsense:", ""),
                environment?.name,
                rules,
            ]),
            [
                ["check", undefined, [{ if: '$CI_PIPELINE_SOURCE == "merge_request_event"' }]],
                ["preview", "preview", [{ if: own }]],
                ["comment", "report", [{ if: own, when: "always" }]],
                ["drift", "drift", [{ if: schedule }]],
                ["report", "report", [{ if: schedule, when: "always" }]],
            ],
        );
        for (const { environment } of Object.values(jobs))
            assert.equal(environment?.action ?? "access", "access");
    });
});

describe("both", () => {
    const commands = [
        ...["preview", "drift"].flatMap((name) =>
            Object.values(github(name).jobs).map(({ steps }) =>
                steps.flatMap(({ run }) => run ?? []),
            ),
        ),
        ...Object.values(gitlab().jobs).map(({ script }) => [...script]),
    ];

    it("call nothing but scripts that are there and can be run", () => {
        const called = commands.flat().filter((command) => command !== FIRST);
        const scripts = called.map((command) => command.split(" ")[0]!);
        for (const script of scripts) accessSync(join(ROOT, script), constants.X_OK);
        const all = readdirSync(join(ROOT, "ci")).filter((file) =>
            /^(?!common).*\.(sh|mjs)$/.test(file),
        );
        assert.deepEqual([...new Set(scripts)].sort(), all.map((file) => `ci/${file}`).sort());
    });

    it("take the same steps, and install no package where there is a right to write", () => {
        const bare = (list: readonly string[]) =>
            list.map((command) => command.replace(/"\$\w+"|HEAD\^1/, "BASE"));
        const [check, preview, comment, compare, report] = commands.slice(0, 5).map(bare);
        const summary = "ci/comment.sh out >> BASE";
        assert.deepEqual(
            check?.filter((command) => command !== summary),
            [FIRST, "ci/render-diff.sh BASE out", "ci/check.sh out"],
        );
        assert.deepEqual(preview, [FIRST, "ci/preview.sh out"]);
        assert.deepEqual(comment, [
            "ci/comment.sh out > comment.md",
            "ci/post.mjs comment comment.md",
        ]);
        assert.deepEqual(compare, [FIRST, "ci/drift.sh out"]);
        assert.deepEqual(report, ["ci/issue.sh out > issue.md", "ci/post.mjs issue issue.md"]);
        const ours = [
            check.filter((command) => command !== summary),
            preview,
            comment,
            compare,
            report,
        ];
        assert.deepEqual(commands.slice(5).map(bare), ours);
    });

    it("take the engine of the package's version", () => {
        const { dependencies } = JSON.parse(text("package.json")) as {
            dependencies: Record<string, string>;
        };
        const version = dependencies["@pulumi/pulumi"];
        for (const name of ["preview", "drift"]) {
            const [, pinned] = /pulumi-version: (\S+)/.exec(text(`.github/workflows/${name}.yml`))!;
            assert.equal(pinned, version);
        }
        assert.equal(gitlab().base.image, `pulumi/pulumi-nodejs-24:${version}`);
    });

    it("call scripts that bash can read", () => {
        for (const file of readdirSync(join(ROOT, "ci")).filter((name) => name.endsWith(".sh"))) {
            const { status, stderr } = spawnSync("bash", ["-n", join(ROOT, "ci", file)]);
            assert.equal(status, 0, String(stderr));
        }
    });
});
