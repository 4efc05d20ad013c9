# SPDX-License-Identifier: MIT
# lib.sh - what the command-line tests share: TAP, a scratch folder, data.
#
# A test sources this file, which leaves it in an empty folder of its own,
# calls the functions below, and ends with `finish`.  POSIX sh and coreutils
# only.  Run one by hand with: top_builddir=build tests/cli/usage.sh

set -u

top_srcdir=$(cd "${top_srcdir:-$(dirname "$0")/../..}" && pwd) || exit 99
top_builddir=$(cd "${top_builddir:-$top_srcdir/build}" && pwd) || exit 99
program=$top_builddir/mesa-core
# Libtool's script in front of it takes longer than most of what it runs.
if [ -x "$top_builddir/.libs/mesa-core" ]; then
    program=$top_builddir/.libs/mesa-core
    LD_LIBRARY_PATH=$top_builddir/.libs${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
    export LD_LIBRARY_PATH
fi
LC_ALL=C

# Pictures are for tests of their own.
MESA_GNUPLOT=
export LC_ALL MESA_GNUPLOT
unset NO_COLOR POSIXLY_CORRECT

if [ ! -x "$program" ]; then
    echo "1..0 # SKIP there is no $program"
    exit 0
fi

work=$(mktemp -d "${TMPDIR:-/tmp}/mesa-cli.XXXXXX") || exit 99
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
mkdir "$work/log" "$work/run" && cd "$work/run" || exit 99
out=$work/log/out
err=$work/log/err
tests=0 # variables of the functions below start with t_

mesa() { "$program" "$@" >"$out" 2>"$err"; }

# The program itself where libtool has put a script in front of it, which
# has files of its own open.
bare() {
    if [ -x "$top_builddir/.libs/mesa-core" ]; then
        LD_LIBRARY_PATH=$top_builddir/.libs "$top_builddir/.libs/mesa-core" \
            "$@"
    else
        "$program" "$@"
    fi
}

# result STATUS NAME: one TAP line; 0 is success.
result() {
    tests=$((tests + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $tests - $2"
    else
        echo "not ok $tests - $2"
    fi
    return "$1"
}

# skip NAME REASON
skip() {
    tests=$((tests + 1))
    echo "ok $tests - $1 # SKIP $2"
}

diagnose() { sed 's/^/# /' "$@"; }

# check NAME COMMAND...: the command succeeds.
check() {
    t_name=$1
    shift
    if "$@" >"$work/log/check" 2>&1; then
        result 0 "$t_name"
    else
        result 1 "$t_name"
        diagnose "$work/log/check"
    fi
}

# refused NAME CODE MESSAGE ARGUMENT...: mesa-core with these arguments exits
# with CODE, says nothing but "mesa-core: MESSAGE", and writes no file here.
refused() {
    t_name=$1 t_code=$2 t_message=$3
    shift 3
    t_before=$(find . | sort)
    mesa "$@"
    t_status=$?
    printf 'mesa-core: %s\n' "$t_message" >"$work/log/expected"
    if [ "$t_status" -eq "$t_code" ] && [ ! -s "$out" ] &&
        cmp -s "$work/log/expected" "$err" &&
        [ "$t_before" = "$(find . | sort)" ]; then
        result 0 "$t_name"
        return
    fi
    result 1 "$t_name"
    echo "# exit status $t_status, expected $t_code"
    diagnose "$out" "$err"
    echo "# expected:"
    diagnose "$work/log/expected"
    find . | sort | grep -v -x -F "$t_before" | sed 's/^/# left behind: /'
}

# exits NAME CODE ARGUMENT...: only the exit status is looked at.
exits() {
    t_name=$1 t_code=$2
    shift 2
    mesa "$@"
    t_status=$?
    [ "$t_status" -eq "$t_code" ]
    if ! result $? "$t_name"; then
        echo "# exit status $t_status, expected $t_code"
        diagnose "$err"
    fi
}

# The files that a run must write with the same bytes again.
compared='config.ini metrics.csv predictions.csv summary.json model.safetensors'

# same_bytes NAME RUN RUN
same_bytes() {
    t_differ=
    for t_file in $compared; do
        cmp -s "$2/$t_file" "$3/$t_file" || t_differ="$t_differ $t_file"
    done
    [ -z "$t_differ" ]
    result $? "$1" || echo "# these differ:$t_differ"
}

# says NAME TEXT: the last command's standard error has a line with TEXT.
says() {
    grep -q -F -e "$2" "$err"
    if ! result $? "$1"; then
        diagnose "$err"
    fi
}

# holds NAME EXPRESSION: standard output is JSON, of which EXPRESSION (of
# python, d being the document) is true; row finds one of its "parameters".
holds() {
    if ! command -v python3 >/dev/null 2>&1; then
        skip "$1" "no python3"
        return
    fi
    python3 - "$out" "$2" >"$work/log/check" 2>&1 <<'PYTHON'
import json, sys
d = json.load(open(sys.argv[1], encoding="utf-8"))
def row(d, name):
    return next(p for p in d["parameters"] if p["name"] == name)
assert eval("(" + sys.argv[2] + ")"), json.dumps(d)[:3000]
PYTHON
    result $? "$1" || diagnose "$work/log/check"
}

# A small table: two numeric columns, a label `a` or (one in five) `b`.
make_csv() {
    awk -v rows="${1:-60}" 'BEGIN {
        print "x,y,label"
        s = 1
        for (i = 0; i < rows; i++) {
            s = (s * 69069 + 1) % 16777216; x = s / 16777216
            s = (s * 69069 + 1) % 16777216; y = s / 16777216
            rare = i % 5 == 0
            printf "%.6f,%.6f,%s\n", x + rare, y, rare ? "b" : "a"
        }
    }'
}

# A quick experiment on generated rows, without a file.
make_ini() {
    cat <<'INI'
[run]
seed = 7
output = out

[data]
type = checkerboard
n_minority = 60
imbalance_ratio = 4

[estimator]
type = tree
INI
}

# A run of $1 short steps, that can be stopped between them.
make_long_ini() {
    cat <<INI
[run]
seed = 11

[data]
type = checkerboard
n_minority = 150
imbalance_ratio = 6

[estimator]
type = underbagging
n_estimators = 10

[evaluate]
repeats = $1
INI
}

# await_steps RUN N PID: until N rows of metrics.csv are there, or PID ended.
await_steps() {
    while kill -0 "$3" 2>/dev/null; do
        [ -f "$1/metrics.csv" ] && [ "$(wc -l <"$1/metrics.csv")" -gt "$2" ] &&
            return
        sleep 0.01
    done
}

finish() { echo "1..$tests"; }
