#!/usr/bin/env bash
# comment.sh OUT: prints the comment for a change, of what check.sh, render-diff.sh and preview.sh
# have left in OUT. RUN_URL and COMMIT name the run and the commit in it.
. "$(dirname "$0")/common.sh"
out=$1
mkdir -p "$out"
stacks=$(find "$out" -mindepth 1 -maxdepth 1 -type d -printf '%f\n' | LC_ALL=C sort)
# GitHub takes 65536 characters; each stack has three parts, and the check two.
part=$((56000 / (3 * $(wc -w <<< "$stacks") + 2)))
scratch=$(mktemp)
trap 'rm -f "$scratch"' EXIT

printf '<!-- metallb-pfsense: preview -->\n'
printf '## What %s does\n\n' "${COMMIT:+commit }${COMMIT:-this change}"

printf '### The stack files\n\n'
if [ -s "$out/check.txt" ]; then
    grep -E '^(error: |Stack .*\.$)' "$out/check.txt" > "$scratch" || cp "$out/check.txt" "$scratch"
    fenced text "$scratch" "$part"
    printf '\n'
    folded 'What they describe, with every warning' text "$out/check.txt" "$part"
else
    printf 'They were not checked; %s says why.\n\n' "$(run_link)"
fi

for stack in $stacks; do
    of="$out/$stack"
    printf '### Stack %s\n\n' "$stack"
    if [ -s "$of/render.note" ]; then
        cat "$of/render.note"
        printf '\n'
    fi

    if [ -s "$of/preview.note" ]; then
        cat "$of/preview.note"
        printf '\n'
    elif [ -e "$of/preview.code" ]; then
        code=$(cat "$of/preview.code")
        # What the program and the firewalls say, without the steps above it and the outputs below.
        awk '/^[A-Z][a-z]+:$/ { on = /^(Diagnostics|Resources|Policies):$/ }
            on && !NF { blank = blank "\n" }
            on && NF { printf "%s%s\n", blank, $0; blank = "" }' "$of/preview.txt" > "$scratch"
        if [ "$code" -ne 0 ] || [ ! -s "$scratch" ]; then cp "$of/preview.txt" "$scratch"; fi
        case $code in
            0) ;;
            6) printf 'The preview failed: the stack is not made yet (`pulumi stack init %s`).\n\n' "$stack" ;;
            *) printf 'The preview failed (exit code %s).\n\n' "$code" ;;
        esac
        fenced text "$scratch" "$part"
        printf '\n'
        [ "$code" -ne 0 ] || folded 'The whole preview' text "$of/preview.txt" "$part"
    elif [ -e "Pulumi.$stack.yaml" ]; then
        printf 'No preview in this run; one of a fork has none.\n\n'
    fi

    if [ -s "$of/render.diff" ]; then
        files=$(grep -c '^diff --git' "$of/render.diff")
        folded "Rendered files that differ: $files" diff "$of/render.diff" "$part"
    elif [ -e "$of/render.diff" ]; then
        printf 'Of the rendered files none differs.\n\n'
    fi
done
printf 'All of it is in the files of %s.\n' "$(run_link)"
