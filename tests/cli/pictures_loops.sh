#!/bin/sh
# SPDX-License-Identifier: MIT
# pictures_loops.sh - what metalearners draw of themselves: the same tables for
# any number of threads, and after kill -9 and --resume.
. "$(dirname "$0")/lib.sh"

data='[run]
seed = 5
[data]
type = checkerboard
n_minority = 80
imbalance_ratio = 8
[estimator]
type = tree
max_depth = 4
'
cat >mesa.ini <<INI
$data
[sampler]
type = sac
batch_size = 16
[metalearner]
type = mesa
update_steps = 900
start_steps = 100
max_estimators = 6
[evaluate]
metrics = aucprc
repeats = 1
INI
cat >active.ini <<INI
$data
[acquisition]
type = breaking_ties
[metalearner]
type = active
budget = 2
max_iter = 150
[evaluate]
metrics = aucprc, fscore
repeats = 1
INI
cat >compare.ini <<INI
$data
[other]
type = checkerboard
n_minority = 60
imbalance_ratio = 5
[metalearner]
type = compare
data = data, other
methods = estimator, underbagging, gnb
[evaluate]
metrics = aucprc
repeats = 20
INI

pictures_of() {
    case $1 in
    mesa) echo "policy policy_map errors" ;;
    active) echo "label_curve label_balance queries" ;;
    compare) echo "methods ranks" ;;
    esac
}

for kind in mesa active compare; do
    mesa -c $kind.ini -q --threads 1 --set run.output=$kind
    result $? "$kind: undisturbed" || diagnose "$err"
    for name in $(pictures_of $kind); do
        check "$kind: $name" test -s $kind/plots/$name.csv
        check "$kind: $name is listed" grep -q ",$name," $kind/plots/index.csv
    done
    for threads in 2 5; do
        exits "$kind: $threads threads" 0 -c $kind.ini -q --threads $threads \
            --set run.output=$kind.$threads
        check "$kind: the same pictures" \
            diff -r $kind/plots $kind.$threads/plots
    done
    "$program" -c $kind.ini -q --set run.output=$kind.cut \
        --set run.checkpoint_interval=0 >"$out" 2>"$err" &
    pid=$!
    await_steps $kind.cut 12 $pid
    kill -9 $pid 2>/dev/null
    wait $pid 2>/dev/null
    if [ -e $kind.cut/summary.json ]; then
        skip "$kind: after kill -9" "the run was too quick"
        continue
    fi
    exits "$kind: --resume after kill -9" 0 -c $kind.ini -q --resume \
        --threads 2 --set run.output=$kind.cut
    check "$kind: the same pictures" diff -r $kind/plots $kind.cut/plots
done

# Nobody wants them: they are not said, and nothing else is different.
exits "report = no" 0 -c mesa.ini -q --set run.report=no \
    --set run.output=without
check "no pictures" test ! -e without/plots
check "the same figures" cmp mesa/metrics.csv without/metrics.csv

if command -v gnuplot >/dev/null && command -v xmllint >/dev/null; then
    unset MESA_GNUPLOT
    for kind in mesa active compare; do
        exits "$kind: with gnuplot" 0 -c $kind.ini -q \
            --set run.output=$kind.drawn
        for name in $(pictures_of $kind); do
            check "$kind: $name.svg" xmllint --noout \
                $kind.drawn/plots/$name.svg
        done
    done
else
    skip "pictures are drawn" "there is no gnuplot, or no xmllint"
fi

finish
