# SPDX-License-Identifier: MIT
# experiments.sh - how conf/*.ini are run where their data lie elsewhere.
#
# Experiments that need files take them from the folder MESA_DATA_DIR.  Two
# repeats are enough to see that one runs.

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
# find_data INI PATH MADE: the file that `key = path` of an INI names: beside the INI, or in
# MESA_DATA_DIR, with or without its folder, or in a folder MADE.
find_data() {
    for candidate in "$(dirname "$1")/$2" "${MESA_DATA_DIR:-/nonexistent}/$2" \
        "${MESA_DATA_DIR:-/nonexistent}/$(basename "$2")" "$3/$2"; do
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

# experiment_options INI MADE RUNS: what --set needs for it to run, a line
# each, or "missing FILE".  MADE has files made for it, RUNS the folders that
# other experiments have left.
experiment_options() {
    data_keys "$1" | while read -r key path; do
        if found=$(find_data "$1" "$path" "$2"); then
            echo "$key=$found"
        else
            echo "missing $path"
        fi
    done
    awk '/^\[/ { section = substr($1, 2, length($1) - 2) }
        /^state *=/ { sub(/^[^=]*= */, ""); print section " " $0 }' "$1" |
        while read -r section state; do
            echo "$section.state=$3/$(basename "${state%/*}")/${state##*/}"
        done
    if grep -q '^repeats' "$1"; then
        echo "evaluate.repeats=2"
    fi
    if grep -q '^iterations' "$1"; then
        # Enough to come from one loop into the other.
        echo metalearner.iterations=60
        # No more tests than there are.
        grep -q '^\[environment\]' "$1" || awk '
            /^eval_tasks *=/ { sub(/^[^=]*= */, ""); n = $1 }
            END { if (n == "" || n > 60) print "metalearner.eval_tasks=60" }' \
            "$1"
    fi
}

# lacks PROGRAM INI: the plugin of an INI that PROGRAM was built without, of
# those that need a library of others.
lacks() {
    for plugin in estimator/xgboost sampler/svm_smote; do
        if grep -q "^type *= *${plugin#*/}\$" "$2" &&
            ! "$1" --describe $plugin >/dev/null 2>&1; then
            echo "$plugin"
        fi
    done
}

# experiments FOLDER: its INI files; those that start from what another has
# learnt come last.
experiments() {
    grep -L '^state *=' "$1"/*.ini
    grep -l '^state *=' "$1"/*.ini
}
