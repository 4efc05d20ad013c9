#!/bin/sh
# SPDX-License-Identifier: MIT
# conf.sh - every conf/*.ini runs.
#
# Experiments that need files take them from the folder MESA_DATA_DIR, and
# are skipped without it.  Two repeats and a few steps are enough to see that
# one runs.  Those that start from what another has learnt come last.
. "$(dirname "$0")/lib.sh"

# The file that `key = path` of an INI names: beside the INI, or in
# MESA_DATA_DIR, with or without its folder.
find_data() {
    for candidate in "$(dirname "$1")/$2" "${MESA_DATA_DIR:-/nonexistent}/$2" \
        "${MESA_DATA_DIR:-/nonexistent}/$(basename "$2")"; do
        if [ -f "$candidate" ]; then
            echo "$candidate"
            return
        fi
    done
    return 1
}

# The keys of an INI that name data files: "SECTION.KEY PATH".
data_keys() {
    awk '/^\[/ { section = substr($1, 2, length($1) - 2) }
        /^(file|train|valid|test) *=/ {
            key = $1; sub(/=.*/, "", key)
            sub(/^[^=]*= */, ""); print section "." key " " $0
        }' "$1"
}

# try_conf INI
try_conf() {
    ini=$1
    conf=$(basename "$ini" .ini)
    set -- -c "$ini" -q --set "run.output=$conf"
    missing=
    data_keys "$ini" >"$work/log/keys"
    while read -r key path; do
        if found=$(find_data "$ini" "$path"); then
            set -- "$@" --set "$key=$found"
        else
            missing=$path
        fi
    done <"$work/log/keys"
    # A state is what another of these runs has left.
    state=$(sed -n 's/^state *= *//p' "$ini")
    if [ -n "$state" ]; then
        set -- "$@" --set \
            "sampler.state=$(basename "${state%/*}")/${state##*/}"
    fi
    if grep -q '^repeats' "$ini"; then
        set -- "$@" --set evaluate.repeats=2
    fi
    # Enough for a sampler to have learnt something.
    if grep -q '^update_steps' "$ini"; then
        set -- "$@" --set metalearner.update_steps=40 \
            --set metalearner.start_steps=80
    fi
    if [ -n "$missing" ]; then
        skip "$conf" "no $missing; set MESA_DATA_DIR"
        return
    fi
    exits "$conf passes --check" 0 "$@" --check
    exits "$conf runs" 0 "$@"
    check "$conf prints a table" test -s "$out"
    exits "$conf: its config.ini runs" 0 -c "$conf/config.ini" -q \
        --set run.output="$conf.again"
    # A comparison leaves no model and predicts nothing.
    if [ -e "$conf/compare.csv" ]; then
        compared='config.ini metrics.csv summary.json compare.csv'
    else
        compared=$all_compared
    fi
    same_bytes "$conf: its config.ini gives the same bytes" "$conf" \
        "$conf.again"
}

all_compared=$compared
for ini in "$top_srcdir"/conf/*.ini; do
    grep -q '^state *=' "$ini" || try_conf "$ini"
done
for ini in "$top_srcdir"/conf/*.ini; do
    ! grep -q '^state *=' "$ini" || try_conf "$ini"
done
finish
