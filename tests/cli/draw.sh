#!/bin/sh
# SPDX-License-Identifier: MIT
# draw.sh - a run is worth its results, whatever happens to its pictures.
. "$(dirname "$0")/lib.sh"

make_ini >run.ini

# fake NAME BODY: something in the place of gnuplot.
fake() {
    printf '#!/bin/sh\n%s\n' "$2" >"$1"
    chmod +x "$1"
}

# drawn_by NAME RUN ARGUMENT...: a run whose pictures that program draws.
drawn_by() {
    t_program=$1 t_run=$2
    shift 2
    MESA_GNUPLOT=$PWD/$t_program
    export MESA_GNUPLOT
    mesa -c run.ini --set "run.output=$t_run" "$@"
    t_status=$?
    MESA_GNUPLOT=
    return $t_status
}

# finished NAME RUN: its results are there, and its report.
finished() {
    check "$1: results" test -s "$2/summary.json" -a -s "$2/model.safetensors"
    check "$1: a report" test -s "$2/report.html"
}

fake fails 'echo "no good" >&2; exit 1'
drawn_by fails failed
result $? "gnuplot fails: the run does not"
finished "gnuplot fails" failed
says "gnuplot fails: said" "warning: 5 pictures are not drawn: \
$PWD/failed/plots/gnuplot.log says why"
check "gnuplot fails: why" grep -q -x 'no good' failed/plots/gnuplot.log
check "gnuplot fails: a warning of the report" \
    grep -q '5 pictures are not drawn' failed/report.html

drawn_by nothing none
result $? "no such program: the run ends well"
says "no such program: said" "warning: 5 pictures are not drawn, as \
$PWD/nothing is not installed; their scripts are in $PWD/none/plots"

fake half 'printf "<svg>" >classes.svg'
drawn_by half halved
check "half a picture is none" grep -q 'not drawn' "$err"

# One that takes for ever, until somebody has had enough.
fake hangs 'exec sleep 100'
MESA_GNUPLOT=$PWD/hangs "$program" -c run.ini --set run.output=hanging \
    >"$out" 2>"$err" &
pid=$!
tries=0
until [ -e hanging/plots/gnuplot.log ] || [ $tries -gt 300 ]; do
    tries=$((tries + 1))
    sleep 0.05
done
kill -TERM $pid
wait $pid
result $? "stopped while drawing: the run is done"
finished "stopped while drawing" hanging
says "stopped while drawing: said" "not drawn, as you stopped; mesa-core \
report --draw draws them"

# A file in the place of the folder.
mkdir taken && : >taken/plots
exits "no folder for pictures: the run does not fail" 0 -c run.ini \
    --set run.output=taken
check "no folder for pictures: results" test -s taken/summary.json
says "no folder for pictures: said" "warning: there is no report: "

# Others' scripts are not run unasked.
cp -R none stranger
echo 'system("touch ran")' >stranger/plots/roc.gp
exits "report of a stranger's folder" 0 report stranger
check "report of a stranger's folder: nothing is run" \
    test ! -e stranger/plots/ran
if command -v gnuplot >/dev/null; then
    unset MESA_GNUPLOT
    exits "--draw runs them" 0 report --draw stranger
    check "--draw runs them: so it does" test -e stranger/plots/ran
    rm stranger/plots/ran
    exits "[run]" 0 -c run.ini --set run.output=drawn
    exits "GNUTERM and people's own files count not" 0 -c run.ini --force \
        --set run.output=drawn
    GNUTERM=qt "$program" -c run.ini --force --set run.output=drawn \
        >"$out" 2>"$err"
    check "GNUTERM does not count" test -s drawn/plots/roc.svg
    : >>drawn/plots/roc.svg
    sleep 0.01
    echo "# edited" >>drawn/plots/roc.gp
    cp drawn/plots/roc.svg before.svg
    exits "an edited script" 0 report --draw drawn
    check "an edited script: drawn again" test drawn/plots/roc.svg -nt \
        drawn/plots/roc.gp
else
    skip "--draw runs them" "no gnuplot"
fi
finish
