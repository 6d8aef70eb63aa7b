#!/usr/bin/env bash
# issue.sh OUT: prints the issue for what drift.sh has left in OUT; nothing where nothing is to be
# done by a person.
. "$(dirname "$0")/common.sh"
out=$1
[ -e "$out/compared" ] || fail "drift.sh did not run to its end; the issue stays as it is"
stacks=$(grep -lE '^(differs|failed)$' "$out"/*/drift.state 2> /dev/null || true)
[ -n "$stacks" ] || exit 0
part=$((56000 / $(wc -w <<< "$stacks")))

printf '<!-- metallb-pfsense: drift -->\n'
for file in $stacks; do
    of=$(dirname "$file")
    stack=$(basename "$of")
    if [ "$(cat "$file")" = differs ]; then
        printf '### Stack %s differs\n\n' "$stack"
        printf 'Was the change wanted? Then write it into `Pulumi.%s.yaml`. Otherwise `pulumi up --refresh --stack %s` takes it back. A change that was merged and not applied yet is a difference, too.\n\n' "$stack" "$stack"
    else
        printf '### Stack %s could not be compared, or not be mended\n\n' "$stack"
    fi
    fenced text "$of/drift.txt" "$part"
    printf '\n'
done
printf 'Found by %s. With `ci:drift: mend` in its file a stack is put right without an issue.\n' "$(run_link)"
