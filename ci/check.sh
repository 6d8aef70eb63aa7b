#!/usr/bin/env bash
# check.sh OUT: checks every stack file, also against one another. Exit code: that of the check.
. "$(dirname "$0")/common.sh"
out=$1
mkdir -p "$out"

code=0
npm run -s check > "$out/check.txt" 2>&1 || code=$?
cat "$out/check.txt"
exit "$code"
