#!/usr/bin/env bash
# preview.sh OUT: previews every stack whose file is complete, by the policies of policy/, too; changes
# nothing. Exit code 0 when all of these previews were made and violate none, 1 otherwise.
. "$(dirname "$0")/common.sh"
out=$1
mkdir -p "$out"
forget_empty
use_kubeconfig_text

stacks=$(stack_states)
failed=0
while read -r stack state _; do
    [ -n "$stack" ] || continue
    to="$out/$stack"
    mkdir -p "$to"
    case $state in
        wrong) echo "Not previewed: its file has errors, see the check." > "$to/preview.note" ;;
        unfinished) echo "Not previewed: its file is still to be filled in, see the check." > "$to/preview.note" ;;
    esac
    if [ "$state" != ready ]; then
        printf '%s: %s\n' "$stack" "$(cat "$to/preview.note")"
        continue
    fi
    code=0
    pulumi preview --stack "$stack" --policy-pack policy --non-interactive --color never --suppress-progress \
        > "$to/preview.txt" 2>&1 < /dev/null || code=$?
    echo "$code" > "$to/preview.code"
    printf '%s: pulumi preview, exit code %s\n' "$stack" "$code"
    cat "$to/preview.txt"
    [ "$code" -eq 0 ] || failed=1
done <<< "$stacks"
exit "$failed"
