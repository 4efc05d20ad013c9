#!/bin/sh
# SPDX-License-Identifier: MIT
# conf.sh - every conf/*.ini runs.
#
# Experiments that need files take them from the folder MESA_DATA_DIR, and
# are skipped without it.  Two repeats and a few steps are enough to see that
# one runs.  Those that start from what another has learnt come last.
. "$(dirname "$0")/lib.sh"
. "$top_srcdir/tests/cli/experiments.sh"

(cd "$work/log" && make_npy example.npy)

# try_conf INI
try_conf() {
    ini=$1
    conf=$(basename "$ini" .ini)
    experiment_options "$ini" "$work/log" . >"$work/log/options"
    missing=$(sed -n 's/^missing //p' "$work/log/options" | head -n 1)
    if [ -n "$missing" ]; then
        skip "$conf" "no $missing; set MESA_DATA_DIR"
        return
    fi
    missing=$(lacks "$program" "$ini")
    if [ -n "$missing" ]; then
        skip "$conf" "built without $missing"
        return
    fi
    set -- -c "$ini" -q --set "run.output=$conf"
    while read -r option; do
        set -- "$@" --set "$option"
    done <"$work/log/options"
    if grep -q '^update_steps' "$ini"; then
        # Enough for a sampler to have learnt something.
        set -- "$@" --set metalearner.update_steps=40 \
            --set metalearner.start_steps=80
    fi
    exits "$conf passes --check" 0 "$@" --check
    exits "$conf runs" 0 "$@"
    check "$conf prints a table" test -s "$out"
    exits "$conf: its config.ini runs" 0 -c "$conf/config.ini" -q \
        --set run.output="$conf.again"
    # A comparison leaves no model and predicts nothing.
    if [ -e "$conf/compare.csv" ]; then
        compared='config.ini metrics.csv summary.json compare.csv'
    elif [ -e "$conf/init.safetensors" ]; then
        # Tasks have models of their own, which are not left.
        compared='config.ini metrics.csv summary.json init.safetensors'
    elif [ -e "$conf/loss.safetensors" ]; then
        compared='config.ini metrics.csv summary.json loss.safetensors'
    else
        compared=$all_compared
    fi
    for more in adaptation.csv curves.csv landscape.csv queries.csv \
        trajectory.csv; do
        [ ! -e "$conf/$more" ] || compared="$compared $more"
    done
    same_bytes "$conf: its config.ini gives the same bytes" "$conf" \
        "$conf.again"
}

all_compared=$compared
for ini in $(experiments "$top_srcdir/conf"); do
    try_conf "$ini"
done
finish
