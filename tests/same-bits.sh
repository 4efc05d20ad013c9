#!/bin/sh
# SPDX-License-Identifier: MIT
# same-bits.sh BUILD... - run every conf/*.ini in each build tree with 1, 2 and
# 5 threads, and compare all files that a run promises to be the same, byte
# for byte.  Configurations that name data files run if MESA_DATA_DIR has them.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
files="config.ini metrics.csv summary.json predictions.csv model.safetensors sampler.safetensors"
compared=0 different=0

# The options that point a configuration to its data; nothing if it needs none.
data_options() {
    for key in train valid test; do
        file=$(sed -n "s/^$key *= *mammography\///p" "$1")
        [ -n "$file" ] && echo "--set data.$key=$MESA_DATA_DIR/$file"
    done
    return 0
}

for conf in "$here"/conf/*.ini; do
    name=$(basename "$conf" .ini)
    options=
    if grep -q '= *mammography/' "$conf"; then
        [ -d "${MESA_DATA_DIR-}" ] || continue
        options=$(data_options "$conf")
    fi
    # A state is what another of these experiments has left.
    state=$(sed -n 's|^state *= *.*runs/||p' "$conf")
    [ -z "$state" ] || options="$options --set \
        sampler.state=$work/${state%%/*}/sampler.safetensors"
    first=
    for build in "$@"; do
        for threads in 1 2 5; do
            out=$work/$name-$(echo "$build" | tr / _)-$threads
            # shellcheck disable=SC2086 # options are several words
            "$build/mesa-core" -q -c "$conf" $options --threads $threads \
                --set "run.output=$out" >/dev/null
            if [ -z "$first" ]; then
                first=$out
                cp -R "$out" "$work/$name"
                continue
            fi
            for file in $files; do
                [ -e "$first/$file" ] || [ -e "$out/$file" ] || continue
                compared=$((compared + 1))
                if ! cmp "$first/$file" "$out/$file"; then
                    different=$((different + 1))
                fi
            done
        done
    done
done
echo "$compared files compared, $different different"
[ "$compared" -gt 0 ] && [ "$different" = 0 ]
