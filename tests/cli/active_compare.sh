#!/bin/sh
# SPDX-License-Identifier: MIT
# active_compare.sh - acquisitions side by side: the same bytes for any threads
# and interruptions, and what is refused.
. "$(dirname "$0")/lib.sh"
compared='config.ini metrics.csv summary.json compare.csv curves.csv'

cat >run.ini <<'INI'
[run]
seed = 7

[data]
type = checkerboard
n_minority = 60
imbalance_ratio = 3

[metalearner]
type = compare
runs = by_chance, by_ties, by_members

[by_chance]
type = active
estimator = small
acquisition = random
n_init = 10
budget = 10
max_iter = 4

[by_ties]
type = active
estimator = small
n_init = 10
budget = 20
max_iter = 6

[by_members]
type = active
estimator = small
acquisition = qbc
n_init = 10
budget = 10
max_iter = 4

[small]
type = forest
n_estimators = 5

[evaluate]
metrics = aucprc, gmean
folds = 3
repeats = 3
INI
exits "a comparison of runs" 0 -c run.ini --set run.output=whole
for file in $compared compare_times.csv timings.json; do
    check "it writes $file" test -s whole/$file
done
check "it leaves no model" test ! -e whole/model.safetensors

# The table, the best first.
check "the table says what ranks" grep -q -x \
    'ranked by aulc, the mean over steps of aucprc of the test rows' "$out"
check "it has a line for each run, in order of rank" test "$(sed -n 3,5p \
    "$out" | awk '{ printf "%s ", $1 }')" = "1 2 3 "
check "the best comes first" sh -c "sed -n 3,5p '$out' | awk '{ print \$3 }' |
    sort -c -r -n"
check "columns are in line" test "$(sed -n 2,5p "$out" |
    awk '{ print length($0) }' | sort -u | wc -l)" -eq 1
check "one data set: no test, and why" grep -q -x -F \
    'no test of differences: it takes two or more data sets and runs, here are 1 and 3' "$out"
check "steps are not the same number of labels" grep -q -x "runs have labelled \
different numbers of rows at a step: aulc is over steps, not over labels" "$out"
check "what the figures are" grep -q \
    '^mean of 9 runs \[95 % interval\]; results in ' "$out"
check "it is plain ASCII" test -z "$(tr -d '\011\012\040-\176' <"$out")"

# curves.csv: a line for each step of each figure; all start alike.
check "curves.csv: its header" grep -q -x \
    'run,split,metric,step,mean,low,high,n' whole/curves.csv
check "curves.csv: a line for each step" test \
    "$(wc -l <whole/curves.csv)" -eq $(((4 + 6 + 4) * 3 + 1))
check "curves.csv: all fields" test -z \
    "$(awk -F, 'NF != 8 || $5 == "" || $6 > $5 || $7 < $5' whole/curves.csv |
        grep -v '^run,')"
check "curves.csv: rows labelled" grep -q -x \
    'by_ties,,labelled,5,110,110,110,9' whole/curves.csv
check "curves.csv: all start from the same rows" test "$(grep \
    ',test,.*,0,' whole/curves.csv | cut -d, -f2- | sort -u | wc -l)" -eq 2
check "compare.csv: what each ended with" test \
    "$(wc -l <whole/compare.csv)" -eq $((3 * 9 * 5 + 1))
check "metrics.csv: a mean for each run and repeat" test \
    "$(grep -c ',test,by_ties.aulc,' whole/metrics.csv)" -eq 3
mean=$(awk -F, '$2 == "by_ties" && $5 == "test" && $6 == "aulc" {
        s += $7; n++ } END { printf "%.9f", s / n }' whole/compare.csv)
check "summary.json: the mean of what compare.csv has" sh -c "
    awk '/^    \"by_ties\"/ { m = 1 } /^      \"test\"/ { t = m }
        /^        \"aulc\"/ { g = t } g && /\"mean\"/ {
            printf \"%.9f\\n\", \$2; exit }' whole/summary.json |
    grep -q -x $mean"

# Whatever else there is.
for threads in 1 3; do
    exits "$threads threads" 0 -q -c run.ini --threads $threads \
        --set run.output=threads$threads
    same_bytes "$threads threads: the same bytes" whole threads$threads
