#!/usr/bin/env bash
# What the linters say of the workflows, of GitLab's file and of the scripts that both call. actionlint
# is built from its Go module, and runs shellcheck over the steps itself; gitlab-ci-local judges by
# GitLab's own JSON schema and resolves what jobs extend and need, without GitLab.
set -euo pipefail
cd "$(dirname "$0")/../.."
shellcheck ci/*.sh test/ci/lint.sh
go run github.com/rhysd/actionlint/cmd/actionlint@v1.7.12 -color=false

# It wants a newer Node than the oldest one here, a repository, and a folder of its own beside it.
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
git init --quiet "$scratch"
mkdir "$scratch/ci"
cp ci/gitlab.yml "$scratch/ci/"
node=node-linux-$(node -p process.arch)@26.10.0
for source in merge_request_event schedule; do
    # The words of a pipeline that its rules let through: a project's own, on its default branch.
    # shellcheck disable=SC2016 # for the shell inside
    npm exec --yes --package="$node" --package=gitlab-ci-local@4.75.1 -- \
        sh -c 'cd "$1" && shift && exec node "$(command -v gitlab-ci-local)" "$@"' lint "$scratch" --file ci/gitlab.yml --list \
        --variable "CI_PIPELINE_SOURCE=$source" --variable CI_COMMIT_BRANCH=main --variable CI_DEFAULT_BRANCH=main \
        --variable CI_MERGE_REQUEST_SOURCE_PROJECT_ID=1 --variable CI_MERGE_REQUEST_PROJECT_ID=1 \
        > "$scratch/$source" 2>&1 || { cat "$scratch/$source" >&2; exit 1; }
    case $source in schedule) first=drift last=report ;; *) first=check last=comment ;; esac
    for job in "$first" "$last"; do
        grep -q "^metallb-pfsense:$job " "$scratch/$source" \
            || { echo "a $source has no job $job:"; cat "$scratch/$source"; exit 1; } >&2
    done
done
echo "shellcheck, actionlint and gitlab-ci-local: nothing to say"
