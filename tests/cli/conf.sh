#!/bin/sh
# SPDX-License-Identifier: MIT
# conf.sh - every conf/*.ini runs.
#
# Experiments that need files take them from the folder MESA_DATA_DIR, and
# are skipped without it.  Two repeats and a few steps are enough to see that
# one runs.
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

for ini in "$top_srcdir"/conf/*.ini; do
    conf=$(basename "$ini" .ini)
    set -- -c "$ini" -q --set "run.output=$conf"
    missing=
    for key in file train valid test; do
        path=$(sed -n '/^\[data\]/,/^\[[^d]/s/^'"$key"' *= *//p' "$ini")
        [ -n "$path" ] || continue
        if found=$(find_data "$ini" "$path"); then
            set -- "$@" --set "data.$key=$found"
        else
            missing=$path
        fi
    done
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
        continue
    fi
    exits "$conf passes --check" 0 "$@" --check
    exits "$conf runs" 0 "$@"
    check "$conf prints a table" test -s "$out"
    exits "$conf: its config.ini runs" 0 -c "$conf/config.ini" -q \
        --set run.output="$conf.again"
    same_bytes "$conf: its config.ini gives the same bytes" "$conf" \
        "$conf.again"
done
finish