done
exits "config.ini can be run again" 0 -q -c whole/config.ini \
    --set run.output=again
same_bytes "config.ini gives the same" whole again
sed -e 's/^runs =.*/runs = by_ties/' -e '/^\[by_chance\]/,/^$/d' \
    -e '/^\[by_members\]/,/^$/d' run.ini >alone.ini
exits "a run alone" 0 -q -c alone.ini --set run.output=alone
grep ',by_ties,' whole/compare.csv >expected
check "a run alone: its figures do not depend on the others" sh -c \
    "grep ',by_ties,' alone/compare.csv | cmp - expected"
exits "[estimator] is evaluated besides" 0 -c run.ini \
    --set run.output=both --set estimator.type=tree
check "[estimator]: its scores" grep -q '^  "scores": {' both/summary.json
check "[estimator]: its picture" grep -q ',scores,Scores over fits,' \
    both/plots/index.csv
check "[estimator]: that of all runs besides" grep -q \
    ',methods,Scores of all fits,' both/plots/index.csv
check "[estimator]: a table of its own" grep -q '^aucprc ' "$out"
check "[estimator]: does not change the others" cmp whole/curves.csv \
    both/curves.csv

# Stopped in a repeat by a signal, and killed at any moment.
long="--set evaluate.repeats=30 --set run.checkpoint_interval=0"
# shellcheck disable=SC2086 # options are several words
exits "a longer run" 0 -c run.ini -q $long --set run.output=long
"$program" -c run.ini -q $long --set run.output=cut --threads 1 \
    >"$out" 2>"$err" &
pid=$!
await_steps cut 1 $pid
kill -INT $pid
wait $pid
status=$?
result $((status != 75)) "SIGINT: 75" || diagnose "$err"
check "SIGINT: whole repeats count" test \
    $((($(wc -l <cut/metrics.csv) - 1) % 12)) -eq 0
exits "SIGINT: --resume" 0 -c run.ini -q $long --resume --set run.output=cut
same_bytes "SIGINT: same bytes" long cut
kills=0 tries=0
while [ $kills -lt 3 ] && [ $tries -lt 40 ]; do
    tries=$((tries + 1))
    pause=$(awk -v n=$tries 'BEGIN { srand(n); printf "%.3f", rand() / 5 }')
    "$program" -c run.ini -q $long --resume --set run.output=killed \
        >"$out" 2>"$err" &
    pid=$!
    sleep "$pause"
    kill -9 $pid 2>/dev/null
    wait $pid 2>/dev/null
    case $? in
    137) kills=$((kills + 1)) ;;
    0)
        same_bytes "kill -9: same bytes after $kills kills" long killed
        rm -rf killed
        ;;
    *)
        result 1 "kill -9: --resume after kill $kills"
        diagnose "$err"
        break
        ;;
    esac
done
check "kill -9: three times" test $kills -eq 3
exits "kill -9: --resume" 0 -c run.ini -q $long --resume --set run.output=killed
same_bytes "kill -9: same bytes after $kills kills" long killed
make_ini >plain.ini
exits "--force: a plain run" 0 -q -c plain.ini --force --set run.output=again
check "--force: no curves stay" test ! -e again/curves.csv

# Refused.
refused "methods and runs" 78 "[metalearner] compare: methods and runs are \
both given, expected one of them" -c run.ini --set metalearner.methods=small
refused "methods and runs: --check says so" 78 "[metalearner] compare: methods \
and runs are both given, expected one of them" -c run.ini --check \
    --set metalearner.methods=small
refused "runs of tasks" 78 "[metalearner] compare: run maml is of type maml, \
which takes tasks: runs are compared on rows" -c run.ini \
    --set metalearner.runs=maml,by_chance,by_ties,by_members
refused "runs that act" 78 "[metalearner] compare: run ml3_policy is of type \
ml3_policy, which acts in [environment]: runs are compared on rows" -c run.ini \
    --set metalearner.runs=ml3_policy,by_chance,by_ties,by_members
exits "what fails in a run" 78 -q -c run.ini --set by_ties.n_init=1
check "what fails in a run: where" grep -q "^mesa-core: run by_ties, repeat \
0, fold [0-2]: n_init is 1, too few for a row of each of 2 classes;" "$err"
finish
