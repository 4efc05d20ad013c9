#!/bin/sh
# SPDX-License-Identifier: MIT
# same-bits.sh BUILD... - run every conf/*.ini in the first build tree with 1, 2
# and 5 threads, in each other with 2 or 5 (by turns), and compare all files that a run promises to be the same, byte
# for byte.  Configurations that name data files run if MESA_DATA_DIR has them.
set -eu
MESA_GNUPLOT=
export MESA_GNUPLOT
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
. "$here/cli/experiments.sh"
files="config.ini metrics.csv compare.csv summary.json predictions.csv
model.safetensors sampler.safetensors init.safetensors loss.safetensors
adaptation.csv landscape.csv queries.csv trajectory.csv"
compared=0 different=0
mkdir "$work/made" && (cd "$work/made" && make_npy example.npy)

# try_runs CONF BUILD...: one experiment; the first run is what others must equal.
try_runs() {
    conf=$1
    first=$work/$(basename "$conf" .ini)
    shift
    wanted='1 2 5'
    for build in "$@"; do
        [ -z "$(lacks "$build/mesa-core" "$conf")" ] || continue
        for threads in $wanted; do
            out=$first
            [ ! -e "$first" ] || out=$work/again
            rm -rf "$work/again"
            # No file has a blank in its name here.
            # shellcheck disable=SC2046
            "$build/mesa-core" -q -c "$conf" --threads $threads \
                --set "run.output=$out" \
                $(sed 's/^/--set /' "$work/options") >/dev/null
            [ "$out" != "$first" ] || continue
            for file in $files $(cd "$first" && ls plots/*.csv); do
                [ -e "$first/$file" ] || [ -e "$out/$file" ] || continue
                compared=$((compared + 1))
                cmp "$first/$file" "$out/$file" || different=$((different + 1))
            done
        done
        case $wanted in *2) wanted=5 ;; *) wanted=2 ;; esac
    done
}

for conf in $(experiments "$here/../conf"); do
    experiment_options "$conf" "$work/made" "$work" >"$work/options"
    if ! grep -q '^missing' "$work/options"; then
        try_runs "$conf" "$@"
    fi
done
echo "$compared files compared, $different different"
[ "$compared" -gt 0 ] && [ "$different" = 0 ]
