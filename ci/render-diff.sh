#!/usr/bin/env bash
# render-diff.sh BASE OUT: what differs in the files that every stack is rendered to, between the
# commit BASE and this checkout. Each side is rendered by its own program, so that a change of the
# program shows as well. Exit code 0, also where a stack file cannot be rendered: that is a note.
. "$(dirname "$0")/common.sh"
base=$1
mkdir -p "$2"
out=$(cd "$2" && pwd)
git rev-parse --verify --quiet "$base^{commit}" > /dev/null ||
    fail "$base is no commit of this clone; a deeper one has it (fetch-depth, GIT_DEPTH)"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/tree" "$work/a" "$work/b"
git archive "$base" | tar -x -C "$work/tree"
if cmp -s package-lock.json "$work/tree/package-lock.json"; then
    ln -s "$PWD/node_modules" "$work/tree/node_modules"
else
    (cd "$work/tree" && npm ci --ignore-scripts --loglevel=notice --no-audit --no-fund)
fi

# render TREE SIDE STACK: an empty folder where there is no such stack, and where it fails.
render() {
    local to="$work/$2/$3" said
    mkdir -p "$to"
    [ -e "$1/Pulumi.$3.yaml" ] || return 0
    if ! said=$(cd "$1" && npm run -s render -- "$3" --out "$to" 2>&1); then
        rm -rf "${to:?}"/*
        printf '%s\n' "$said" > "$work/$2/$3.note"
    fi
    rm -f "$to/.rendered"
}

stacks=$({ stack_names "$work/tree" && stack_names .; } | sort -u)
for stack in $stacks; do
    render "$work/tree" a "$stack"
    render "$PWD" b "$stack"
    mkdir -p "$out/$stack"
    to="$out/$stack"
    {
        [ -e "Pulumi.$stack.yaml" ] ||
            printf 'Its file is removed. What it has made stays until `pulumi destroy --stack %s`, which needs the file.\n' "$stack"
        [ ! -e "$work/a/$stack.note" ] || printf 'The old file could not be rendered.\n'
        [ ! -e "$work/b/$stack.note" ] || printf 'The new file cannot be rendered: see the check.\n'
    } > "$to/render.note"
    if [ -e "$work/b/$stack.note" ]; then
        printf '%s: cannot be rendered\n' "$stack"
        continue
    fi
    (cd "$work" && git diff --no-index --no-color --no-ext-diff --no-prefix "a/$stack" "b/$stack") \
        > "$to/render.diff" || [ "$?" -eq 1 ]
    printf '%s: %s files differ\n' "$stack" "$(grep -c '^diff --git' "$to/render.diff" || true)"
done
