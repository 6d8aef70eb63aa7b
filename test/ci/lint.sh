#!/usr/bin/env bash
# What the linters say of the workflows and of the scripts they call. actionlint is built from its
# Go module, and runs shellcheck over the steps itself.
set -euo pipefail
cd "$(dirname "$0")/../.."
shellcheck ci/*.sh test/ci/lint.sh
go run github.com/rhysd/actionlint/cmd/actionlint@v1.7.12 -color=false
echo "actionlint and shellcheck: nothing to say"
