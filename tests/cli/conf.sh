#!/bin/sh
# SPDX-License-Identifier: MIT
# conf.sh - every conf/*.ini runs, and leaves a report that can be looked at.
#
# Experiments that need files take them from the folder MESA_DATA_DIR, and
# are skipped without it.  Two repeats and a few steps are enough to see that
# one runs.  Those that start from what another has learnt come last.
. "$(dirname "$0")/lib.sh"
. "$top_srcdir/tests/cli/experiments.sh"
. "$top_srcdir/tests/cli/browser.sh"
command -v gnuplot >/dev/null && unset MESA_GNUPLOT
drawn=${MESA_GNUPLOT+no}
reports=

(cd "$work/log" && make_npy example.npy)

# check_report RUN: its pictures are drawn and well-formed, and in the page.
check_report() {
    sed -n 's/^[0-9]*,[0-9]*,\([a-z][a-z0-9_]*\),.*/\1/p' \
        "$1/plots/index.csv" >"$work/log/pictures"
    t_missing=
    while read -r t_name; do
        grep -q "id=\"picture-$t_name\"" "$1/report.html" &&
            { [ -n "$drawn" ] || [ -s "$1/plots/$t_name.svg" ]; } ||
            t_missing="$t_missing $t_name"
    done <"$work/log/pictures"
    [ -z "$t_missing" ] && [ -s "$work/log/pictures" ]
    result $? "$1: pictures and report" || echo "# missing:$t_missing"
    if [ -z "$drawn" ] && command -v xmllint >/dev/null; then
        check "$1: pictures are XML" xmllint --noout "$1"/plots/*.svg
    fi
    reports="$reports $1"
}

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
    check_report "$conf"
    MESA_GNUPLOT=
    export MESA_GNUPLOT
    exits "$conf: its config.ini runs" 0 -c "$conf/config.ini" -q \
        --set run.output="$conf.again"
    [ -n "$drawn" ] || unset MESA_GNUPLOT
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
    for more in "$conf"/plots/*.csv; do
        compared="$compared ${more#"$conf/"}"
    done
    same_bytes "$conf: its config.ini gives the same bytes" "$conf" \
        "$conf.again"
}

all_compared=$compared
for ini in $(experiments "$top_srcdir/conf"); do
    try_conf "$ini"
done
# No name has a blank in it here.
# shellcheck disable=SC2086
look_at $reports
# shellcheck disable=SC2086
take_screenshots $reports
finish
