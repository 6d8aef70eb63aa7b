#!/usr/bin/env bash
# drift.sh OUT: compares every stack whose file is complete with its cluster and firewalls. Where the
# stack file says `ci:drift: mend`, a difference is put right by an up. Exit code 0 when every stack
# was compared, whether it differs or not; 1 when one could not be compared, or not be mended.
. "$(dirname "$0")/common.sh"
out=$1
mkdir -p "$out"
forget_empty
use_kubeconfig_text

# By these a preview says that it has not looked at one end, which is no error of a preview.
unasked='could not be asked what this would do to it|The cluster of context .* is unreachable'

stacks=$(stack_states)
failed=0
while read -r stack state drift; do
    if [ -z "$stack" ] || [ "$state" = unfinished ]; then continue; fi
    to="$out/$stack"
    mkdir -p "$to"
    if [ "$state" = wrong ]; then
        echo "The stack file has errors: npm run check -- $stack" > "$to/drift.txt"
        found=failed
    else
        code=0
        pulumi preview --stack "$stack" --refresh --expect-no-changes --diff \
            --non-interactive --color never --suppress-progress \
            > "$to/drift.txt" 2>&1 < /dev/null || code=$?
        # Exit code 7: it was expected that nothing changes, and something would.
        case $code in
            0) if grep -Eq "$unasked" "$to/drift.txt"; then found=failed; else found=none; fi ;;
            7) found=differs ;;
            *) found=failed ;;
        esac
    fi
    if [ "$found $drift" = "differs mend" ]; then
        code=0
        printf '\npulumi up, as %s says in its file:\n\n' "$stack" >> "$to/drift.txt"
        pulumi up --yes --stack "$stack" --refresh \
            --non-interactive --color never --suppress-progress \
            >> "$to/drift.txt" 2>&1 < /dev/null || code=$?
        if [ "$code" -eq 0 ]; then found=mended; else found=failed; fi
    fi
    echo "$found" > "$to/drift.state"
    printf '%s: %s\n' "$stack" "$found"
    cat "$to/drift.txt"
    [ "$found" != failed ] || failed=1
done <<< "$stacks"
# Without it nobody may conclude from missing files that nothing differs.
touch "$out/compared"
exit "$failed"
