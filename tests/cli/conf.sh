#!/bin/sh
# SPDX-License-Identifier: MIT
# conf.sh - every conf/*.ini runs.
#
# Experiments that need files take them from the folder MESA_DATA_DIR, and
# are skipped without it.  Two repeats and a few steps are enough to see that
# one runs.  Those that start from what another has learnt come last.
. "$(dirname "$0")/lib.sh"

# An array of bytes for npy: a row of x, y and a label, which is mostly 1.
make_npy() {
    awk 'BEGIN {
        rows = 300
        header = "{\047descr\047: \047|u1\047, " \
            "\047fortran_order\047: False, \047shape\047: (" rows ", 3), }"
        s = 1
        for (i = 0; i < rows; i++)
            for (j = 0; j < 3; j++) {
                s = (s * 69069 + 1) % 16777216
                rare = i % 8 == 0
                body = body sprintf("%c", j == 2 ? 1 + rare \
                    : 1 + int(s / 16777216 * 80) + 40 * rare)
            }
        printf "%c", length(header) >"length"
        printf "%s%s", header, body
    }' >body
    { printf '\223NUMPY\001\000' && cat length && printf '\000' &&
        cat body; } >"$1"
}
(cd "$work/log" && make_npy example.npy)

# The file that `key = path` of an INI names: beside the INI, or in
# MESA_DATA_DIR, with or without its folder.
find_data() {
    for candidate in "$(dirname "$1")/$2" "${MESA_DATA_DIR:-/nonexistent}/$2" \
        "${MESA_DATA_DIR:-/nonexistent}/$(basename "$2")" "$work/log/$2"; do
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
