# shellcheck shell=bash
# What the scripts of this folder share. They run on a CI system's machine, after `npm ci`, and pass
# what they find to one another as files of the folder OUT that each is called with:
#   OUT/check.txt                                     check.sh
#   OUT/<stack>/render.diff, render.note              render-diff.sh
#   OUT/<stack>/preview.txt, preview.code             preview.sh; preview.note in place of a preview
#   OUT/<stack>/drift.txt, drift.state                drift.sh: none, differs, mended or failed
#   OUT/compared                                      drift.sh, at its end
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

fail() {
    printf '%s: %s\n' "$(basename "$0")" "$1" >&2
    exit 1
}

# The stacks of a folder, by its files. Names become paths and headings, so that only the characters
# that Pulumi itself allows may pass.
stack_names() {
    local file name
    for file in "$1"/Pulumi.*.yaml; do
        [ -e "$file" ] || continue
        name=$(basename "$file" .yaml)
        name=${name#Pulumi.}
        [[ $name =~ ^[A-Za-z0-9_-][A-Za-z0-9_.-]*$ ]] ||
            fail "Pulumi.$name.yaml: a stack's name has letters, digits, - _ and . only"
        printf '%s\n' "$name"
    done
}

# Every stack with what stacks.ts says of it.
stack_states() {
    stack_names . > /dev/null
    node_modules/.bin/tsx ci/stacks.ts
}

# A CI system hands a secret that is not set over as an empty text, which Pulumi takes for a value.
forget_empty() {
    local name
    for name in PULUMI_ACCESS_TOKEN PULUMI_BACKEND_URL PULUMI_CONFIG_PASSPHRASE KUBECONFIG; do
        [ -n "${!name:-}" ] || unset "$name"
    done
}

# GitHub knows no files among its secrets: KUBECONFIG_TEXT is a kubeconfig's text.
use_kubeconfig_text() {
    [ -n "${KUBECONFIG_TEXT:-}" ] || return 0
    KUBECONFIG=$(mktemp)
    export KUBECONFIG
    trap 'rm -f "$KUBECONFIG"' EXIT
    printf '%s\n' "$KUBECONFIG_TEXT" > "$KUBECONFIG"
    unset KUBECONFIG_TEXT
}

# A fence that no line of the file can close.
fence() {
    local ticks
    ticks=$(grep -o '`\{3,\}' "$1" | sort | tail -n 1 || true)
    printf '%s' "${ticks:-\`\`}\`"
}

# fenced LANGUAGE FILE BYTES: the file as a block of Markdown, whole lines up to so many bytes.
fenced() {
    local marks total shown
    marks=$(fence "$2")
    total=$(awk 'END { print NR }' "$2")
    shown=$(LC_ALL=C awk -v limit="$3" '(size += length($0) + 1) > limit { exit } { n++ } END { print n + 0 }' "$2")
    printf '%s%s\n' "$marks" "$1"
    head -n "$shown" "$2"
    printf '%s\n' "$marks"
    [ "$shown" -eq "$total" ] || printf '\n%s of %s lines; the rest is in the files of %s.\n' "$shown" "$total" "$(run_link)"
}

# folded TITLE LANGUAGE FILE BYTES: the same, behind a title to be opened.
folded() {
    printf '<details><summary>%s</summary>\n\n' "$1"
    fenced "$2" "$3" "$4"
    printf '\n</details>\n\n'
}

run_link() {
    if [ -n "${RUN_URL:-}" ]; then printf '[this run](%s)' "$RUN_URL"; else printf 'this run'; fi
}
